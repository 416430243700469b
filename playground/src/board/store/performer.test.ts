import { expect, it } from "vitest";
import { SignInNeeded } from "../api/errors";
import { FakeWire, settled } from "../testing/fakeWire";
import { Performer } from "./performer";
import { Toasts } from "./toasts";

function performing(answer: () => unknown) {
  const later: (() => void)[] = [];
  const toasts = new Toasts((task) => later.push(task));
  const wire = new FakeWire({ Act: answer });
  let reason = "";
  const performer = new Performer(wire, toasts, (message) => {
    reason = message;
  });
  return { performer, toasts, wire, later, reason: () => reason };
}

const DONE = { done: { release: { id: "rel-a" }, userErrors: [] } };

it("is pending until the server has answered, and asks once", async () => {
  let answer: (value: unknown) => void = () => undefined;
  const { performer, wire } = performing(() => new Promise((resolve) => (answer = resolve)));
  const first = performer.perform("START rel-a", "startRelease", { releaseId: "rel-a" });
  const second = await performer.perform("START rel-a", "startRelease", { releaseId: "rel-a" });
  expect(second).toBeNull();
  expect(performer.pending.get().has("START rel-a")).toBe(true);
  answer(DONE);
  expect(await first).toEqual({ id: "rel-a", userErrors: [] });
  expect(performer.pending.get().size).toBe(0);
  expect(wire.asked).toHaveLength(1);
});

it("tells a refusal beside the button and as a message that stays", async () => {
  const refusal = { code: "ACTION_NOT_ALLOWED", message: "It is paused: resume it first.", path: null };
  const { performer, toasts, later } = performing(() => ({ done: { release: null, userErrors: [refusal] } }));
  await performer.perform("PAUSE rel-a", "pauseRelease", { releaseId: "rel-a" });
  expect(performer.refused.get().get("PAUSE rel-a")).toBe(refusal.message);
  expect(toasts.shown.get().map(({ tone, text }) => [tone, text])).toEqual([["bad", refusal.message]]);
  expect(later).toHaveLength(0);
});

it("lets good news go by itself", async () => {
  const { performer, toasts, later } = performing(() => DONE);
  await performer.perform("START rel-a", "startRelease", {}, "Started.");
  expect(toasts.shown.get()).toHaveLength(1);
  later.shift()?.();
  expect(toasts.shown.get()).toHaveLength(0);
});

it("leads back to the sign-in when the token is not good any more", async () => {
  const { performer, reason } = performing(() => {
    throw new SignInNeeded("The token has expired.");
  });
  await performer.perform("START rel-a", "startRelease", {});
  await settled();
  expect(reason()).toBe("The token has expired.");
});
