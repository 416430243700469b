import { expect, it } from "vitest";
import { reloadOnce } from "./reload";

it("a page loads anew once, not over and over", () => {
  let now = 1_000_000;
  let reloads = 0;
  const load = () =>
    reloadOnce(
      sessionStorage,
      () => now,
      () => {
        reloads += 1;
      },
    );
  expect([load(), load(), reloads]).toEqual([true, false, 1]);
  now += 60_000;
  expect([load(), reloads]).toEqual([true, 2]);
});
