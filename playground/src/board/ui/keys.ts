import { go, route } from "../store/route";

/** The keys of the board; they stay out of the way of who types, and of dialogs, which know Esc themselves. */
export function listenToKeys(help: () => void, search: { get(): string; set(text: string): void }): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      leave(target, search);
      return;
    }
    if (target.matches("input, textarea, select, [contenteditable]")) return;
    const action = { "/": focusSearch, j: () => move(1), k: () => move(-1), n: () => go("/new"), "?": help }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}

function leave(target: HTMLElement, search: { get(): string; set(text: string): void }): void {
  const onBoard = route.get().page === "board";
  if (onBoard && search.get()) search.set("");
  else if (target.matches("input, textarea")) target.blur();
  else if (!onBoard) go("/");
}

function focusSearch(): void {
  if (route.get().page !== "board") go("/");
  requestAnimationFrame(() => document.getElementById("search")?.focus());
}

function move(by: 1 | -1): void {
  const cards = [...document.querySelectorAll<HTMLElement>("[data-card]")];
  const at = cards.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (by > 0 ? 0 : cards.length - 1) : Math.min(Math.max(at + by, 0), cards.length - 1);
  cards[next]?.focus();
}
