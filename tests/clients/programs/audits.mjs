// Every audit of the GraphQL-over-HTTP specification by graphql-http.

import { serverAudits } from "graphql-http";
import { report, url, within } from "./harness.mjs";

async function result({ name, fn }) {
  const { status, reason } = await within(fn(), name);
  return { name, status, reason };
}

report(await Promise.all(serverAudits({ url, fetchFn: fetch }).map(result)));
