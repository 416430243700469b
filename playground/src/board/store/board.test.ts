import { beforeEach, describe, expect, it } from "vitest";
import { SignInNeeded } from "../api/errors";
import { FakeBoard, NOW } from "../testing/fakeBoard";
import { cardOf, changeOf, FakeWire, settled } from "../testing/fakeWire";
import { BoardStore } from "./board";
import { Clock } from "./clock";

function unknownCaller(): never {
  throw new SignInNeeded("Send a token.");
}

let fake: FakeBoard;

beforeEach(() => {
  fake = new FakeBoard();
});

describe("the snapshot", () => {
  it("reads every page, then follows from before the first", async () => {
    fake.cards = Array.from({ length: 230 }, (_, index) => cardOf(`rel-${index}`, "KICKOFF"));
    const { store, wire } = await fake.ready();
    expect(store.board.get().cards.size).toBe(230);
    expect(wire.asked.filter(({ name }) => name === "Cards")).toHaveLength(3);
    expect(wire.stream.variables()).toEqual({ after: "c1", zone: "UTC" });
  });

  it("learns the server's clock and who asks", async () => {
    const clock = new Clock(() => NOW);
    const store = fake.storeOn(new FakeWire(fake.answers), clock);
    await store.load();
    expect(clock.now()).toBe(NOW + 5_000);
    expect(store.board.get().viewer).toEqual({ name: "Ada", scopes: ["admin"] });
  });

  it("follows from the beginning where there is no release yet", async () => {
    fake.head = null;
    const { wire } = await fake.ready();
    expect(wire.stream.variables()).toEqual({ after: "ZTA", zone: "UTC" });
  });

  it("asks to sign in when the server knows nobody", async () => {
    await fake.ready(new FakeWire({ Hello: unknownCaller }));
    expect(fake.reason).toBe("Send a token.");
  });

  it("tries again when the server does not answer", async () => {
    fake.up = false;
    const { store } = await fake.ready();
    expect(store.board.get()).toMatchObject({ state: "failed", message: "The server does not answer." });
    fake.up = true;
    fake.later.shift()?.();
    await settled();
    expect(store.board.get().state).toBe("ready");
  });
});

describe("the stream", () => {
  it("shows many changes once a frame, each card as it is last", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF")];
    const { store, wire } = await fake.ready();
    let shown = 0;
    store.board.subscribe(() => {
      shown += 1;
    });
    for (let revision = 2; revision <= 50; revision += 1) {
      wire.send(changeOf(`c${revision}`, cardOf("rel-a", revision % 2 ? "KICKOFF" : "PAUSED_BY_USER", { revision })));
    }
    expect(fake.frames.waiting).toBe(1);
    expect(shown).toBe(0);
    fake.frames.next();
    expect(shown).toBe(1);
    expect(store.board.get().cards.get("rel-a")).toMatchObject({ revision: 50 });
    expect(wire.stream.variables()).toEqual({ after: "c50", zone: "UTC" });
  });

  it("lets no card go backwards, and tells nothing twice", async () => {
    fake.cards = [cardOf("rel-a", "POST_REGRESSION", { revision: 9 })];
    const { store, wire } = await fake.ready();
    const old = changeOf("c3", cardOf("rel-a", "KICKOFF", { revision: 3 }));
    wire.send(old);
    wire.send(old);
    fake.frames.next();
    wire.send(old);
    fake.frames.next();
    expect(store.board.get().cards.get("rel-a")?.statusResponse.currentPhase).toBe("POST_REGRESSION");
    expect(store.board.get().activity.map(({ cursor }) => cursor)).toEqual(["c3"]);
  });

  it("replaces everything after a gap in the log", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-b", "KICKOFF")];
    const { store, wire } = await fake.ready();
    fake.cards = [cardOf("rel-b", "SUBMITTED", { revision: 7 })];
    fake.head = "c90";
    wire.stream.sink.error("EVENT_LOG_GAP", "This cursor is older than the log that is kept.");
    fake.later.shift()?.();
    await settled();
    expect([...store.board.get().cards.keys()]).toEqual(["rel-b"]);
    expect(wire.stream.variables()).toEqual({ after: "c90", zone: "UTC" });
  });

  it("waits longer before each snapshot that the stream refuses at once", async () => {
    const delays: number[] = [];
    const wire = new FakeWire(fake.answers);
    const store = new BoardStore(wire, new Clock(() => NOW), fake.frames.schedule, "UTC", undefined, (task, delay) => {
      delays.push(delay);
      fake.later.push(task);
    });
    await store.load();
    for (let time = 0; time < 4; time += 1) {
      wire.stream.sink.error("INTERNAL", "no");
      fake.later.shift()?.();
      await settled();
    }
    expect(delays[0]).toBe(0);
    expect(delays[3]).toBeGreaterThan(300);
  });

  it("says what a token may not read, and does not ask again and again", async () => {
    const { store, wire } = await fake.ready();
    wire.stream.sink.error("FORBIDDEN", "This needs the scope releases:read.");
    expect(store.board.get()).toMatchObject({ state: "failed", message: "This needs the scope releases:read." });
    expect(fake.later).toHaveLength(0);
  });

  it("stops when closed", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF")];
    const { store, wire } = await fake.ready();
    wire.send(changeOf("c2", cardOf("rel-a", "SUBMITTED", { revision: 2 })));
    store.close();
    fake.frames.next();
    expect(wire.streams).toHaveLength(0);
    expect(store.board.get().cards.get("rel-a")?.statusResponse.currentPhase).toBe("KICKOFF");
  });
});
