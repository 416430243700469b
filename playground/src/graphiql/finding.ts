/** Asks the server something and returns its data; throws when it does not answer. */
export type Ask = (query: string, variables: Record<string, unknown>) => Promise<Record<string, unknown>>;

interface Found {
  releases: { nodes: { id: string; statusResponse: { cursor: string }; tasks: { id: string }[] }[] };
}

const QUERY = `query Placeholder($filter: ReleaseFilter, $tasks: [TaskStatus!]) {
  releases(first: 50, filter: $filter) {
    nodes {
      id
      statusResponse { cursor }
      tasks(statuses: $tasks) { id }
    }
  }
}`;

/**
 * Puts what this server has in the places of placeholders, at any depth. One that nothing is found for stays as it is.
 *
 * `@release`, `@release.START` (offers the action), `@release:SUBMITTED` (is in the phase), `@task.FAILED` (has the
 * status), `@cursor` (the end of the log as the newest release knows it), `@key` (new each time).
 */
export async function fill(value: unknown, ask: Ask): Promise<unknown> {
  if (typeof value === "string") return value.startsWith("@") ? ((await found(value, ask)) ?? value) : value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => fill(item, ask)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([name, inner]) => [name, await fill(inner, ask)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function found(placeholder: string, ask: Ask): Promise<string | undefined> {
  const [, kind, mark, name] = /^@(\w+)([.:]?)(\w*)$/.exec(placeholder) ?? [];
  if (kind === "key") return `try-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  const filter = kind === "release" && name ? (mark === "." ? { actions: [name] } : { phases: [name] }) : null;
  const { releases } = (await ask(QUERY, { filter, tasks: kind === "task" ? [name] : [] })) as unknown as Found;
  if (kind === "task") return releases.nodes.flatMap((release) => release.tasks)[0]?.id;
  return kind === "cursor" ? releases.nodes[0]?.statusResponse.cursor : releases.nodes[0]?.id;
}
