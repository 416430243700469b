import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { BoardStore } from "../store/board";
import { Clock } from "../store/clock";
import { Observable } from "../store/observable";
import { Performer } from "../store/performer";
import { ReleaseStore } from "../store/release";
import { Toasts } from "../store/toasts";
import { type Stores, StoresContext } from "../ui/app";
import { Confirm } from "../ui/Confirm";
import type { Question } from "../ui/question";
import { ToastList } from "../ui/Toasts";
import { FakeWire, Frames } from "./fakeWire";

export const NOW = Date.parse("2026-01-15T12:00:00Z");

/** Draws something with the stores of a page around it, beside what asks and what tells; `answer` is to mutations. */
export function showing(
  children: ReactNode,
  answer: () => unknown = () => ({ done: { release: null, userErrors: [] } }),
) {
  const wire = new FakeWire({ Act: answer });
  const clock = new Clock(() => NOW);
  const frames = new Frames();
  const toasts = new Toasts(() => undefined);
  const stores: Stores = {
    board: new BoardStore(wire, clock, frames.schedule, "UTC"),
    clock,
    toasts,
    connection: new Observable(wire.connection),
    performer: new Performer(wire, toasts),
    question: new Observable<Question | null>(null),
    search: new Observable(""),
    zone: "UTC",
    demo: null,
    graphiql: true,
    openRelease: (id) => new ReleaseStore(wire, id, frames.schedule, "UTC"),
    signOut: null,
  };
  const around = (inner: ReactNode) => (
    <StoresContext value={stores}>
      {inner}
      <Confirm />
      <ToastList />
    </StoresContext>
  );
  const { rerender } = render(around(children));
  return { wire, stores, again: (changed: ReactNode) => rerender(around(changed)) };
}
