// The GraphQL client: urql with a cache of documents and the session.
import { type AnyVariables, cacheExchange, Client, fetchExchange, type TypedDocumentNode } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { useEffect, useState } from "preact/hooks";
import { API } from "./config";
import { RenewDocument } from "./generated";
import { accessToken, mustRenew, onSignedInChange, renew, useSignedIn } from "./session";

const session = authExchange(async (utilities) => ({
  addAuthToOperation: (operation) => {
    const token = accessToken();
    return token ? utilities.appendHeaders(operation, { authorization: `Bearer ${token}` }) : operation;
  },
  willAuthError: mustRenew,
  didAuthError: (error) => error.graphQLErrors.some(({ extensions }) => extensions["code"] === "UNAUTHENTICATED"),
  refreshAuth: () =>
    renew(async (token) => {
      const { data } = await utilities.mutate(RenewDocument, { token });
      const answer = data?.tokenRefresh;
      if (answer?.__typename === "SessionTokens") return answer;
      return answer?.__typename === "SignInFailed" ? null : undefined; // undefined: it can be tried again later
    }),
}));

function made(): Client {
  return new Client({
    url: API,
    exchanges: [cacheExchange, session, fetchExchange],
    // urql accepts event streams too, and would get one for each query: without compression and ETag.
    fetchOptions: { headers: { accept: "application/graphql-response+json, application/json" } },
    preferGetMethod: false, // documents with tokens must not get into addresses, which are logged
  });
}

export let client = made();

// What one person has read is forgotten when another signs in, also in another tab.
onSignedInChange(() => {
  client = made();
});

export interface Reading<Data> {
  data: Data | undefined;
  isFailed: boolean;
  isLoading: boolean;
  again: () => void;
}

/** The answer to a query, read again when its variables change; `null` as variables reads nothing. */
export function useQuery<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | null,
): Reading<Data> {
  const isSignedIn = useSignedIn();
  const key = JSON.stringify([variables, isSignedIn]);
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<{ key: string; data: Data | undefined; isFailed: boolean } | null>(null);
  useEffect(() => {
    if (variables === null) return undefined;
    const requestPolicy = round ? "network-only" : "cache-and-network";
    const { unsubscribe } = client.query(document, variables, { requestPolicy }).subscribe(({ data, error }) => {
      setAnswer({ key, data, isFailed: error !== undefined && data === undefined });
    });
    return unsubscribe;
  }, [document, key, round]);
  const isPresent = answer?.key === key;
  return {
    data: isPresent ? answer.data : undefined,
    isFailed: isPresent && answer.isFailed,
    isLoading: variables !== null && !isPresent,
    again: () => setRound((last) => last + 1),
  };
}

export class Unreachable extends Error {}

/** The answer to a mutation. A lost request is sent once more: give mutations that add something a key. */
export async function mutate<Data extends object, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data[keyof Data]> {
  for (const isLast of [false, true]) {
    const { data, error } = await client.mutation(document, variables).toPromise();
    if (data) return Object.values(data)[0]; // each document has one mutation
    const seconds = Number(error?.graphQLErrors[0]?.extensions["retryAfter"] ?? 1);
    if (isLast || (error?.graphQLErrors.length && !error.graphQLErrors[0]?.extensions["retryAfter"])) {
      throw new Unreachable(error?.message);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 10) * 1000));
  }
  throw new Unreachable();
}
