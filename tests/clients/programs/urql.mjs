// urql: subscriptions by its own fetch exchange (Server-Sent Events), and by graphql-ws beside a normalised cache.

import assert from "node:assert/strict";
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { cacheExchange as graphcache } from "@urql/exchange-graphcache";
import { getIntrospectionQuery } from "graphql";
import { createClient } from "graphql-ws";
import { onEnd, pipe, subscribe } from "wonka";
import WebSocket from "ws";
import { partialData, requestErrors, shareEntities } from "./cached.mjs";
import { elsewhere, only, report, socketUrl, url } from "./harness.mjs";
import { Life, PHASES } from "./life.mjs";
import { counting, iterated } from "./sources.mjs";

function shown({ data, error }) {
  if (error?.networkError) throw error.networkError;
  return { data, errors: error?.graphQLErrors };
}

function adapted(options, exchanges) {
  const counted = counting();
  const urql = new Client({ url, exchanges, fetch: counted, ...options });
  const query = async (text, variables) => {
    const document = gql(text);
    const kind = document.definitions[0].operation;
    return shown(await urql[kind](document, variables, { requestPolicy: "network-only" }).toPromise());
  };
  const observed = (source) =>
    iterated((sink) => {
      const next = (result) => sink.next(shown(result));
      return pipe(source, onEnd(sink.complete), subscribe(next)).unsubscribe;
    });
  return {
    ask: async (document, variables) => only(await query(document, variables)),
    follow: (document, variables) => observed(urql.subscription(gql(document), { ...variables })),
    query,
    watch: (document, variables) => observed(urql.query(gql(document), variables)),
    requests: () => counted.requests,
  };
}

const bySse = () => adapted({ fetchSubscriptions: true }, [cacheExchange, fetchExchange]);

async function bySocket() {
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  });
  const normalised = graphcache(await schemaOfTheCache());
  return adapted({}, [normalised, fetchExchange, subscriptionExchange({ forwardSubscription })]);
}

// What the cache has to know: the schema, and which types have no id of their own.
async function schemaOfTheCache() {
  const schema = { __schema: await elsewhere(getIntrospectionQuery()) };
  const embedded = schema.__schema.types.filter(({ fields }) => fields && !fields.some(({ name }) => name === "id"));
  return { schema, keys: Object.fromEntries(embedded.map(({ name }) => [name, () => null])) };
}

async function refusedSubscription(client) {
  const { value } = await client.follow(PHASES, { after: "nonsense" }).next();
  assert.match(value.errors[0].message, /cursor/i);
}

const clients = [bySse(), await bySocket()];
const lives = await Promise.all(clients.map((client) => new Life(client).live()));
await Promise.all(clients.map(refusedSubscription));
await shareEntities(clients[1]);
const refused = await Promise.all(clients.map(requestErrors));
report({ lives, refused, masked: await partialData(...clients) });
