// graphql-ws: the whole life over one socket, its own retry after a crash, pings, and operations that are wrong.

import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { Followed, elsewhere, only, please, promised, report, socketUrl, within } from "./harness.mjs";
import { Life, PHASES, STATUS, mutation } from "./life.mjs";

const QUICK = "query { __typename }";

function connected(options = {}) {
  const codes = [];
  let sockets = 0;
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, ...options });
  client.on("connected", () => (sockets += 1));
  client.on("closed", ({ code }) => codes.push(code));
  return {
    ask: async (query, variables) => only(await first(client, { query, variables })),
    follow: (query, variables) => client.iterate({ query, variables }),
    client,
    codes,
    sockets: () => sockets,
  };
}

async function first(client, payload) {
  const results = client.iterate(payload);
  const { value } = await within(results.next(), payload.query);
  await results.return();
  return value;
}

function closed(client) {
  const { promise, resolve } = promised();
  client.on("closed", ({ code }) => resolve(code));
  return within(promise, "the close of a socket");
}

// One life; `end` is how the server goes down in the midst of it, and `code` what the client learns of that.
async function aLife(end, code) {
  const back = promised();
  const peer = connected({ lazy: false, retryAttempts: 20, retryWait: () => back.promise });
  const life = new Life(peer);
  const told = await life.live(async (meanwhile) => {
    const down = closed(peer.client);
    await please(end);
    assert.equal(await down, code);
    await please("start");
    await meanwhile();
    back.resolve();
  });
  assert.equal(peer.sockets(), 2, "everything went over one socket, and over another one after the crash");
  const over = closed(peer.client);
  await peer.client.dispose();
  assert.equal(await over, 1000);
  return { id: life.id, ...told };
}

async function pings(id) {
  const seen = { sent: 0, answered: 0 };
  const enough = promised();
  const peer = connected({ keepAlive: 10 });
  peer.client.on("ping", (received) => (seen.sent += received ? 0 : 1));
  peer.client.on("pong", (received) => (seen.answered += received ? 1 : 0) >= 5 && enough.resolve());
  const following = new Followed(peer.follow(PHASES, { id }));
  await within(enough.promise, "pongs");
  assert.ok(seen.sent >= seen.answered);
  await following.results.return();
  await peer.client.dispose();
  return seen.answered;
}

const WRONG = {
  syntax: { query: "{" },
  validation: { query: "{ nothing }" },
  "operation name": { query: QUICK, operationName: "Unknown" },
  ambiguity: { query: "query A { __typename } query B { __typename }" },
  variables: { query: STATUS, variables: {} },
  "not there": { query: STATUS, variables: { id: "rel-nothing" } },
};

// Each wrong operation fails alone: its siblings of the same socket go on.
async function siblings() {
  const peer = connected({ lazy: false });
  const life = new Life(peer);
  await life.begin();
  for (const [name, payload] of Object.entries(WRONG)) {
    await assert.rejects(first(peer.client, payload), (errors) => errors.every(({ message }) => message), name);
  }
  const [typename, status] = await Promise.all([peer.ask(QUICK), elsewhere(mutation("startRelease"), started(life))]);
  assert.deepEqual([typename, status.userErrors], ["Query", []]);
  await life.phase("KICKOFF");
  assert.equal(peer.sockets(), 1);
  assert.deepEqual(peer.codes, []);
  await peer.client.dispose();
  return Object.keys(WRONG).length;
}

const started = ({ id }) => ({ input: { releaseId: id } });

// A lazy client comes for an operation and goes after the last one.
async function lazily() {
  const peer = connected({ lazy: true });
  for (const socket of [1, 2]) {
    const over = closed(peer.client);
    assert.deepEqual(await Promise.all([peer.ask(QUICK), peer.ask(QUICK)]), ["Query", "Query"]);
    assert.deepEqual([await over, peer.sockets()], [1000, socket]);
  }
  return peer.sockets();
}

const killed = await aLife("kill", 1006);
const stopped = await aLife("stop", 1012);
const [answered, wrong, sockets] = await Promise.all([pings(killed.id), siblings(), lazily()]);
report({ killed, stopped, answered, wrong, sockets });
