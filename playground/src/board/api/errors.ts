/** The server does not know the caller, or not any more. */
export class SignInNeeded extends Error {
  constructor(message = "Sign in to see the board.") {
    super(message);
    this.name = "SignInNeeded";
  }
}

/** The server did not answer at all, or too late. */
export class Unreachable extends Error {
  constructor(message = "The server does not answer.") {
    super(message);
    this.name = "Unreachable";
  }
}

/** The server answered with errors; `code` is the first one's. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code = "",
    readonly all: readonly string[] = [message],
  ) {
    super(message);
    this.name = "Refused";
  }
}

export function refusalOf(
  errors: readonly { message: string; extensions?: { code?: unknown } | undefined }[],
): Refused {
  const first = errors[0];
  const messages = errors.map((error) => error.message);
  return new Refused(first?.message ?? "The server refused this.", String(first?.extensions?.code ?? ""), messages);
}

/** What to show for anything that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
