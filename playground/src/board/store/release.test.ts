import { beforeEach, expect, it } from "vitest";
import { cardOf, FakeWire, Frames, settled } from "../testing/fakeWire";
import { ReleaseStore } from "./release";

let revision: number;
let known: boolean;
let frames: Frames;
let later: (() => void)[];

function eventOf(number: number) {
  return { __typename: "PhaseChanged", id: `evt-${number}`, cursor: `c${number}`, to: "KICKOFF" };
}

function answer() {
  if (!known) return { release: null };
  const card = cardOf("rel-a", "KICKOFF", { revision });
  const statusResponse = {
    ...card.statusResponse,
    cursor: `c${revision}`,
    cron: { status: "RUNNING", pauseType: "NONE" },
  };
  return {
    release: { ...card, statusResponse, tasks: [], cycles: [], stores: [], events: { nodes: [eventOf(revision)] } },
  };
}

async function opened() {
  const wire = new FakeWire({ Release: answer });
  const store = new ReleaseStore(wire, "rel-a", frames.schedule, "UTC", undefined, (task) => later.push(task));
  await store.load();
  return { store, wire };
}

beforeEach(() => {
  revision = 1;
  known = true;
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
