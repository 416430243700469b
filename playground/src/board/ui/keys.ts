import { flushSync } from "react-dom";
import { go, route } from "../store/route";
import { hideTip } from "./tips";

interface Search {
  get(): string;
  set(text: string): void;
}

/** The keys of the board; they stay out of the way of who types, and of dialogs, which know Esc themselves. */
export function listenToKeys(help: () => void, search: Search): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      leave(target, search);
      return;
    }
    if (event.key === "Enter" && target.id === "search" && search.get().trim()) visibleCards()[0]?.click();
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

function leave(target: HTMLElement, search: Search): void {
  if (hideTip()) return;
  const onBoard = route.get().page === "board";
  if (onBoard && search.get()) search.set("");
  else if (target.matches("input, textarea")) target.blur();
  else if (!onBoard) go("/");
}

/** At once: the next key, however soon it comes, belongs to the search. */
function focusSearch(): void {
  if (route.get().page !== "board") flushSync(() => go("/"));
  document.getElementById("search")?.focus();
}

/** To the next card or the one before, also from a button of a card. */
function move(by: 1 | -1): void {
  const cards = visibleCards();
  const current = document.activeElement?.closest(".card")?.querySelector<HTMLElement>("[data-card]");
  const at = current ? cards.indexOf(current) : -1;
  const next = at < 0 ? (by > 0 ? 0 : cards.length - 1) : Math.min(Math.max(at + by, 0), cards.length - 1);
  cards[next]?.focus();
}

/** The links of the cards, without those folded away. */
function visibleCards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-card]")].filter((card) => card.checkVisibility());
}
