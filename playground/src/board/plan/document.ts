import { isNode, LineCounter, parseDocument } from "yaml";

export interface Problem {
  readonly message: string;
  /** Where it stands, from 1; null where nobody knows. */
  readonly line: number | null;
}

/** A plan as it was written: its values, and where each of them stands. */
export interface PlanText {
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly problems: readonly Problem[];
  /** The line of the part of the plan at a path, or of the nearest part around it. */
  lineOf(path: readonly string[]): number | null;
}

/** Read a plan in YAML or JSON, which is YAML too. */
export function readPlan(text: string): PlanText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map((error) => ({
    message: error.message,
    line: lines.linePos(error.pos[0]).line,
  }));
  const lineOf = (path: readonly string[]) => {
    for (let length = path.length; length > 0; length -= 1) {
      const keys = path.slice(0, length).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const node = document.getIn(keys, true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return null;
  };
  const value: unknown = problems.length ? null : document.toJS({ maxAliasCount: 100 });
  if (problems.length || isMap(value)) return { value: isMap(value) ? value : null, problems, lineOf };
  const empty = value === null || value === undefined;
  const message = empty
    ? "Paste a plan, drop a file here, or pick an example."
    : "A plan is a map of its parts: name, version, kickoff and so on.";
  return { value: null, problems: [{ message, line: empty ? null : 1 }], lineOf };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
