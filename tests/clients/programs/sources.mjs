// From the callbacks of observables to async iterables.

// `begin` gets a sink with next, error and complete, and returns what ends it all.
export async function* iterated(begin) {
  const told = [];
  let wake = () => {};
  const tell = (item) => {
    told.push(item);
    wake();
  };
  const end = begin({
    next: (value) => tell({ value }),
    error: (fault) => tell({ fault }),
    complete: () => tell({ over: true }),
  });
  try {
    for (;;) {
      while (!told.length) await new Promise((resolve) => (wake = resolve));
      const { value, fault, over } = told.shift();
      if (fault) throw fault;
      if (over) return;
      yield value;
    }
  } finally {
    end();
  }
}

// A fetch that counts, so that a test can tell what came from a cache.
export function counting() {
  const counted = async (...request) => {
    counted.requests += 1;
    return fetch(...request);
  };
  counted.requests = 0;
  return counted;
}
