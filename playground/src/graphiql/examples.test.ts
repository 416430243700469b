import { describe, expect, test } from "vitest";
import { EXAMPLES, parseExample } from "./examples";
import { type Ask, fill } from "./finding";
import { opened } from "./opened";

describe("examples", () => {
  test("are read with title, text, variables and document", () => {
    const source = '# title: A title\n# variables: {"id": "@release"}\n#\n# Two\n# lines.\nmutation A { a }\n';
    expect(parseExample("x/07-name.graphql", source)).toEqual({
      name: "07-name",
      title: "A title",
      text: "Two lines.",
      kind: "mutation",
      document: "mutation A { a }\n",
      variables: { id: "@release" },
    });
  });

  test("each say what they show", () => {
    expect(EXAMPLES.length).toBeGreaterThan(10);
    for (const example of EXAMPLES) expect([example.title, example.text]).not.toContain("");
    expect(new Set(EXAMPLES.map((example) => example.kind)).size).toBe(3);
  });
});

describe("placeholders", () => {
  const asked: unknown[] = [];
  const answer =
    (nodes: unknown[]): Ask =>
    async (_, variables) => {
      asked.push(variables);
      return { releases: { nodes } };
    };
  const release = { id: "rel-1", statusResponse: { cursor: "c9" }, tasks: [{ id: "tsk-1-2" }] };

  test("become what the server has, at any depth", async () => {
    const variables = { a: ["@release.START"], b: { c: "@task.FAILED", d: "@cursor" }, e: 1, f: null, g: "text" };
    expect(await fill(variables, answer([release]))).toEqual({
      a: ["rel-1"],
      b: { c: "tsk-1-2", d: "c9" },
      e: 1,
      f: null,
      g: "text",
    });
    expect(asked).toContainEqual({ filter: { actions: ["START"] }, tasks: [] });
    expect(asked).toContainEqual({ filter: null, tasks: ["FAILED"] });
  });

  test("stay where the server has nothing", async () => {
    expect(await fill("@release:SUBMITTED", answer([]))).toBe("@release:SUBMITTED");
  });

  test("for keys are new each time", async () => {
    const keys = [await fill("@key", answer([])), await fill("@key", answer([]))];
    expect(new Set(keys).size).toBe(2);
  });
});

describe("an address", () => {
  test("opens an operation and its variables", () => {
    expect(opened("?operation=%7B%20a%20%7D&variables=%7B%7D")).toEqual({
      initialQuery: "{ a }",
      initialVariables: "{}",
    });
  });

  test("opens an operation that takes no variables without those of the tab before", () => {
    expect(opened("?operation=%7B%20a%20%7D")).toEqual({ initialQuery: "{ a }", initialVariables: "" });
  });

  test("without an operation opens nothing", () => {
    expect(opened("?variables=%7B%7D")).toEqual({});
  });
});
