import { Observable } from "./observable";

export type Route =
  | { readonly page: "board" }
  | { readonly page: "release"; readonly id: string }
  | { readonly page: "new" }
  | { readonly page: "nowhere" };

export function routeOf(path: string): Route {
  if (path === "/") return { page: "board" };
  if (path === "/new") return { page: "new" };
  const release = /^\/releases\/([^/]+)$/.exec(path);
  return release?.[1] ? { page: "release", id: decodeURIComponent(release[1]) } : { page: "nowhere" };
}

/** Where the browser is. */
export const route = new Observable<Route>(routeOf(location.pathname));

export function go(path: string): void {
  if (path !== location.pathname) history.pushState(null, "", path);
  show();
  scrollTo(0, 0);
}

let shown = location.pathname;

/** Show the page of the address; a place within it is not another page. */
function show(): void {
  if (shown === location.pathname) return;
  shown = location.pathname;
  route.set(routeOf(shown));
}

addEventListener("popstate", show);
