/** What an address opens GraphiQL with. */
export interface Opened {
  initialQuery?: string;
  initialVariables?: string;
}

/** Reads `?operation=...&variables=...`, as the dashboard's panels link to it; nothing of it is run by itself. */
export function opened(search: string): Opened {
  const given = new URLSearchParams(search);
  const operation = given.get("operation");
  if (!operation) return {};
  // Said also where there are none: else those of the tab before would be taken for them.
  return { initialQuery: operation, initialVariables: given.get("variables") ?? "" };
}
