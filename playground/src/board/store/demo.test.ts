import { describe, expect, it } from "vitest";
import { Clock } from "./clock";
import { Demo } from "./demo";
import { Toasts } from "./toasts";
import { toldBy } from "./told";

const NOON = Date.parse("2026-01-15T12:00:00Z");

function made(answer: (path: string, body?: object) => Response | Promise<Response>) {
  const hand = { now: NOON };
  const clock = new Clock(() => hand.now);
  const toasts = new Toasts(() => undefined);
  const demo = new Demo(
    clock,
    toasts,
    () => true,
    async (path, body) => answer(path, body),
  );
  return { demo, clock, toasts, hand };
}

const pace = (speed: number, time: string) => Response.json({ speed, speeds: [1, 10, 60], time });

describe("a demo", () => {
  it("has the countdowns follow its clock", async () => {
    const { demo, clock, hand } = made(() => pace(60, "2026-01-15T13:00:00Z"));
    await demo.runAt(60);
    hand.now += 1_000;
    expect(new Date(clock.now()).toISOString()).toBe("2026-01-15T13:01:00.000Z");
    expect(demo.pace.get()).toEqual({ speed: 60, speeds: [1, 10, 60] });
  });

  it("follows what another page has set, and tells nobody when nothing changed", async () => {
    const { demo } = made(() => pace(10, "2026-01-15T12:00:00Z"));
    await demo.look();
    const before = demo.pace.get();
    await demo.look();
    expect(before.speed).toBe(10);
    expect(demo.pace.get()).toBe(before);
  });

  it("says why a task could not be ended", async () => {
    const { demo, toasts } = made(() => Response.json({ message: "Attempt 1 is over." }, { status: 409 }));
    await demo.callBack({ id: "tsk-a-1", name: "build", attempt: 1 }, "FAILED");
    expect(toasts.shown.get().map(({ tone, text }) => [tone, text])).toEqual([["bad", "Attempt 1 is over."]]);
  });

  it("says that nobody answers", async () => {
    const { demo, toasts } = made(() => Promise.reject(new TypeError("Failed to fetch")));
    await demo.look();
    expect(toasts.shown.get()).toEqual([]);
    await demo.runAt(10);
    expect(toasts.shown.get()[0]?.text).toBe("The server does not answer.");
  });
});

it("the page is told what its server is", () => {
  const page = new DOMParser().parseFromString(
    `<head><meta name="phaseboard" content="{&quot;demo&quot;: true}"></head>`,
    "text/html",
  );
  expect(toldBy(page)).toEqual({ demo: true });
  expect(toldBy(document)).toEqual({});
});
