// graphql-sse in distinct connections mode: the whole life, resumed after a crash by `after` and by Last-Event-ID, and
// after a server that stopped: it completes its streams, so whoever wants more subscribes again.

import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { only, please, promised, report, url, within } from "./harness.mjs";
import { Life, PHASES, STATUS } from "./life.mjs";

const QUICK = "query { __typename }";

// `resuming` decides what is sent when a connection comes back: fresh variables, or the header alone.
function connected(resuming = { variables: true }, back = promised()) {
  const clients = [];
  const ask = async (query, variables) => only(await first({ query, variables }));
  const iterate = (query, variables, last) => {
    const headers = () => (resuming.header && last() ? { "last-event-id": last() } : {});
    const client = createClient({ url, headers, retryAttempts: 20, retry: () => back.promise });
    clients.push(client);
    return client.iterate({ query, variables: resuming.variables ? variables : { ...variables } });
  };
  const follow = async function* (query, variables, last = () => undefined) {
    yield* iterate(query, variables, last);
    if (!resuming.again) return;
    await back.promise;
    yield* iterate(query, variables, last);
  };
  const dispose = () => clients.forEach((client) => client.dispose());
  return { ask, follow, dispose, back };
}

async function first(request, options = {}) {
  const client = createClient({ url, retryAttempts: 0, ...options });
  const { value } = await within(client.iterate(request).next(), request.query);
  client.dispose();
  return value;
}

async function aLife(end, resuming) {
  const peer = connected(resuming);
  const told = await new Life(peer).live(async (meanwhile) => {
    await please(end);
    await please("start");
    await meanwhile();
    peer.back.resolve();
  });
  peer.dispose();
  return told;
}

const WRONG = [
  { query: "{" },
  { query: "{ nothing }" },
  { query: STATUS, variables: {} },
  { query: STATUS, variables: { id: "rel-nothing" } },
  { query: PHASES, variables: { after: "nonsense" } },
];

async function wrong() {
  for (const request of WRONG) {
    const { data, errors } = await first(request);
    assert.ok(!data && errors.length && errors.every(({ message }) => message), request.query);
  }
  const headers = { "last-event-id": "nonsense" };
  await assert.rejects(first({ query: PHASES }, { headers }), /400/);
  assert.equal((await first({ query: QUICK })).data.__typename, "Query");
  return WRONG.length;
}

report({
  byVariables: await aLife("kill", { variables: true }),
  byHeader: await aLife("kill", { header: true }),
  again: await aLife("stop", { header: true, again: true }),
  wrong: await wrong(),
});
