import { beforeEach, expect, it } from "vitest";
import { Sessions } from "./session";

beforeEach(() => sessionStorage.clear());

it("keeps what was written when a token has expired, but leaves nothing behind when somebody signs out", () => {
  const sessions = new Sessions();
  sessions.signIn("secret");
  sessionStorage.setItem("phaseboard.draft", "name: Shop");
  sessions.askAgain("Your token has expired.");
  expect(sessions.session.get()).toEqual({ token: null, asks: "Your token has expired." });
  expect({ ...sessionStorage }).toEqual({ "phaseboard.draft": "name: Shop" });
  sessions.signIn("secret");
  sessions.signOut();
  expect(sessionStorage).toHaveLength(0);
});
