// Subscriptions as Node does them: graphql-ws on ws, graphql-js executing the document for each subscriber, and one
// async iterator per subscriber on a pubsub that all share. `POST /change` pauses and resumes the release.

import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { HOST, change, current, serves, typeDefs } from "./status.mjs";

const followers = new Set();

class Follower {
  queue = [];
  wake = null;

  push(value) {
    if (this.wake) {
      const wake = this.wake;
      this.wake = null;
      wake({ value, done: false });
    } else this.queue.push(value);
  }

  next() {
    if (this.queue.length) return Promise.resolve({ value: this.queue.shift(), done: false });
    return new Promise((resolve) => (this.wake = resolve));
  }

  return() {
    followers.delete(this);
    this.wake?.({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

const schema = buildSchema(typeDefs);
schema.getSubscriptionType().getFields().releaseStatus.subscribe = (_, { releaseId }) => {
  const follower = new Follower();
  followers.add(follower);
  follower.push({ releaseStatus: current(releaseId) });
  return follower;
};

const server = createServer((_, response) => {
  const releaseStatus = change();
  for (const follower of followers) follower.push({ releaseStatus });
  response.writeHead(200, { "content-length": 2 }).end("{}");
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false }));
server.listen(0, HOST, 2048, () => serves(server.address().port));
