import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./schema";

/** Documents typed by `schema.graphql`: `graphql("query { ... }")`. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: { Cursor: string; DateTime: string; Duration: string; TimeZone: string };
}>();

export type { FragmentOf, ResultOf, VariablesOf } from "gql.tada";
