import { createRoot } from "react-dom/client";
import { App, open } from "./App";
import { comeBack, isAnswer } from "./store/comingBack";
import { reloadOnce } from "./store/reload";
import { Sessions } from "./store/session";
import { showTheme } from "./store/theme";
import { told } from "./store/told";
import "./styles/index.css";

const sessions = new Sessions();

function begin(): void {
  // Asked before anything is drawn: the answer comes while React begins.
  const { token, asks } = sessions.session.get();
  const first = asks === null ? open(token, sessions) : null;
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<App sessions={sessions} first={first} />);
}

// The server was upgraded since the page was opened: what it would load has other names now.
addEventListener("vite:preloadError", (event) => {
  if (reloadOnce()) event.preventDefault();
});

showTheme();
if (told.oidc && isAnswer(location.search)) void comeBack(told.oidc, sessions).then(begin);
else begin();
