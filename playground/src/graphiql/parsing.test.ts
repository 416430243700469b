import type { FetcherOpts, FetcherParams } from "@graphiql/toolkit";
import { parse, print } from "graphql";
import { describe, expect, test } from "vitest";
import { parsing } from "./parsing";

/** Returns what a fetcher is given that is asked by way of ours. */
function given(params: FetcherParams, options?: FetcherOpts) {
  const seen: { params: FetcherParams; document: string | null }[] = [];
  const fetcher = parsing((params, options) => {
    seen.push({ params, document: options?.documentAST ? print(options.documentAST) : null });
    return {};
  });
  void fetcher(params, options);
  expect(seen.length).toBe(1);
  return seen[0]!;
}

describe("a fetcher that parses", () => {
  test("knows a subscription that GraphiQL has not parsed yet, and its name", () => {
    const { params, document } = given({ query: "subscription Follow { a }", variables: { after: "1" } });
    expect(params).toEqual({
      query: "subscription Follow { a }",
      variables: { after: "1" },
      operationName: "Follow",
    });
    expect(document).toContain("subscription Follow");
  });

  test("believes the text, not what GraphiQL parsed before it", () => {
    const query = "subscription { a }";
    const { params, document } = given(
      { query, operationName: "Before" },
      { documentAST: parse("query Before { b }"), headers: { a: "b" } },
    );
    expect(params).toEqual({ query });
    expect(document).toContain("subscription");
  });

  test("leaves the choice between several operations as it is", () => {
    const query = "query A { a } subscription B { b }";
    expect(given({ query, operationName: "B" }).params.operationName).toBe("B");
    expect(given({ query }).params).toEqual({ query });
  });

  test("hands on what cannot be parsed", () => {
    const { params, document } = given({ query: "subscription {", operationName: "A" });
    expect(params).toEqual({ query: "subscription {", operationName: "A" });
    expect(document).toBeNull();
  });
});
