import { expect, it } from "vitest";
import { Refused, SignInNeeded, Unreachable } from "../api/errors";
import { FakeWire, settled } from "../testing/fakeWire";
import { Performer } from "./performer";
import { Toasts } from "./toasts";

interface Wait {
  readonly task: () => void;
  readonly milliseconds: number;
}

function performing(answer: () => unknown) {
  const later: (() => void)[] = [];
  const toasts = new Toasts((task) => later.push(task));
  const wire = new FakeWire({ Act: answer });
  let reason = "";
  const waits: Wait[] = [];
  const performer = new Performer(
    wire,
    toasts,
    (message) => {
      reason = message;
    },
    (task, milliseconds) => waits.push({ task, milliseconds }),
  );
  return { performer, toasts, wire, later, waits, reason: () => reason };
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
  expect(await first).toEqual({ id: "rel-a", userErrors: [], refused: [] });
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

it("sends what nobody answered again as it was, once the server is back", async () => {
  let away = true;
  const { performer, toasts, wire, waits } = performing(() => {
    if (away) throw new Unreachable();
    return DONE;
  });
  wire.tell({ state: "reconnecting", attempt: 1, since: 0 });
  const done = performer.perform("START rel-a", "startRelease", { releaseId: "rel-a" }, "Started.");
  await settled();
  expect(toasts.shown.get()[0]?.text).toContain("it may have been done");
  expect(performer.pending.get().has("START rel-a")).toBe(true);
  expect(waits.map(({ milliseconds }) => milliseconds)).toEqual([60_000]);
  away = false;
  wire.tell({ state: "live" });
  await done;
  const [first, second] = wire.asked.map(({ variables }) => variables.input as { idempotencyKey: string });
  expect(first?.idempotencyKey.length).toBeGreaterThan(10);
  expect(second).toEqual(first);
  expect(toasts.shown.get().map(({ text }) => text)).toEqual(["Started."]);
});

it("gives up on a server that never answers, and does not say that nothing was done", async () => {
  const { performer, toasts, wire, waits } = performing(() => {
    throw new Unreachable();
  });
  const done = performer.perform("START rel-a", "startRelease", { releaseId: "rel-a" });
  for (let time = 0; time < 2; time += 1) {
    await settled();
    waits.shift()?.task();
  }
  expect(await done).toBeNull();
  expect(wire.asked).toHaveLength(3);
  expect(toasts.shown.get().map(({ text }) => text)).toEqual([
    "The server does not answer: it may have been done. Look before you try again.",
  ]);
});

it("sends a key with all but reports, which are done once without", async () => {
  const { performer, wire } = performing(() => DONE);
  await performer.perform("new", "createRelease", { name: "Shop" });
  await performer.perform("again", "createRelease", { name: "Shop" });
  await performer.perform("report", "reportTaskResult", { taskId: "tsk-a-1" });
  const [first, second, report] = wire.asked.map(({ variables }) => variables.input as Record<string, unknown>);
  expect(first?.idempotencyKey).not.toEqual(second?.idempotencyKey);
  expect(report).toEqual({ taskId: "tsk-a-1" });
});

it("leaves it to the caller to tell a refusal, where the caller says so", async () => {
  const { performer, toasts } = performing(() => {
    throw new Refused("No name.", "", ["No name.", "No version."]);
  });
  const outcome = await performer.perform("new", "createRelease", {}, "", "by the caller");
  expect(outcome?.refused).toEqual(["No name.", "No version."]);
  expect(toasts.shown.get()).toEqual([]);
});
