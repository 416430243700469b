import type { UserError } from "../api/mutations";
import type { PlanText, Problem } from "./document";

const COERCION = /^Variable "\$input" got invalid value .* at "input\.?([^"]*)"; (.*)$/s;
const COERCION_OF_ALL = /^Variable "\$input" got invalid value [^;]*; (.*)$/s;

/** The server's user errors at their places in the text. */
export function problemsOf(errors: readonly UserError[], plan: PlanText): Problem[] {
  return errors.map(({ message, path }) => {
    const inside = (path ?? []).slice(1);
    const place = inside.length ? `${inside.join(".")}: ` : "";
    return { message: `${place}${message}`, line: plan.lineOf(inside) };
  });
}

/** What GraphQL itself says of an input that does not have the shape of a plan, at its place in the text. */
export function coercionProblem(message: string, plan: PlanText): Problem {
  const found = COERCION.exec(message);
  if (!found) return { message: COERCION_OF_ALL.exec(message)?.[1] ?? message, line: null };
  const path = (found[1] ?? "").split(/[.[\]]+/).filter(Boolean);
  return { message: `${path.join(".")}: ${found[2]}`, line: plan.lineOf(path) };
}
