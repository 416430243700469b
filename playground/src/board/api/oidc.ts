import * as oauth from "oauth4webapi";
import type { Oidc } from "../store/told";
import { SignInNeeded } from "./errors";

const KEY = "phaseboard.signing-in";
const NOT_HERE = "This sign-in was not begun in this tab, or is over already. Sign in again.";
const SILENT = "The service that signs people in does not answer. Try again.";

/** What is kept while the issuer has the page: to know that its answer is to us, and where to go back to. */
interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly back: string;
}

/** Leave for the issuer, to come back with a code. Rejects with SignInNeeded. */
export async function begin(oidc: Oidc, go: (url: string) => void = (url) => location.assign(url)): Promise<void> {
  const server = await told(() => discovered(oidc));
  const begun: Begun = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    back: location.pathname,
  };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  const url = new URL(server.authorization_endpoint ?? "");
  const asked = {
    response_type: "code",
    client_id: oidc.clientId,
    redirect_uri: redirect(),
    scope: oidc.scope,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  go(url.href);
}

export interface SignedIn {
  readonly token: string;
  readonly back: string;
}

/** Redeem the code that the issuer sent the page back with. Rejects with SignInNeeded, whose words say why not. */
export async function finish(oidc: Oidc, answer: URL): Promise<SignedIn> {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (!kept) throw new SignInNeeded(NOT_HERE);
  const begun = JSON.parse(kept) as Begun;
  return told(async () => {
    const server = await discovered(oidc);
    const client = { client_id: oidc.clientId };
    const parameters = oauth.validateAuthResponse(server, client, answer, begun.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      redirect(),
      begun.verifier,
      options(oidc),
    );
    const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: begun.nonce,
      requireIdToken: true,
    });
    return { token: result[oidc.token] ?? result.access_token, back: begun.back };
  });
}

async function discovered(oidc: Oidc): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(oidc.issuer);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options(oidc)));
}

function options(oidc: Oidc) {
  // The server takes http: for addresses of its own machine alone.
  return { [oauth.allowInsecureRequests]: oidc.issuer.startsWith("http:"), signal: AbortSignal.timeout(10_000) };
}

function redirect(): string {
  return `${location.origin}/`;
}

async function told<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw new SignInNeeded(wordsFor(error));
  }
}

function wordsFor(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError) {
    return error.error === "access_denied"
      ? "You were not let in: the sign-in was refused there."
      : `The sign-in failed: ${error.error_description ?? error.error}.`;
  }
  if (error instanceof oauth.ResponseBodyError) {
    return `The sign-in failed: ${error.error_description ?? error.error}.`;
  }
  if (error instanceof oauth.OperationProcessingError) {
    return error.code === oauth.RESPONSE_IS_NOT_CONFORM ? SILENT : NOT_HERE;
  }
  return SILENT;
}
