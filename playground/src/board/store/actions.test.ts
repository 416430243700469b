import { expect, it } from "vitest";
import { primaryAction, whyNot } from "./actions";

it("allows what the release offers and the scopes cover", () => {
  expect(whyNot("PAUSE", "KICKOFF", ["PAUSE"], ["releases:write"])).toBeNull();
  expect(whyNot("PAUSE", "KICKOFF", ["PAUSE"], ["admin"])).toBeNull();
});

it("says what would have to happen first", () => {
  expect(whyNot("TRIGGER_STAGE_2", "PAUSED_BY_USER", ["RESUME", "ARCHIVE"], null)).toBe(
    "Stage 1 (kickoff) has to be complete, and regression not yet started. It is paused: resume it first.",
  );
});

it("says which scope is missing, before anything else", () => {
  expect(whyNot("START", "NOT_STARTED", ["START"], ["releases:read"])).toBe(
    "Your token does not allow this: it needs the scope releases:write.",
  );
});

it("offers on a card what moves the release on", () => {
  expect(primaryAction(["TRIGGER_STAGE_3", "ARCHIVE"])).toBe("TRIGGER_STAGE_3");
  expect(primaryAction(["PAUSE", "ABANDON_CYCLE"])).toBeNull();
});
