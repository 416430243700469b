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

/** A length of time in its largest unit: for cards and feeds, where seconds would only flicker. */
export function roughly(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 5) return "a moment";
  if (seconds < 60) return `${seconds - (seconds % 5)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long ago, roughly. */
export function ago(instant: number, now: number): string {
  return now - instant < 5_000 ? "just now" : `${roughly(now - instant)} ago`;
}

/** The clock time in a zone, as the status has it, with its date unless that is today: `2:00 PM`, `16 Jan, 2:00 PM`. */
export function moment(instant: number, now: number, zone: string): string {
  const { time, day } = formats(zone);
  const clock = time.format(instant).replace(/\s/, " "); // narrow in some browsers
  return day.format(instant) === day.format(now) ? clock : `${day.format(instant)}, ${clock}`;
}

const made = new Map<string, Record<"time" | "day", Intl.DateTimeFormat>>();

/** Made once a zone: that takes long. */
function formats(timeZone: string) {
  const known = made.get(timeZone) ?? {
    time: new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone }),
    day: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone }),
  };
  made.set(timeZone, known);
  return known;
}

/** The viewer's zone by its IANA name. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
