import { describe, expect, it } from "vitest";
import { readPlan } from "./document";
import { EXAMPLES } from "./examples";
import { duration, outlineOf } from "./outline";
import { coercionProblems, problemsOf } from "./problems";

const PLAN = `name: Shop
version: "1.0"
kickoff:
  - name: Branch
    executor: none
  - name: Build
    executor: manual
regression:
  cycles: [{after: 0s}, {after: 1d2h}]
  tasks: []
`;

describe("reading", () => {
  it.each(EXAMPLES)("understands the example $name", ({ text }) => {
    const plan = readPlan(text);
    expect(plan.problems).toEqual([]);
    const outline = outlineOf(plan.value ?? {});
    expect(outline.kickoff.length).toBeGreaterThan(1);
    expect(outline.cycles.every((cycle) => cycle.after !== null)).toBe(true);
  });

  it("takes JSON, which is YAML", () => {
    expect(readPlan('{"name": "Shop", "kickoff": []}').value).toEqual({ name: "Shop", kickoff: [] });
  });

  it("says where a text is no YAML", () => {
    const { value, problems } = readPlan("name: Shop\nkickoff: [\n");
    expect(value).toBeNull();
    expect(problems[0]?.line).toBeGreaterThanOrEqual(2);
  });

  it("says that a list is no plan", () => {
    expect(readPlan("- a\n- b\n").problems[0]?.line).toBe(1);
  });
});

describe("problems", () => {
  const plan = readPlan(PLAN);

  it("stand at the line of what they speak of", () => {
    const errors = [
      { code: "INVALID_INPUT", message: "There is no executor none.", path: ["input", "kickoff", "0", "executor"] },
      { code: "INVALID_INPUT", message: "This is missing.", path: ["input", "kickoff", "1", "with"] },
      { code: "INVALID_INPUT", message: "This is missing.", path: ["input", "preRelease"] },
    ];
    expect(problemsOf(errors, plan).map(({ line }) => line)).toEqual([5, 6, null]);
    expect(problemsOf(errors, plan)[0]?.message).toBe("kickoff.0.executor: There is no executor none.");
  });

  it.each([
    [".version: String cannot represent a non string value: 1", 2, "version: This has to be a text: put it in quotes."],
    [
      ".kickoff[1]: Expected value of type 'TaskInput' not to include unknown field 'executer'. Did you mean 'executor'? Found: {}.",
      7,
      "kickoff.1.executer: A plan has nothing of this name here. Did you mean 'executor'?",
    ],
    [
      ": Expected value of type 'CreateReleaseInput' not to include unknown field 'stages', found: {'name': 'Shop'}.",
      null,
      "stages: A plan has nothing of this name here.",
    ],
    [
      ".kickoff[1]: Expected value of type 'TaskInput' to include required field 'executor', found: {...}.",
      6,
      "kickoff.1: `executor` is missing.",
    ],
    [
      ".regression: Expected value of non-null type 'RegressionInput!' not to be None.",
      8,
      "regression: This has no value.",
    ],
    [
      ".regression.cycles[1].after: A Duration is a text such as 45s, 90m, 2h, 1h30m or 1d.",
      9,
      "regression.cycles.1.after: A Duration is a text such as 45s, 90m, 2h, 1h30m or 1d.",
    ],
    [
      ".kickoff: Expected value of type 'TaskInput' to be an object, found: 'abc'.",
      3,
      "kickoff: Expected value of type 'TaskInput' to be an object.",
    ],
    [
      ": Expected value of type 'CreateReleaseInput' to include required field 'stores', found: {'name': 'x'}.",
      null,
      "`stores` is missing.",
    ],
  ])("of GraphQL itself too: %s", (words, line, message) => {
    const written = readPlan(PLAN.replace("executor: manual", "executer: manual"));
    const at = words.startsWith(":") ? words : ` at ${words}`;
    expect(coercionProblems([`Variable '$input' has invalid value${at}`], written)).toEqual([{ message, line }]);
  });

  it("that are of no place in the plan are told as they are", () => {
    const message = "Too many errors processing variables, error limit reached. Execution aborted.";
    expect(coercionProblems([message, message], plan)).toEqual([
      { message, line: null },
      { message, line: null },
    ]);
  });
});

it.each([
  ["America/New_York", "America/New_York"],
  ["Nowhere/Town", "UTC"],
  [7, "UTC"],
])("shows the times of a plan of the zone %s in %s", (timeZone, shown) => {
  expect(outlineOf({ timeZone }).timeZone).toBe(shown);
});

it("reads lengths of time as plans write them", () => {
  expect(["45s", "90m", "1h30m", "1d", "soon", ""].map(duration)).toEqual([
    45_000,
    5_400_000,
    5_400_000,
    86_400_000,
    null,
    null,
  ]);
});

it("outlines needs: the task before, unless told otherwise", () => {
  expect(outlineOf(readPlan(PLAN).value ?? {}).kickoff.map(({ needs }) => needs)).toEqual([[], ["Branch"]]);
});
