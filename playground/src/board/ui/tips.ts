import type { SyntheticEvent } from "react";

/** Hide the tip that is shown; returns whether there was one. */
export function hideTip(): boolean {
  const tip = document.querySelector<HTMLElement>(".tip:popover-open");
  tip?.hidePopover();
  return tip !== null;
}

function show(event: SyntheticEvent<HTMLElement>): void {
  // Who clicks points at it already: the focus that comes with a click is not to bring it back.
  if (event.type === "focus" && !(event.target as HTMLElement).matches(":focus-visible")) return;
  hideTip();
  tipIn(event)?.showPopover?.();
}

function hide(event: SyntheticEvent<HTMLElement>): void {
  tipIn(event)?.hidePopover?.();
}

function tipIn(event: SyntheticEvent<HTMLElement>): HTMLElement | null {
  return event.currentTarget.querySelector(".tip");
}

/** Shows the tip within an element while that is pointed at or reached with the keyboard; above all else, uncut. */
export const TIP = { onMouseEnter: show, onMouseLeave: hide, onFocus: show, onBlur: hide };
