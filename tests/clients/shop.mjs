// A shop's page with the real clients: Apollo with tracing headers, urql with persisted documents, the browser's
// own EventSource. It is bundled and opened in a browser, from another origin than the API's.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { apolloCache, urqlCache } from "docs-caches"; // the caches of docs/storefront.md

const PRODUCT = `query Product($channel: String!) {
  variant(sku: "A", channel: $channel) { sku price(channel: $channel) { amount currency } available(channel: $channel) }
}`;
const WITH_ID = PRODUCT.replace("sku price", "id sku price");
// What monitoring libraries put into every request of a page.
const TRACING = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "vendor=1",
  baggage: "userId=1",
  "sentry-trace": "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
  "apollo-require-preflight": "true",
  "x-apollo-operation-name": "Product",
};

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function recorded(requests, types) {
  return async (url, options = {}) => {
    const sent = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(url).searchParams);
    const request = { method: options.method ?? "GET", hasText: Boolean(sent.query) };
    requests.push(request);
    const answer = await fetch(url, options);
    if (types) types.push(answer.headers.get("content-type").split(";")[0]);
    return answer;
  };
}

/** The same query twice, in two shops of which each has a cache of its own. */
async function apollo(url, token) {
  const requests = [];
  const client = (authorization) =>
    new ApolloClient({
      cache: new InMemoryCache(),
      clientAwareness: { name: "shop", version: "1.2.3" },
      link: ApolloLink.from([
        new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
        new HttpLink({ uri: url, headers: { ...TRACING, ...authorization }, fetch: recorded(requests) }),
      ]),
    });
  const answers = [];
  for (const authorization of [{}, {}, { authorization: `Bearer ${token}` }]) {
    const answer = await client(authorization).query({ query: gql(PRODUCT), variables: { channel: "web" } });
    answers.push(answer.data.variant.price.amount);
  }
  let refused = null;
  try {
    await client({ authorization: "Bearer of-yesterday" }).query({ query: gql(PRODUCT), variables: { channel: "web" } });
  } catch (error) {
    refused = CombinedGraphQLErrors.is(error)
      ? error.errors[0].extensions.code
      : ServerError.is(error) ? `ServerError ${error.statusCode}` : String(error);
  }
  return { answers, requests, refused };
}

async function urql(url) {
  const requests = [];
  const types = [];
  const answers = [];
  for (let shop = 0; shop < 2; shop += 1) {
    const client = new Client({
      url,
      fetch: recorded(requests, types),
      preferGetMethod: false,
      fetchOptions: { headers: TRACING },
      exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
    });
    const { data, error } = await client.query(PRODUCT, { channel: "web" }).toPromise();
    answers.push(error ? String(error) : data.variant.price.amount);
  }
  return { answers, requests, types };
}

/** The first message of a subscription over an event stream, and the type of the response. */
async function urqlStream(url, token) {
  const types = [];
  const client = new Client({ url, fetch: recorded([], types), fetchSubscriptions: true, exchanges: [fetchExchange] });
  const query = "subscription Track($token: String!) { orderTracking(token: $token) { tracking { status } } }";
  const status = await new Promise((resolve) => {
    const { unsubscribe } = client.subscription(query, { token }).subscribe(({ data, error }) => {
      resolve(error ? String(error) : data.orderTracking.tracking.status);
      setTimeout(() => unsubscribe(), 0);
    });
  });
  return { status, types };
}

/** The price of one thing in two channels, and the first channel's again from the cache alone. */
async function channels(url) {
  const warnings = [];
  const warn = console.warn;
  console.warn = (text) => warnings.push(String(text));
  const asked = ["web", "eu", "web"];
  const ofApollo = [];
  const apolloClient = new ApolloClient({ cache: apolloCache, link: new HttpLink({ uri: url }) });
  for (const [turn, channel] of asked.entries()) {
    const fetchPolicy = turn === 2 ? "cache-only" : "cache-first";
    const { data } = await apolloClient.query({ query: gql(WITH_ID), variables: { channel }, fetchPolicy });
    ofApollo.push(data.variant.price.amount);
  }
  const ofUrql = [];
  const urqlClient = new Client({ url, preferGetMethod: false, exchanges: [urqlCache, fetchExchange] });
  for (const [turn, channel] of asked.entries()) {
    const requestPolicy = turn === 2 ? "cache-only" : "cache-first";
    const { data } = await urqlClient.query(WITH_ID, { channel }, { requestPolicy }).toPromise();
    ofUrql.push(data.variant.price.amount);
  }
  console.warn = warn;
  return { apollo: ofApollo, urql: ofUrql, warnings };
}

/** Starts to watch an order; what comes is in `window.seen`. */
function watch(url, token) {
  const query = `subscription($token: String!) {
    orderTracking(token: $token) { event { name } tracking { status } } }`;
  const source = new EventSource(`${url}?${new URLSearchParams({ query, variables: JSON.stringify({ token }) })}`);
  window.seen = [];
  window.opened = 0;
  source.onopen = () => { window.opened += 1; };
  source.addEventListener("next", (message) => {
    const { event, tracking } = JSON.parse(message.data).data.orderTracking;
    window.seen.push([event?.name ?? null, tracking.status, message.lastEventId !== ""]);
  });
}

/** The tag of an answer, and the status when it is given back. */
async function tagged(url) {
  const address = `${url}?${new URLSearchParams({ query: PRODUCT, variables: JSON.stringify({ channel: "web" }) })}`;
  const first = await fetch(address);
  const tag = first.headers.get("etag");
  const again = await fetch(address, { headers: { "if-none-match": tag }, cache: "no-store" });
  return { tag, status: again.status, requestId: first.headers.get("x-request-id") };
}

window.shop = { apollo, channels, urql, urqlStream, watch, tagged };
