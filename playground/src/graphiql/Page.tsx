import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useEffect, useMemo, useState } from "react";
import { ServerContext } from "./context";
import { EXAMPLES_PLUGIN } from "./ExamplesPanel";
import { opened } from "./opened";
import { connect, hindrance } from "./server";
import { TokenField } from "./TokenField";
import { keepToken, keptToken } from "./token";
import { WELCOME } from "./welcome";

const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];
const OPENED = opened(location.search);

/** GraphiQL with our examples, under a bar with the way to the board and the token. */
export function Page() {
  const [token, setToken] = useState(keptToken);
  const [problem, setProblem] = useState<string | null>(null);
  const server = useMemo(() => connect(token), [token]);

  useEffect(() => {
    let current = true;
    void hindrance(server.ask).then((found) => current && setProblem(found));
    return () => {
      current = false;
      server.close();
    };
  }, [server]);

  function change(next: string) {
    keepToken(next);
    setToken(next);
  }

  return (
    <ServerContext value={server}>
      <header className="bar">
        <h1>
          <a href="/">Phaseboard</a> <span>GraphiQL</span>
        </h1>
        <p role="status">{problem}</p>
        <TokenField token={token} onToken={change} />
      </header>
      <main>
        <GraphiQL
          fetcher={server.fetcher}
          plugins={PLUGINS}
          visiblePlugin={EXAMPLES_PLUGIN}
          defaultQuery={WELCOME}
          defaultEditorToolsVisibility="variables"
          {...OPENED}
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </ServerContext>
  );
}
