import type { Fetcher, FetcherOpts, FetcherParams } from "@graphiql/toolkit";
import { type DocumentNode, Kind, parse } from "graphql";

/**
 * Returns the fetcher, told what it is given: GraphiQL parses a moment after the typing, so what it knows of a document
 * that runs at once is nothing, or of the one before, and a subscription would go the way of a query.
 */
export function parsing(fetcher: Fetcher): Fetcher {
  return (params, options) => {
    const document = parsed(params.query);
    if (!document) return fetcher(params, options);
    const told: FetcherOpts = { ...options, documentAST: document };
    return fetcher(named(params, document), told);
  };
}

/** Names the operation that is meant: the only one, if there is one, also where another one's name is left over. */
function named({ operationName, ...rest }: FetcherParams, document: DocumentNode): FetcherParams {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [first, ...others] = operations;
  const name = first && others.length === 0 ? first.name?.value : operationName;
  return name ? { ...rest, operationName: name } : rest;
}

/** Returns the document, null for what is none: the server says why. */
function parsed(text: string): DocumentNode | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
