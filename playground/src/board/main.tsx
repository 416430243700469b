import { createRoot } from "react-dom/client";
import { App, open } from "./App";
import { Sessions } from "./store/session";
import { showTheme } from "./store/theme";
import "./styles/index.css";

showTheme();
const sessions = new Sessions();
// Asked before anything is drawn: the answer comes while React begins.
const first = open(sessions.session.get().token, sessions);
const root = document.getElementById("root");
if (root) createRoot(root).render(<App sessions={sessions} first={first} />);
