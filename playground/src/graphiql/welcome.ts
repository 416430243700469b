/** What GraphiQL opens with: something that runs, so that nothing is underlined before anybody has typed. */
export const WELCOME = `# Pick an example on the left,
# or write an operation.
# Ctrl-Space completes,
# Ctrl-Enter runs.

{
  service { version time }
}
`;

/** Whether nothing of anybody's would be lost. */
export function isUntouched(document: string): boolean {
  return document.trim() === WELCOME.trim() || document.split("\n").every((line) => /^\s*(#|$)/.test(line));
}
