// Apollo Client: queries and mutations by HttpLink, subscriptions by GraphQLWsLink, and its normalised cache.

import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { partialData, requestErrors, shareEntities } from "./cached.mjs";
import { elsewhere, only, report, socketUrl, url } from "./harness.mjs";
import { Life, PHASES } from "./life.mjs";
import { counting, iterated } from "./sources.mjs";

const ABSTRACT = "query Abstract { __schema { types { name possibleTypes { name } } } }";

async function possibleTypes() {
  const { types } = await elsewhere(ABSTRACT);
  const abstract = types.filter((type) => type.possibleTypes);
  return Object.fromEntries(abstract.map((type) => [type.name, type.possibleTypes.map(({ name }) => name)]));
}

const counted = counting();
const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket });
const apollo = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === "subscription",
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, fetch: counted }),
  ),
  cache: new InMemoryCache({ possibleTypes: await possibleTypes() }),
  defaultOptions: { query: { errorPolicy: "all", fetchPolicy: "network-only" }, mutate: { errorPolicy: "all" } },
});

function shown({ data, error }) {
  if (error && !CombinedGraphQLErrors.is(error)) throw error;
  return { data, errors: error?.errors };
}

const parsed = (document, variables) => ({ document: gql(document), variables });

async function query(text, variables) {
  const { document } = parsed(text);
  const { operation } = document.definitions[0];
  const sent = operation === "mutation" ? apollo.mutate({ mutation: document, variables }) : asked(document, variables);
  return shown(await sent);
}

const asked = (document, variables) => apollo.query({ query: document, variables });

function observed(observable) {
  return iterated((sink) => {
    const next = (result) => result.data === undefined && !result.error || sink.next(shown(result));
    const subscription = observable.subscribe({ ...sink, next });
    return () => subscription.unsubscribe();
  });
}

const client = {
  ask: async (document, variables) => only(await query(document, variables)),
  follow: (document, variables) => observed(apollo.subscribe({ query: gql(document), variables: { ...variables } })),
  query,
  watch: (document, variables) => observed(apollo.watchQuery({ query: gql(document), variables })),
  requests: () => counted.requests,
};

async function refusedSubscription() {
  const results = observed(apollo.subscribe({ query: gql(PHASES), variables: { after: "nonsense" } }));
  const { value } = await results.next();
  assert.match(value.errors[0].message, /cursor/i);
}

const life = await new Life(client).live();
const entities = await shareEntities(client);
const kept = Object.keys(apollo.cache.extract());
for (const [type, id] of Object.entries(entities)) assert.ok(kept.includes(`${type}:${id}`), type);
await refusedSubscription();
report({ life, refused: await requestErrors(client), masked: await partialData(client) });
