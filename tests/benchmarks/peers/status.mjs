// What the Node peers have in common: the status document in memory, its schema, and the line that says where they serve.

import { readFileSync } from "node:fs";

export const HOST = "127.0.0.1";
export const typeDefs = readFileSync(new URL("status.graphql", import.meta.url), "utf8");

const captured = JSON.parse(readFileSync(process.argv[2], "utf8"));
const releases = new Map([[captured.running.release.id, captured.running]]);

export const resolvers = { Query: { releaseStatus: (_, { releaseId }) => releases.get(releaseId) ?? null } };

export function current(releaseId) {
  return releases.get(releaseId);
}

// Pause the release if it runs, resume it if not; returns its status then.
export function change() {
  const { running, paused } = captured;
  const { id } = running.release;
  releases.set(id, releases.get(id) === running ? paused : running);
  return releases.get(id);
}

export function serves(port, path = "/graphql") {
  console.log(`serves http://${HOST}:${port}${path}`);
}
