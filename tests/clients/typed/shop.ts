// A shop with generated types in Apollo, urql with graphcache and graphql-ws. It is checked by a strict tsc and run in Node:
//   node shop.js URL SKU        prints what each client was answered.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client/core";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { print } from "graphql";
import { createClient } from "graphql-ws";
// `ws` has no types of its own: its class has those of the browser.
// @ts-expect-error
import Socket from "ws";
import { type OrderPlaceInput, PlaceDocument, type PlaceMutation, ProductDocument, TrackingDocument, type TrackingSubscription } from "./generated";

declare const process: { argv: string[] };
declare const console: { log(text: string): void };

const [, , url = "", sku = ""] = process.argv;
const variables = { channel: "web", sku };

/** What became of an order: each result of the union is told by its type. */
function told(placed: PlaceMutation["orderPlace"]): string {
  switch (placed.__typename) {
    case "Order":
      return `total ${placed.total.amount} ${placed.total.currency}`;
    case "InsufficientStock":
      return placed.shortages.map(({ name, requested }) => `${requested} of ${name}`).join();
    default:
      return `${placed.errorCode} at ${placed.path?.join(".") ?? "the whole"}: ${placed.message}`;
  }
}

const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url }) });
const urql = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: { headers: { accept: "application/graphql-response+json, application/json" } },
  exchanges: [cacheExchange({ keys: { Money: () => null } }), fetchExchange],
});

async function ordered(quantity: number): Promise<PlaceMutation["orderPlace"]> {
  const input: OrderPlaceInput = {
    channel: "web",
    email: "ada@example.com",
    shippingMethod: "standard",
    shippingAddress: { name: "Ada", line1: "12 Main Street", city: "Springfield", region: "IL", postalCode: "62701", country: "US" },
    lines: [{ sku, quantity }],
    payment: { gateway: "manual" },
  };
  const { data } = await apollo.mutate({ mutation: PlaceDocument, variables: { input } });
  if (!data) throw new Error("no data");
  return data.orderPlace;
}

async function first(token: string): Promise<TrackingSubscription["orderTracking"]> {
  const client = createClient({ url: url.replace("http", "ws"), webSocketImpl: Socket as typeof WebSocket });
  const query = print(TrackingDocument);
  for await (const { data } of client.iterate<TrackingSubscription>({ query, variables: { token } })) {
    if (data) return data.orderTracking;
  }
  throw new Error("no message");
}

const byApollo = await apollo.query({ query: ProductDocument, variables });
const byUrql = await urql.query(ProductDocument, variables).toPromise();
const again = await urql.query(ProductDocument, variables, { requestPolicy: "cache-only" }).toPromise();
const order = await ordered(1);
const tracking = order.__typename === "Order" ? (await first(order.trackingToken)).tracking : null;
console.log(
  JSON.stringify({
    prices: [byApollo.data?.variant?.price?.amount, byUrql.data?.variant?.price?.amount, again.data?.variant?.price?.amount],
    told: [told(order), told(await ordered(1000))],
    stage: tracking?.stage,
  }),
);
