import { lazy, Suspense, useEffect, useState } from "react";
import { ServerWire } from "./api/socket";
import type { Connection } from "./api/wire";
import { BoardPage } from "./pages/BoardPage";
import { ReleasePage } from "./pages/ReleasePage";
import { SignInPage } from "./pages/SignInPage";
import { BoardStore } from "./store/board";
import { Clock } from "./store/clock";
import { Demo } from "./store/demo";
import { eachFrame, Observable } from "./store/observable";
import { Performer } from "./store/performer";
import { ReleaseStore } from "./store/release";
import { route } from "./store/route";
import type { Sessions } from "./store/session";
import { localZone } from "./store/times";
import { told } from "./store/told";
import { Toasts } from "./store/toasts";
import { Announcer } from "./ui/Announcer";
import { type Stores, StoresContext, useObserved } from "./ui/app";
import { Confirm } from "./ui/Confirm";
import type { Question } from "./ui/question";
import { Header } from "./ui/Header";
import { Help } from "./ui/Help";
import { listenToKeys } from "./ui/keys";
import { Link } from "./ui/Link";
import { ToastList } from "./ui/Toasts";
import { usePageFocus } from "./ui/usePageFocus";

/** Milliseconds between looks at what somebody else may have retried. */
const LOOK_AGAIN = 30_000;
const CONTENT = "content";
const NewPage = lazy(() => import("./pages/NewPage"));

/** Everything of a signed-in page, connected to the server; `close` lets go of it. */
export interface Opened extends Stores {
  close(): void;
}

export function open(token: string | null, sessions: Sessions): Opened {
  const wire = new ServerWire(token);
  const clock = new Clock();
  const zone = localZone();
  // Who had no token yet did nothing wrong.
  const signIn = (reason: string) =>
    sessions.askAgain(token ? reason : "This server shows its releases only to people it knows.");
  const board = new BoardStore(wire, clock, eachFrame, zone, signIn);
  const connection = new Observable<Connection>(wire.connection);
  wire.onConnection((now) => {
    connection.set(now);
    if (now.state === "refused" && token) signIn(now.message);
  });
  const toasts = new Toasts();
  const demo = told.demo ? new Demo(clock, toasts, () => wire.connection.state === "live") : null;
  const lookAgain = setInterval(() => {
    if (!document.hidden && wire.connection.state === "live") board.readFailed();
  }, LOOK_AGAIN);
  const stops = [clock.run(), demo?.run(), () => clearInterval(lookAgain)];
  void board.load();
  return {
    board,
    clock,
    connection,
    toasts,
    zone,
    demo,
    graphiql: told.graphiql !== false,
    performer: new Performer(wire, toasts, signIn),
    question: new Observable<Question | null>(null),
    search: new Observable(""),
    openRelease: (id) => new ReleaseStore(wire, id, eachFrame, zone, signIn),
    signOut: token ? () => sessions.signOut() : null,
    close: () => {
      for (const stop of stops) stop?.();
      board.close();
      wire.close();
    },
  };
}

/** The page: signed in with a token, signed in because the server asks for none, or asked to sign in. */
export function App({ sessions, first }: { sessions: Sessions; first: Opened | null }) {
  const { token, asks } = useObserved(sessions.session);
  const [stores, setStores] = useState<Opened | null>(first);
  useEffect(() => {
    if (asks === null) setStores((before) => before ?? open(token, sessions));
    else setStores(null);
  }, [token, asks, sessions]);
  useEffect(() => () => stores?.close(), [stores]);
  if (asks !== null) return <SignInPage sessions={sessions} reason={asks} />;
  return stores ? <Page stores={stores} /> : null;
}

function Page({ stores }: { stores: Stores }) {
  const [helping, setHelping] = useState(false);
  useEffect(() => listenToKeys(() => setHelping(true), stores.search), [stores]);
  usePageFocus(CONTENT);
  return (
    <StoresContext value={stores}>
      <a href={`#${CONTENT}`} className="skip button">
        Skip to the content
      </a>
      <Header help={() => setHelping(true)} />
      <div id={CONTENT} tabIndex={-1}>
        <Current />
      </div>
      <ToastList />
      <Announcer />
      <Confirm />
      {helping ? <Help close={() => setHelping(false)} /> : null}
    </StoresContext>
  );
}

function Current() {
  const now = useObserved(route);
  switch (now.page) {
    case "board":
      return <BoardPage />;
    case "release":
      return <ReleasePage key={now.id} id={now.id} />;
    case "new":
      return (
        <Suspense fallback={<main className="new-page" aria-busy="true" />}>
          <NewPage />
        </Suspense>
      );
    case "nowhere":
      return (
        <main className="release-page">
          <section className="welcome">
            <h1>There is no such page</h1>
            <Link to="/" className="button primary">
              To the board
            </Link>
          </section>
        </main>
      );
  }
}
