import { Observable } from "./observable";

export type Theme = "system" | "light" | "dark";

const KEY = "phaseboard.theme";
const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

function kept(): Theme {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "dark" ? found : "system";
}

/** Dark, light, or as the system says. */
export const theme = new Observable<Theme>(kept());

export function showTheme(): void {
  document.documentElement.dataset.theme = theme.get();
}

export function switchTheme(): void {
  const next = NEXT[theme.get()];
  if (next === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  theme.set(next);
  showTheme();
}
