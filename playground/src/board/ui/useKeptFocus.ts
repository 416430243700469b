import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from "react";

export interface KeptFocus<Box extends HTMLElement> {
  readonly ref: RefObject<Box | null>;
  readonly tabIndex: -1;
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: () => void;
}

/**
 * Keeps the keyboard's place in a box when what had the focus is moved or taken away by what the server decided: there
 * again, else at the card of the same release, else at the box.
 */
export function useKeptFocus<Box extends HTMLElement>(): KeptFocus<Box> {
  const ref = useRef<Box>(null);
  const last = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const had = last.current;
    if (!had || document.activeElement !== document.body) return;
    const place = had.isConnected ? had : (cardOf(had.closest<HTMLElement>("[data-release]")) ?? ref.current);
    place?.focus({ preventScroll: true });
  });
  return {
    ref,
    tabIndex: -1,
    onFocus: (event) => (last.current = event.target as HTMLElement),
    onBlur: () => (last.current = null),
  };
}

/** The link of the card that stands for a release now. */
export function cardOf(release: { readonly dataset: DOMStringMap } | null): HTMLElement | null {
  const id = release?.dataset.release;
  return id ? document.querySelector(`[data-release="${CSS.escape(id)}"] [data-card]`) : null;
}
