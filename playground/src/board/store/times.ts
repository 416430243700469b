/** A length of time in its two largest units: `12 s`, `4 min 05 s`, `1 h 02 min`, `3 d 04 h`. */
export function length(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days) return `${days} d ${two(hours % 24)} h`;
  if (hours) return `${hours} h ${two(minutes % 60)} min`;
  if (minutes) return `${minutes} min ${two(seconds % 60)} s`;
  return `${seconds} s`;
}

/** How long ago, roughly: for feeds, where seconds would only flicker. */
export function ago(instant: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - instant) / 1_000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds - (seconds % 5)} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The clock time in a zone, with its date unless that is today: `14:00`, `16 Jan, 14:00`. */
export function moment(instant: number, now: number, zone: string): string {
  const time = new Date(instant).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const day = (at: number) =>
    new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: zone });
  return day(instant) === day(now) ? time : `${day(instant)}, ${time}`;
}

/** The viewer's zone by its IANA name. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
