// What the programs have in common: they get the address of a server, ask the test for what they cannot do themselves,
// and end with exit code 0 exactly when everything was as it should be. What they found is their last line.

import { createInterface } from "node:readline";

const PATIENCE = 20_000;

export const url = `${process.argv[2]}/graphql`;
export const socketUrl = url.replace("http", "ws");

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Ask the test to do something: "kill", "stop", "start" or "damage".
export async function please(what) {
  console.log(JSON.stringify({ please: what }));
  const { done } = await answers.next();
  if (done) throw new Error(`the test went away instead of: ${what}`);
}

export function report(found) {
  console.log(JSON.stringify({ found }));
  process.exit(0);
}

// Wait for something that has to come soon.
export function within(promise, what) {
  const late = new Error(`waited ${PATIENCE} ms in vain for ${what}`);
  let timer;
  const limit = new Promise((_, reject) => (timer = setTimeout(() => reject(late), PATIENCE)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

// A promise and what settles it.
export function promised() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

// What a subscription has told so far; `fault` and `over` say how it ended if it has.
export class Followed {
  items = [];
  over = false;
  fault = null;
  #waiting = new Set();

  constructor(results) {
    this.results = results;
    this.#read();
  }

  async #read() {
    try {
      for await (const result of this.results) this.#tell(() => this.items.push(only(result)));
      this.#tell(() => (this.over = true));
    } catch (fault) {
      this.#tell(() => (this.fault = fault));
    }
  }

  #tell(change) {
    change();
    for (const look of this.#waiting) look();
  }

  // Wait for an item that fits; it may have come before.
  until(fits, what = String(fits)) {
    const { promise, resolve, reject } = promised();
    const look = () => {
      const found = this.items.find(fits);
      if (found) resolve(found);
      else if (this.fault) reject(this.fault);
      else if (this.over) reject(new Error(`it ended without ${what}`));
    };
    this.#waiting.add(look);
    look();
    const told = () => `${what}; came so far: ${JSON.stringify(this.items.slice(-5))}`;
    return within(promise, what)
      .catch((fault) => {
        throw fault === this.fault ? fault : new Error(`${fault.message}: ${told()}`, { cause: fault });
      })
      .finally(() => this.#waiting.delete(look));
  }

  // Wait until nothing more will come.
  async ended() {
    const { promise, resolve, reject } = promised();
    const look = () => (this.fault ? reject(this.fault) : this.over && resolve());
    this.#waiting.add(look);
    look();
    await within(promise, "the end of a subscription").finally(() => this.#waiting.delete(look));
  }
}

// The one field of a result without errors.
export function only(result) {
  if (result.errors?.length) throw new Error(JSON.stringify(result.errors));
  const [value, ...others] = Object.values(result.data);
  if (others.length) throw new Error("more than one field");
  return value;
}

// Ask over plain HTTP, as somebody else.
export async function elsewhere(query, variables) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return only(await response.json());
}
