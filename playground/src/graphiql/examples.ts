/** A curated operation, from `playground/examples/*.graphql`. */
export interface Example {
  readonly name: string;
  readonly title: string;
  /** What its comment says, as one paragraph. */
  readonly text: string;
  readonly kind: "query" | "mutation" | "subscription";
  /** The document without the comments about it. */
  readonly document: string;
  /** With placeholders such as `@release.START`: see `finding.ts`. */
  readonly variables: Readonly<Record<string, unknown>> | null;
}

const files = import.meta.glob<string>("../../examples/*.graphql", { query: "?raw", import: "default", eager: true });

/** All examples, in the order of their files' names. */
export const EXAMPLES: readonly Example[] = Object.entries(files)
  .sort(([one], [other]) => one.localeCompare(other))
  .map(([path, source]) => parseExample(path, source));

/** Reads an example: `# title:` and `# variables:` lines, a paragraph of comment, then the document. */
export function parseExample(path: string, source: string): Example {
  const lines = source.split("\n");
  const start = lines.findIndex((line) => !line.startsWith("#"));
  const comment = lines.slice(0, start).map((line) => line.slice(1).trim());
  const document = lines.slice(start).join("\n").trim();
  const variables = labelled(comment, "variables");
  return {
    name: path.replace(/^.*\/|\.graphql$/g, ""),
    title: labelled(comment, "title") ?? "",
    text: comment
      .filter((line) => !/^[a-z]+:/.test(line))
      .join(" ")
      .trim(),
    kind: kindOf(document),
    document: `${document}\n`,
    variables: variables === undefined ? null : JSON.parse(variables),
  };
}

function labelled(comment: readonly string[], label: string): string | undefined {
  return comment
    .find((line) => line.startsWith(`${label}:`))
    ?.slice(label.length + 1)
    .trim();
}

function kindOf(document: string): Example["kind"] {
  const keyword = document.split(/\W/, 1)[0];
  return keyword === "mutation" || keyword === "subscription" ? keyword : "query";
}
