import type { Card } from "../api/documents";

/** What a release is called: with its version unless the name has it already. */
export function titleOf({ name, version }: Pick<Card, "name" | "version">): string {
  return name.includes(version) ? name : `${name} ${version}`;
}
