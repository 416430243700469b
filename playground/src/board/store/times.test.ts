import { expect, it } from "vitest";
import { retryDelay } from "../api/retry";
import { Clock } from "./clock";
import { ago, length, moment } from "./times";

it.each([
  [-5_000, "0 s"],
  [12_000, "12 s"],
  [245_000, "4 min 05 s"],
  [3_720_000, "1 h 02 min"],
  [273_600_000, "3 d 04 h"],
])("writes %d ms as %s", (milliseconds, words) => {
  expect(length(milliseconds)).toBe(words);
});

it("rounds what is past", () => {
  expect([0, 14_000, 90_000, 7_200_000, 200_000_000].map((past) => ago(0, past))).toEqual([
    "just now",
    "10 s ago",
    "1 min ago",
    "2 h ago",
    "2 d ago",
  ]);
});

it("shows instants in the viewer's zone, with the day unless it is today there", () => {
  const now = Date.parse("2026-01-15T22:30:00Z");
  expect(moment(Date.parse("2026-01-15T22:45:00Z"), now, "UTC")).toBe("10:45 PM");
  expect(moment(Date.parse("2026-01-15T22:45:00Z"), now, "Europe/Berlin")).toBe("11:45 PM");
  expect(moment(Date.parse("2026-01-15T23:45:00Z"), now, "Europe/Berlin")).toBe("16 Jan, 12:45 AM");
});

it("keeps the server's time whatever the local clock says", () => {
  let local = 1_000_000;
  const clock = new Clock(() => local);
  const asked = clock.now();
  local += 200;
  clock.learn(new Date(5_000_000).toISOString(), asked);
  expect(clock.now()).toBe(5_000_100);
  expect(clock.seconds.get()).toBe(5_000_000);
});

it("comes back within two seconds for minutes, then slowly", () => {
  const longest = (attempts: number) => retryDelay(attempts, () => 1);
  expect(longest(0)).toBe(150);
  expect(Math.max(...Array.from({ length: 240 }, (_, attempt) => longest(attempt)))).toBe(600);
  expect(longest(500)).toBe(15_000);
  expect(retryDelay(5, () => 0)).toBeLessThan(longest(5));
});
