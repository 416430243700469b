// What a client with a normalised cache has to get right, whatever it is called:
//
//   client.query(document, variables)       { data, errors, status } by the network
//   client.watch(document, variables)       an async iterable of results, from the cache and its changes
//   client.requests()                       how many requests were made

import assert from "node:assert/strict";
import { Followed, elsewhere, please } from "./harness.mjs";
import { PLAN, mutation } from "./life.mjs";

const RELEASE = `query Watched($id: ID!) {
  release(id: $id) { __typename id status revision tasks { __typename id name status } }
}`;
const TASK = "query Task($id: ID!) { node(id: $id) { __typename id ... on Task { status } } }";
const TASK_STATUS = "query TaskStatus($id: ID!) { node(id: $id) { ... on Task { status } } }";
const TWO = `query Two($whole: ID!, $broken: ID!) {
  whole: release(id: $whole) { __typename id name }
  broken: release(id: $broken) { __typename id events(first: 1) { nodes { __typename id } } }
}`;

const CREATED = "mutation Create($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } } }";

async function created() {
  return (await elsewhere(CREATED, { input: PLAN })).release.id;
}

// A mutation's result and a node asked for by its id change what a query showed that nobody asked again.
export async function shareEntities(client) {
  const id = await created();
  const watched = new Followed(client.watch(RELEASE, { id }));
  const first = await watched.until(({ status }) => status === "PENDING");
  const manual = first.tasks.find(({ name }) => name === "tickets");
  const before = client.requests();
  await client.query(mutation("startRelease"), { input: { releaseId: id } });
  await watched.until(({ status, revision }) => status === "IN_PROGRESS" && revision > first.revision);
  assert.equal(client.requests() - before, 1, "the change came with the mutation's own answer");

  const node = async () => (await client.query(TASK, { id: manual.id })).data.node;
  while ((await elsewhere(TASK_STATUS, { id: manual.id })).status !== "AWAITING_CALLBACK") continue;
  assert.equal((await node()).status, "AWAITING_CALLBACK");
  await watched.until(({ tasks }) => tasks.find((task) => task.id === manual.id).status === "AWAITING_CALLBACK");
  return { Release: id, Task: manual.id };
}

// A fault of the server is masked and leaves its siblings whole. The server is of no use after this.
export async function partialData(...clients) {
  const [whole, broken] = [await created(), await created()];
  await please("damage");
  return Promise.all(clients.map((client) => masked(client, whole, broken)));
}

async function masked(client, whole, broken) {
  const { data, errors } = await client.query(TWO, { whole, broken });
  assert.deepEqual([data.whole?.id, data.broken], [whole, null]);
  const [{ message, path, extensions }, ...others] = errors;
  assert.deepEqual([path, others], [["broken", "events"], []]);
  return { message, code: extensions.code };
}

const REFUSED = [
  ["query Wrong { nothing }", {}, /nothing/],
  [RELEASE, {}, /\$id/],
  ["query Filter($f: ReleaseFilter) { releases(first: 1, filter: $f) { nodes { id } } }", { f: { no: 1 } }, /field 'no'/],
];

// A request that cannot be executed is told with its reason, not as a failure of the network.
export async function requestErrors(client) {
  for (const [document, variables, reason] of REFUSED) {
    const { data, errors } = await client.query(document, variables);
    assert.ok(!data);
    assert.match(errors[0].message, reason);
  }
  const { data } = await client.query("query Nothing { node(id: \"rel-nothing\") { __typename id } }", {});
  assert.equal(data.node, null);
  return REFUSED.length;
}
