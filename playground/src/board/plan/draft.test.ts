import { beforeEach, expect, it } from "vitest";
import { forgetDraft, keepDraft, keptDraft, replaced } from "./draft";
import { EXAMPLES } from "./examples";

const [hotfix, mobile] = EXAMPLES;

beforeEach(() => sessionStorage.clear());

it("is kept by the tab until it is forgotten, and leaves nothing behind when it is empty", () => {
  keepDraft({ text: "name: Shop", before: "" });
  expect(keptDraft()).toEqual({ text: "name: Shop", before: "" });
  keepDraft({ text: "", before: "" });
  expect(sessionStorage).toHaveLength(0);
  keepDraft({ text: "name: Shop", before: "" });
  forgetDraft();
  expect(keptDraft()).toEqual({ text: "", before: "" });
});

it("keeps what was written when examples take its place", () => {
  const first = replaced({ text: "name: Shop", before: "" }, hotfix.text);
  expect(replaced(first, mobile.text)).toEqual({ text: mobile.text, before: "name: Shop" });
  expect(replaced(first, first.before)).toEqual({ text: "name: Shop", before: "name: Shop" });
});

it("keeps an example that was changed, but not one as it comes", () => {
  expect(replaced({ text: hotfix.text, before: "" }, mobile.text).before).toBe("");
  const changed = `${hotfix.text}# mine`;
  expect(replaced({ text: changed, before: "" }, mobile.text).before).toBe(changed);
});
