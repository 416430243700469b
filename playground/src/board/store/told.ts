/** What the server tells the page of itself, in the page: nothing has to be asked for it. */
export interface Told {
  readonly demo?: boolean;
}

export function toldBy(page: Document): Told {
  const meta = page.querySelector<HTMLMetaElement>('meta[name="phaseboard"]');
  return meta ? (JSON.parse(meta.content) as Told) : {};
}

export const told = toldBy(document);
