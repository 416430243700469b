import { beforeEach, describe, expect, it } from "vitest";
import { FakeBoard } from "../testing/fakeBoard";
import { cardOf, FakeWire } from "../testing/fakeWire";

let fake: FakeBoard;

beforeEach(() => {
  fake = new FakeBoard();
});

describe("what is searched for", () => {
  it("is found among the releases that are over, by its longest word", async () => {
    fake.cards = [cardOf("rel-a", "KICKOFF"), cardOf("rel-z", "COMPLETED", { name: "Wallet" })];
    const { store, wire } = await fake.ready();
    await store.find("4.2 Wallet");
    expect(wire.asked.at(-1)?.variables).toMatchObject({ text: "Wallet" });
    expect(store.board.get().found).toMatchObject({ cards: [{ id: "rel-z" }], more: false });
    await store.find("");
    expect(store.board.get().found.cards).toEqual([]);
  });

  it("is what was typed last, whatever is answered last", async () => {
    fake.cards = [cardOf("rel-y", "COMPLETED", { name: "Radar" }), cardOf("rel-z", "COMPLETED", { name: "Wallet" })];
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const late = async (asked: Record<string, unknown>) => {
      if (asked.text === "Wallet") await held;
      return fake.page(asked);
    };
    const { store } = await fake.ready(new FakeWire({ ...fake.answers, Cards: late }));
    const first = store.find("Wallet");
    await store.find("Radar");
    answer();
    await first;
    expect(store.board.get().found.cards.map(({ id }) => id)).toEqual(["rel-y"]);
  });
});
