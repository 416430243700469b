/** The issuer that signs people in, and which of its tokens is for this server. */
export interface Oidc {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly token: "id_token" | "access_token";
}

/** What the server tells the page of itself, in the page: nothing has to be asked for it. */
export interface Told {
  readonly demo?: boolean;
  /** False where the server does not serve GraphiQL. */
  readonly graphiql?: boolean;
  readonly oidc?: Oidc;
}

export function toldBy(page: Document): Told {
  const meta = page.querySelector<HTMLMetaElement>('meta[name="phaseboard"]');
  return meta ? (JSON.parse(meta.content) as Told) : {};
}

export const told = toldBy(document);
