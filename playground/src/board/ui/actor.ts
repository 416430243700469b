interface Actor {
  readonly kind: string;
  readonly name: string;
}

/** Who did it, where that tells anything: neither Phaseboard itself nor, where access is open, anybody. */
export function actorName(actor: Actor | null): string {
  return actor && actor.kind !== "SYSTEM" && actor.kind !== "ANONYMOUS" ? actor.name : "";
}
