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
  const variables = given.get("variables");
  return { initialQuery: operation, ...(variables && { initialVariables: variables }) };
}
