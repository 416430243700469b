// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ServerWire } from "./socket";
import type { Connection } from "./wire";

const NOON = Date.parse("2026-01-15T12:00:00Z");
const GONE = 1006;
const FORBIDDEN = 4403;

let sockets: Socket[];
let wire: ServerWire;
let told: Connection[];

/** The browser's end of a socket, whose server is the test. */
class Socket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readyState = Socket.CONNECTING;
  onopen: () => void = () => undefined;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (event: object) => void = () => undefined;
  onerror: (event: object) => void = () => undefined;

  constructor() {
    sockets.push(this);
  }

  send(text: string): void {
    if (JSON.parse(text).type === "connection_init") queueMicrotask(() => this.says("connection_ack"));
  }

  says(type: string): void {
    this.onmessage?.({ data: JSON.stringify({ type }) });
  }

  opens(): void {
    this.readyState = Socket.OPEN;
    this.onopen();
  }

  close(code = GONE, reason = ""): void {
    this.readyState = Socket.CLOSED;
    this.onclose({ code, reason, wasClean: code !== GONE });
  }
}

const now = () => sockets.at(-1) as Socket;
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

async function live(): Promise<void> {
  now().opens();
  await pass(0);
  expect(wire.connection.state).toBe("live");
}

beforeEach(async () => {
  vi.useFakeTimers({ now: NOON });
  vi.stubGlobal("WebSocket", Socket);
  sockets = [];
  told = [];
  wire = new ServerWire(null);
  wire.onConnection((connection) => told.push(connection));
  await pass(0);
});

afterEach(() => {
  wire.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("counts its attempts until it is live again", async () => {
  await live();
  now().close();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await pass(600);
    now().close();
  }
  await pass(0);
  const attempts = told.map((connection) => (connection.state === "reconnecting" ? connection.attempt : 0));
  expect(attempts).toEqual([...attempts].sort());
  expect(wire.connection).toMatchObject({ state: "reconnecting", attempt: 4 });
  await pass(600);
  await live();
  now().close();
  expect(wire.connection).toMatchObject({ state: "reconnecting", attempt: 1 });
});

it("tells when it last heard of a server that stands still", async () => {
  await live();
  await pass(10_000);
  now().says("pong");
  await pass(14_999);
  expect(wire.connection.state).toBe("live");
  await pass(1);
  expect(wire.connection).toMatchObject({ state: "reconnecting", since: NOON + 10_000 });
});

it("tells when it last heard of a server that is gone", async () => {
  await live();
  await pass(3_000);
  now().says("ping");
  await pass(4_000);
  now().close();
  await pass(60_000);
  expect(wire.connection).toMatchObject({ since: NOON + 3_000 });
});

it("does not come back to who knows it not any more", async () => {
  await live();
  now().close(FORBIDDEN, "The token was revoked.");
  await pass(60_000);
  expect(wire.connection.state).toBe("refused");
  expect(sockets).toHaveLength(1);
});

it("comes back at once when the network does", async () => {
  await live();
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  dispatchEvent(new Event("offline"));
  await pass(0);
  expect(wire.connection).toEqual({ state: "offline", since: NOON });
  const before = sockets.length;
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  dispatchEvent(new Event("online"));
  await pass(0);
  expect(sockets).toHaveLength(before + 1);
  await live();
});
