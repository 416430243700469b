const KEY = "phaseboard.reloaded";
const AGAIN = 30_000;

/** Load the page anew, unless that was tried a moment ago and did not help; returns whether it is done. */
export function reloadOnce(
  storage: Storage = sessionStorage,
  now: () => number = Date.now,
  reload: () => void = () => location.reload(),
): boolean {
  if (now() - Number(storage.getItem(KEY) ?? 0) < AGAIN) return false;
  storage.setItem(KEY, String(now()));
  reload();
  return true;
}
