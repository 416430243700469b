import { expect, it } from "vitest";
import { cardOf } from "../testing/fakeWire";
import { laneOf, lanesOf, matches } from "./phases";

it("puts what failed before what waits, then the oldest first", () => {
  const lanes = lanesOf([
    cardOf("new", "AWAITING_REGRESSION", { createdAt: "2026-01-02T00:00:00Z" }),
    cardOf("old", "AWAITING_POST_REGRESSION", { createdAt: "2026-01-01T00:00:00Z" }),
    cardOf("broken", "PAUSED_BY_FAILURE", { createdAt: "2026-01-03T00:00:00Z" }),
  ]);
  expect(lanes.attention.map(({ id }) => id)).toEqual(["broken", "old", "new"]);
});

it.each([
  ["IN_PROGRESS", "PENDING", "kickoff"],
  ["COMPLETED", "IN_PROGRESS", "regression"],
  ["COMPLETED", "COMPLETED", "preRelease"],
] as const)("keeps a paused release in the lane of its stage: %s, %s", (stage1, stage2, lane) => {
  const stages = { stage1, stage2, stage3: "PENDING" } as const;
  expect(laneOf(cardOf("a", "PAUSED_BY_USER", { status: { stages } }))).toBe(lane);
});

it("finds every word in name, version, id or text", () => {
  const card = cardOf("rel-7", "KICKOFF", { name: "Shop", version: "4.2.0" });
  expect(matches(card, "4.2 shop")).toBe(true);
  expect(matches(card, "shop kickoff")).toBe(true);
  expect(matches(card, "shop wallet")).toBe(false);
});
