// What a raw socket is closed with when it does not keep to graphql-transport-ws.

import { Buffer } from "node:buffer";
import WebSocket from "ws";
import { report, socketUrl, within } from "./harness.mjs";

const INIT = { type: "connection_init" };
const LONG = { id: "1", type: "subscribe", payload: { query: "subscription { phaseChanged { cursor } }" } };
const subscribe = (payload) => ({ id: "1", type: "subscribe", payload });

const CASES = {
  "no JSON": [4400, INIT, "{"],
  "no object": [4400, INIT, [1]],
  null: [4400, INIT, null],
  "no type": [4400, INIT, {}],
  "a type that is none": [4400, INIT, { type: "x".repeat(100_000) }],
  "a message of the server": [4400, INIT, { type: "connection_ack" }],
  "a message of the old protocol": [4400, INIT, { type: "start", id: "1", payload: {} }],
  "bytes instead of text": [4400, INIT, Buffer.from("{}")],
  "an id that is no text": [4400, INIT, { ...LONG, id: 1 }],
  "no id": [4400, INIT, { type: "subscribe", payload: LONG.payload }],
  "no payload": [4400, INIT, { id: "1", type: "subscribe" }],
  "payload null": [4400, INIT, subscribe(null)],
  "no query": [4400, INIT, subscribe({})],
  "variables that are a list": [4400, INIT, subscribe({ query: "{ __typename }", variables: [] })],
  "an operation name that is a number": [4400, INIT, subscribe({ query: "{ __typename }", operationName: 1 })],
  "an init that is a text": [4400, { ...INIT, payload: "x" }],
  "complete without an id": [4400, INIT, { type: "complete" }],
  "subscribe before init": [4401, LONG],
  "an id in use": [4409, INIT, LONG, LONG],
  "a long id in use": [4409, INIT, { ...LONG, id: "ä".repeat(500) }, { ...LONG, id: "ä".repeat(500) }],
  "two inits": [4429, INIT, INIT],
  "no init": [4408],
  "pings alone": [4408, { type: "ping" }, { type: "pong" }],
};

function closeOf(messages, protocols) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const socket = new WebSocket(socketUrl, protocols);
  socket.on("error", reject);
  socket.on("open", () => messages.forEach((message) => socket.send(encoded(message))));
  socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  return within(promise, "the close of a socket");
}

function encoded(message) {
  return typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message);
}

async function seen([name, [expected, ...messages]]) {
  return { name, expected, ...(await closeOf(messages, "graphql-transport-ws")) };
}

const withoutProtocol = { name: "no protocol", expected: 4406, ...(await closeOf([], [])) };
report([withoutProtocol, ...(await Promise.all(Object.entries(CASES).map(seen)))]);
