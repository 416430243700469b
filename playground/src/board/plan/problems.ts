import type { UserError } from "../api/mutations";
import type { PlanText, Problem } from "./document";

const COERCION = /^Variable '\$input' has invalid value(?: at \.(.*?))?: (.*)$/s;
const UNKNOWN = /^Expected value of type '\w+' not to include unknown field '(.*?)'(?:\. (Did you mean .*?\?))?/s;
const MISSING = /^Expected value of type '\w+' to include required field '(.*?)'/s;
const NO_VALUE = /^Expected value of non-null type/;
const UNQUOTED = /^String cannot represent a non string value: ([-+.\de]+|True|False)$/i;
const FOUND = /, found: .*$/s;
const NOTHING = "A plan has nothing of this name here.";

/** The server's user errors at their places in the text. */
export function problemsOf(errors: readonly UserError[], plan: PlanText): Problem[] {
  return errors.map(({ message, path }) => problemAt((path ?? []).slice(1), message, plan));
}

/** What GraphQL itself says of an input that does not have the shape of a plan, at its places in the text. */
export function coercionProblems(messages: readonly string[], plan: PlanText): Problem[] {
  return messages.map((message) => {
    const [, place = "", words] = COERCION.exec(message) ?? [];
    if (!words) return { message, line: null };
    const path = place.split(/[.[\]]+/).filter(Boolean);
    const [, unknown, hint = ""] = UNKNOWN.exec(words) ?? [];
    if (unknown !== undefined) return problemAt([...path, unknown], `${NOTHING} ${hint}`.trim(), plan);
    return problemAt(path, inWords(words), plan);
  });
}

function inWords(words: string): string {
  const missing = MISSING.exec(words)?.[1];
  if (missing) return `\`${missing}\` is missing.`;
  if (NO_VALUE.test(words)) return "This has no value.";
  if (UNQUOTED.test(words)) return "This has to be a text: put it in quotes.";
  return words.replace(FOUND, ".");
}

function problemAt(path: readonly string[], message: string, plan: PlanText): Problem {
  const place = path.length ? `${path.join(".")}: ` : "";
  return { message: `${place}${message}`, line: plan.lineOf(path) };
}
