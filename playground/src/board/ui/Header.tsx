import { route } from "../store/route";
import { switchTheme, theme } from "../store/theme";
import { useObserved, useStores } from "./app";
import { ConnectionBadge } from "./ConnectionBadge";
import { DemoSpeed } from "./DemoSpeed";
import { Icon } from "./Icon";
import { Link } from "./Link";
import { Logo } from "./Logo";

const LOOK = { system: ["half", "as the system"], light: ["sun", "light"], dark: ["moon", "dark"] } as const;

export function Header({ help }: { help: () => void }) {
  const { search, zone, demo, graphiql, signOut } = useStores();
  const page = useObserved(route).page;
  const look = useObserved(theme);
  const [icon, words] = LOOK[look];
  return (
    <header className="top">
      <Link to="/" className="brand" aria-label="Phaseboard, to the board">
        <Logo />
        <span>Phaseboard</span>
      </Link>
      <nav aria-label="Pages">
        <Link to="/" aria-current={page === "board" ? "page" : undefined}>
          Board
        </Link>
        <Link to="/new" aria-current={page === "new" ? "page" : undefined}>
          New release
        </Link>
        {graphiql ? <a href="/graphiql">GraphiQL</a> : null}
      </nav>
      {page === "board" ? <Search search={search} /> : null}
      <div className="end">
        {demo ? <DemoSpeed demo={demo} /> : null}
        <ConnectionBadge />
        <span className="zone" title="Clock times are shown in this time zone">
          {zone}
        </span>
        <button
          type="button"
          className="plain"
          aria-label={`Colours: ${words}`}
          title={`Colours: ${words}`}
          onClick={switchTheme}
        >
          <Icon name={icon} />
        </button>
        <button
          type="button"
          className="keys plain"
          aria-label="Keyboard help"
          title="Keyboard help (?)"
          onClick={help}
        >
          ?
        </button>
        {signOut ? (
          <button type="button" className="plain" onClick={signOut}>
            Sign out
          </button>
        ) : null}
      </div>
    </header>
  );
}

function Search({ search }: { search: ReturnType<typeof useStores>["search"] }) {
  const text = useObserved(search);
  return (
    <search className="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        value={text}
        aria-label="Search releases"
        placeholder="Search releases"
        autoComplete="off"
        onChange={(event) => search.set(event.target.value)}
      />
      <span className="key" aria-hidden="true">
        /
      </span>
    </search>
  );
}
