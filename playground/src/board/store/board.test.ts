import { beforeEach, describe, expect, it } from "vitest";
import type { Card } from "../api/documents";
import { SignInNeeded, Unreachable } from "../api/errors";
import { cardOf, changeOf, FakeWire, Frames, settled } from "../testing/fakeWire";
import { BoardStore } from "./board";
import { Clock } from "./clock";

const NOW = Date.parse("2026-01-15T12:00:00Z");

let cards: Card[];
let head: string | null;
let recent: string[];
let frames: Frames;
let later: (() => void)[];
let reason: string;
let up: boolean;

function unknownCaller(): never {
  throw new SignInNeeded("Send a token.");
}

function hello() {
  if (!up) throw new Unreachable();
  return {
    service: { version: "1", time: "2026-01-15T12:00:05Z" },
    viewer: { scopes: ["admin"], actor: { kind: "PERSON", name: "Ada" } },
    latest: { nodes: head ? [{ statusResponse: { cursor: head } }] : [] },
    recent: { nodes: recent.map((id) => ({ id })) },
  };
}

function page({ first, after, statuses, text }: Record<string, unknown>) {
  const begin = after ? Number(after) : 0;
  const over = (statuses as string[]).includes("COMPLETED");
  const has = (card: Card) => !text || card.name.includes(text as string);
  const all = cards.filter((card) => (card.statusResponse.currentPhase === "COMPLETED") === over && has(card));
  const end = begin + (first as number);
  const pageInfo = { hasNextPage: end < all.length, endCursor: String(end) };
  return { releases: { nodes: all.slice(begin, end), pageInfo } };
}

function entered(id: string) {
  const { release: _, ...change } = changeOf(`c-${id}`, cardOf(id, "COMPLETED"));
  return { __typename: "PhaseChanged", id: `evt-${id}`, ...change };
}

function details({ ids, history }: Record<string, unknown>) {
  if (!up) throw new Unreachable();
  return {
    nodes: (ids as string[]).map((id) => ({
      __typename: "Release",
      id,
      revision: 1,
      name: id,
      version: "1",
      tasks: [{ id: `${id}-task`, name: "build", critical: true, failureReason: "no disk", attempt: 1 }],
      ...(history ? { events: { nodes: recent.includes(id) ? [entered(id)] : [] } } : {}),
    })),
  };
}

function boardOn(wire: FakeWire, clock = new Clock(() => NOW)) {
  return new BoardStore(
    wire,
    clock,
    frames.schedule,
    "UTC",
    (message) => {
      reason = message;
    },
    (task) => later.push(task),
  );
}

async function ready(wire = new FakeWire({ Hello: hello, Cards: page, Details: details })) {
  const store = boardOn(wire);
  await store.load();
  await settled();
  return { store, wire };
}

beforeEach(() => {
  cards = [];
  head = "c1";
  recent = [];
  frames = new Frames();
  later = [];
  reason = "";
  up = true;
});

describe("the snapshot", () => {
  it("reads every page, then follows from before the first", async () => {
    cards = Array.from({ length: 230 }, (_, index) => cardOf(`rel-${index}`, "KICKOFF"));
    const { store, wire } = await ready();
    expect(store.board.get().cards.size).toBe(230);
    expect(wire.asked.filter(({ name }) => name === "Cards")).toHaveLength(3);
    expect(wire.stream.variables()).toEqual({ after: "c1", zone: "UTC" });
  });

  it("learns the server's clock and who asks", async () => {
    const clock = new Clock(() => NOW);
    const store = boardOn(new FakeWire({ Hello: hello, Cards: page, Details: details }), clock);
    await store.load();
    expect(clock.now()).toBe(NOW + 5_000);
    expect(store.board.get().viewer).toEqual({ name: "Ada", scopes: ["admin"] });
  });

  it("follows from the beginning where there is no release yet", async () => {
    head = null;
    const { wire } = await ready();
    expect(wire.stream.variables()).toEqual({ after: "ZTA", zone: "UTC" });
  });

  it("asks to sign in when the server knows nobody", async () => {
    await ready(new FakeWire({ Hello: unknownCaller }));
    expect(reason).toBe("Send a token.");
  });

  it("tries again when the server does not answer", async () => {
    up = false;
    const { store } = await ready();
    expect(store.board.get()).toMatchObject({ state: "failed", message: "The server does not answer." });
    up = true;
    later.shift()?.();
    await settled();
    expect(store.board.get().state).toBe("ready");
  });
});

describe("the stream", () => {
  it("shows many changes once a frame, each card as it is last", async () => {
    cards = [cardOf("rel-a", "KICKOFF")];
    const { store, wire } = await ready();
    let shown = 0;
    store.board.subscribe(() => {
      shown += 1;
    });
    for (let revision = 2; revision <= 50; revision += 1) {
      wire.send(changeOf(`c${revision}`, cardOf("rel-a", revision % 2 ? "KICKOFF" : "PAUSED_BY_USER", { revision })));
    }
    expect(frames.waiting).toBe(1);
    expect(shown).toBe(0);
    frames.next();
    expect(shown).toBe(1);
    expect(store.board.get().cards.get("rel-a")).toMatchObject({ revision: 50 });
    expect(wire.stream.variables()).toEqual({ after: "c50", zone: "UTC" });
  });

  it("lets no card go backwards, and tells nothing twice", async () => {
    cards = [cardOf("rel-a", "POST_REGRESSION", { revision: 9 })];
    const { store, wire } = await ready();
    const old = changeOf("c3", cardOf("rel-a", "KICKOFF", { revision: 3 }));
    wire.send(old);
    wire.send(old);
    frames.next();
    wire.send(old);
    frames.next();
    expect(store.board.get().cards.get("rel-a")?.statusResponse.currentPhase).toBe("POST_REGRESSION");
    expect(store.board.get().activity.map(({ cursor }) => cursor)).toEqual(["c3"]);
  });

  it("replaces everything after a gap in the log", async () => {
    cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-b", "KICKOFF")];
    const { store, wire } = await ready();
    cards = [cardOf("rel-b", "SUBMITTED", { revision: 7 })];
    head = "c90";
    wire.stream.sink.error("EVENT_LOG_GAP", "This cursor is older than the log that is kept.");
    later.shift()?.();
    await settled();
    expect([...store.board.get().cards.keys()]).toEqual(["rel-b"]);
    expect(wire.stream.variables()).toEqual({ after: "c90", zone: "UTC" });
  });

  it("waits longer before each snapshot that the stream refuses at once", async () => {
    const delays: number[] = [];
    const wire = new FakeWire({ Hello: hello, Cards: page, Details: details });
    const store = new BoardStore(wire, new Clock(() => NOW), frames.schedule, "UTC", undefined, (task, delay) => {
      delays.push(delay);
      later.push(task);
    });
    await store.load();
    for (let time = 0; time < 4; time += 1) {
      wire.stream.sink.error("INTERNAL", "no");
      later.shift()?.();
      await settled();
    }
    expect(delays[0]).toBe(0);
    expect(delays[3]).toBeGreaterThan(300);
  });

  it("says what a token may not read, and does not ask again and again", async () => {
    const { store, wire } = await ready();
    wire.stream.sink.error("FORBIDDEN", "This needs the scope releases:read.");
    expect(store.board.get()).toMatchObject({ state: "failed", message: "This needs the scope releases:read." });
    expect(later).toHaveLength(0);
  });

  it("stops when closed", async () => {
    cards = [cardOf("rel-a", "KICKOFF")];
    const { store, wire } = await ready();
    wire.send(changeOf("c2", cardOf("rel-a", "SUBMITTED", { revision: 2 })));
    store.close();
    frames.next();
    expect(wire.streams).toHaveLength(0);
    expect(store.board.get().cards.get("rel-a")?.statusResponse.currentPhase).toBe("KICKOFF");
  });
});

describe("what is read besides", () => {
  it("reads what failed, at most one read at a time", async () => {
    cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-b", "KICKOFF"), cardOf("rel-c", "KICKOFF")];
    const { store, wire } = await ready();
    const before = wire.asked.length;
    for (const id of ["rel-a", "rel-b", "rel-c"]) {
      wire.send(changeOf(`c-${id}`, cardOf(id, "PAUSED_BY_FAILURE", { revision: 2 })));
    }
    frames.next();
    await settled();
    const reads = wire.asked.slice(before);
    expect(reads.map(({ variables }) => variables.ids)).toEqual([["rel-a", "rel-b", "rel-c"]]);
    expect(store.board.get().failed.get("rel-b")?.[0]?.failureReason).toBe("no disk");
  });

  it("reads finished releases only when asked for, and again with the next snapshot", async () => {
    cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-z", "COMPLETED")];
    const { store } = await ready();
    expect(store.board.get().cards.has("rel-z")).toBe(false);
    await store.loadFinished();
    expect(store.board.get().cards.has("rel-z")).toBe(true);
    await store.load();
    expect(store.board.get().cards.has("rel-z")).toBe(true);
  });

  it("reads what failed again until the server answers", async () => {
    cards = [cardOf("rel-a", "KICKOFF")];
    const { store, wire } = await ready();
    store.board.update((board) => ({ ...board, failed: new Map() }));
    up = false;
    wire.send(changeOf("c2", cardOf("rel-a", "PAUSED_BY_FAILURE", { revision: 2 })));
    frames.next();
    await settled();
    later.shift()?.();
    await settled();
    expect(store.board.get().failed.has("rel-a")).toBe(false);
    up = true;
    later.shift()?.();
    await settled();
    expect(store.board.get().failed.get("rel-a")?.[0]?.name).toBe("build");
    expect(later).toHaveLength(0);
  });

  it("reads nothing again once it is closed", async () => {
    cards = [cardOf("rel-a", "PAUSED_BY_FAILURE")];
    const { store, wire } = await ready();
    up = false;
    store.readFailed();
    await settled();
    store.close();
    const before = wire.asked.length;
    later.shift()?.();
    await settled();
    expect(wire.asked).toHaveLength(before);
  });

  it("reads what failed again when told that it may be another task now", async () => {
    cards = [cardOf("rel-a", "PAUSED_BY_FAILURE"), cardOf("rel-b", "KICKOFF")];
    const { store, wire } = await ready();
    const before = wire.asked.length;
    store.readFailed();
    await settled();
    expect(wire.asked.slice(before).map(({ variables }) => variables.ids)).toEqual([["rel-a"]]);
  });

  it("tells of what changed last, also of releases that are over", async () => {
    cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-z", "COMPLETED")];
    recent = ["rel-z"];
    const { store } = await ready();
    expect(store.board.get().cards.has("rel-z")).toBe(false);
    expect(store.board.get().activity.map(({ releaseId }) => releaseId)).toContain("rel-z");
  });
});

describe("what is searched for", () => {
  it("is found among the releases that are over, by its longest word", async () => {
    cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-z", "COMPLETED", { name: "Wallet" })];
    const { store, wire } = await ready();
    await store.find("4.2 Wallet");
    expect(wire.asked.at(-1)?.variables).toMatchObject({ text: "Wallet" });
    expect(store.board.get().found).toMatchObject({ cards: [{ id: "rel-z" }], more: false });
    await store.find("");
    expect(store.board.get().found.cards).toEqual([]);
  });

  it("is what was typed last, whatever is answered last", async () => {
    cards = [cardOf("rel-y", "COMPLETED", { name: "Radar" }), cardOf("rel-z", "COMPLETED", { name: "Wallet" })];
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const late = async (asked: Record<string, unknown>) => {
      if (asked.text === "Wallet") await held;
      return page(asked);
    };
    const { store } = await ready(new FakeWire({ Hello: hello, Cards: late, Details: details }));
    const first = store.find("Wallet");
    await store.find("Radar");
    answer();
    await first;
    expect(store.board.get().found.cards.map(({ id }) => id)).toEqual(["rel-y"]);
  });
});
