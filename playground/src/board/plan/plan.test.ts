import { describe, expect, it } from "vitest";
import { readPlan } from "./document";
import { EXAMPLES } from "./examples";
import { duration, outlineOf } from "./outline";
import { coercionProblem, problemsOf } from "./problems";

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

  it("of GraphQL itself too", () => {
    const message =
      'Variable "$input" got invalid value {"name": "Build"} at "input.kickoff[1]"; Field "colour" is not defined.';
    expect(coercionProblem(message, plan)).toEqual({
      message: 'kickoff.1: Field "colour" is not defined.',
      line: 6,
    });
  });
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
