import { isMap as isYamlMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";

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
      const node = keyAt(document.getIn(keys.slice(0, -1), true), keys.at(-1)) ?? document.getIn(keys, true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return null;
  };
  const value: unknown = problems.length ? null : document.toJS({ maxAliasCount: 100 });
  if (problems.length || isMap(value)) return { value: isMap(value) ? value : null, problems, lineOf };
  const empty = value === null || value === undefined;
  const message = empty
    ? "Write or paste a plan, drop a file on the editor, or pick an example."
    : "A plan is a map of its parts: name, version, kickoff and so on.";
  return { value: null, problems: [{ message, line: empty ? null : 1 }], lineOf };
}

/** A part of a map stands where its key does: what the key has may begin lines later. */
function keyAt(parent: unknown, key: string | number | undefined): Node | undefined {
  if (!isYamlMap(parent)) return undefined;
  return parent.items.map((pair) => pair.key).find((one) => isScalar(one) && String(one.value) === String(key)) as Node;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
