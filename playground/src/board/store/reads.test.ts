import { beforeEach, describe, expect, it } from "vitest";
import { FakeBoard } from "../testing/fakeBoard";
import { cardOf, changeOf, settled } from "../testing/fakeWire";

let fake: FakeBoard;

beforeEach(() => {
  fake = new FakeBoard();
});

describe("what is read besides", () => {
  it("reads what failed, at most one read at a time", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-b", "KICKOFF"), cardOf("rel-c", "KICKOFF")];
    const { store, wire } = await fake.ready();
    const before = wire.asked.length;
    for (const id of ["rel-a", "rel-b", "rel-c"]) {
      wire.send(changeOf(`c-${id}`, cardOf(id, "PAUSED_BY_FAILURE", { revision: 2 })));
    }
    fake.frames.next();
    await settled();
    const reads = wire.asked.slice(before);
    expect(reads.map(({ variables }) => variables.ids)).toEqual([["rel-a", "rel-b", "rel-c"]]);
    expect(store.board.get().failed.get("rel-b")?.[0]?.failureReason).toBe("no disk");
  });

  it("reads finished releases only when asked for, and again with the next snapshot", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-z", "COMPLETED")];
    const { store } = await fake.ready();
    expect(store.board.get().cards.has("rel-z")).toBe(false);
    await store.loadFinished();
    expect(store.board.get().cards.has("rel-z")).toBe(true);
    await store.load();
    expect(store.board.get().cards.has("rel-z")).toBe(true);
  });

  it("reads what failed again until the server answers", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF")];
    const { store, wire } = await fake.ready();
    store.board.update((board) => ({ ...board, failed: new Map() }));
    fake.up = false;
    wire.send(changeOf("c2", cardOf("rel-a", "PAUSED_BY_FAILURE", { revision: 2 })));
    fake.frames.next();
    await settled();
    fake.later.shift()?.();
    await settled();
    expect(store.board.get().failed.has("rel-a")).toBe(false);
    fake.up = true;
    fake.later.shift()?.();
    await settled();
    expect(store.board.get().failed.get("rel-a")?.[0]?.name).toBe("build");
    expect(fake.later).toHaveLength(0);
  });

  it("reads nothing again once it is closed", async () => {
    fake.cards = [cardOf("rel-a", "PAUSED_BY_FAILURE")];
    const { store, wire } = await fake.ready();
    fake.up = false;
    store.readFailed();
    await settled();
    store.close();
    const before = wire.asked.length;
    fake.later.shift()?.();
    await settled();
    expect(wire.asked).toHaveLength(before);
  });

  it("reads what failed again when told that it may be another task now", async () => {
    fake.cards = [cardOf("rel-a", "PAUSED_BY_FAILURE"), cardOf("rel-b", "KICKOFF")];
    const { store, wire } = await fake.ready();
    const before = wire.asked.length;
    store.readFailed();
    await settled();
    expect(wire.asked.slice(before).map(({ variables }) => variables.ids)).toEqual([["rel-a"]]);
  });

  it("tells of what changed last, also of releases that are over", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-z", "COMPLETED")];
    fake.recent = ["rel-z"];
    const { store } = await fake.ready();
    expect(store.board.get().cards.has("rel-z")).toBe(false);
    expect(store.board.get().activity.map(({ releaseId }) => releaseId)).toContain("rel-z");
  });
});
