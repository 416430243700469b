import { beforeEach, expect, it } from "vitest";
import { Refused, Unreachable } from "../api/errors";
import { cardOf, FakeWire, Frames, settled } from "../testing/fakeWire";
import { ReleaseStore } from "./release";

let revision: number;
let known: boolean;
let trouble: Error | null;
let frames: Frames;
let later: (() => void)[];

function eventOf(number: number) {
  return { __typename: "PhaseChanged", id: `evt-${number}`, cursor: `c${number}`, to: "KICKOFF", revision: number };
}

function answer() {
  if (trouble) throw trouble;
  if (!known) return { release: null };
  const card = cardOf("rel-a", "KICKOFF", { revision });
  const statusResponse = {
    ...card.statusResponse,
    cursor: `c${revision}`,
    cron: { status: "RUNNING", pauseType: "NONE" },
  };
  const events = { nodes: [eventOf(revision)], pageInfo: { hasPreviousPage: revision > 1 } };
  return { release: { ...card, statusResponse, tasks: [], cycles: [], stores: [], events } };
}

function older({ before }: Record<string, unknown>) {
  const oldest = Number(String(before).slice(1)) - 2;
  const nodes = [eventOf(oldest), eventOf(oldest + 1)];
  return { release: { events: { nodes, pageInfo: { hasPreviousPage: oldest > 1 } } } };
}

async function opened() {
  const wire = new FakeWire({ Release: answer, Older: older });
  const store = new ReleaseStore(wire, "rel-a", frames.schedule, "UTC", undefined, (task) => later.push(task));
  await store.load();
  return { store, wire };
}

async function event(wire: FakeWire, number: number) {
  wire.stream.sink.next({ releaseEvents: eventOf(number) });
  frames.next();
  await settled();
}

beforeEach(() => {
  revision = 1;
  known = true;
  trouble = null;
  frames = new Frames();
  later = [];
});

it("shows events as they come, newest first, and reads the release once for many", async () => {
  const { store, wire } = await opened();
  revision = 4;
  for (const number of [2, 3, 4, 4]) wire.stream.sink.next({ releaseEvents: eventOf(number) });
  frames.next();
  await settled();
  expect(store.view.get().events.map(({ id }) => id)).toEqual(["evt-4", "evt-3", "evt-2", "evt-1"]);
  expect(store.view.get().release?.revision).toBe(4);
  expect(wire.asked).toHaveLength(2);
  expect(wire.stream.variables()).toEqual({ id: "rel-a", after: "c4" });
});

it("replaces everything after a gap in the log", async () => {
  const { store, wire } = await opened();
  revision = 90;
  wire.stream.sink.next({ releaseEvents: { __typename: "EventLogGap", gap: "c80" } });
  await settled();
  expect(store.view.get().events.map(({ id }) => id)).toEqual(["evt-90"]);
  expect(wire.stream.variables()).toEqual({ id: "rel-a", after: "c90" });
});

it("follows again a while after it was refused, unless that is for good", async () => {
  const { wire } = await opened();
  wire.stream.sink.error("FORBIDDEN", "This needs the scope releases:read.");
  expect(later).toHaveLength(0);
  wire.stream.sink.error("LIMIT_EXCEEDED", "A socket runs at most 20 operations at a time.");
  later.shift()?.();
  await settled();
  expect(wire.streams).toHaveLength(1);
});

it("says that there is no such release, and follows nothing", async () => {
  known = false;
  const { store, wire } = await opened();
  expect(store.view.get().state).toBe("missing");
  expect(wire.streams).toHaveLength(0);
});

it("makes a read that failed again, until one does not", async () => {
  const { store, wire } = await opened();
  revision = 2;
  trouble = new Unreachable();
  await event(wire, 2);
  for (let time = 0; time < 3; time += 1) {
    expect(store.view.get()).toMatchObject({ stale: true, release: { revision: 1 } });
    expect(later).toHaveLength(1);
    later.shift()?.();
    await settled();
  }
  trouble = null;
  later.shift()?.();
  await settled();
  expect(store.view.get()).toMatchObject({ stale: false, release: { revision: 2 } });
  expect(later).toHaveLength(0);
});

it("reads again when the connection is back", async () => {
  const { store, wire } = await opened();
  wire.tell({ state: "offline", since: 0 });
  revision = 5;
  wire.tell({ state: "live" });
  await settled();
  expect(store.view.get().release?.revision).toBe(5);
  store.close();
  revision = 6;
  wire.tell({ state: "live" });
  await settled();
  expect(store.view.get().release?.revision).toBe(5);
});

it("that was opened in an outage is shown and followed once that is over", async () => {
  trouble = new Unreachable();
  const { store, wire } = await opened();
  expect(store.view.get()).toMatchObject({ state: "failed", message: "The server does not answer." });
  trouble = null;
  wire.tell({ state: "live" });
  await settled();
  expect(store.view.get().state).toBe("ready");
  expect(wire.streams).toHaveLength(1);
});

it("does not ask again for what the caller may not read", async () => {
  trouble = new Refused("This needs the scope releases:read.", "FORBIDDEN");
  const { store } = await opened();
  expect(store.view.get().state).toBe("failed");
  expect(later).toHaveLength(0);
});

it("shows older events when asked for, and keeps them", async () => {
  revision = 5;
  const { store, wire } = await opened();
  expect(store.view.get().older).toBe(true);
  await store.loadOlder();
  await store.loadOlder();
  expect(store.view.get().events.map(({ id }) => id)).toEqual(["evt-5", "evt-4", "evt-3", "evt-2", "evt-1"]);
  expect(store.view.get().older).toBe(false);
  revision = 6;
  await event(wire, 6);
  expect(store.view.get()).toMatchObject({ older: false, events: { length: 6 } });
});

it("says when it lets go of old events", async () => {
  const { store, wire } = await opened();
  revision = 300;
  for (let number = 2; number <= 300; number += 1) wire.stream.sink.next({ releaseEvents: eventOf(number) });
  frames.next();
  await settled();
  expect(store.view.get()).toMatchObject({ older: true, events: { length: 200 } });
  await store.loadOlder();
  expect(store.view.get().events.at(-1)?.id).toBe("evt-99");
});
