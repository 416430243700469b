import { print } from "@0no-co/graphql.web";
import { graphql, type ResultOf, type VariablesOf } from "../../graphql";
import { ATTENTION, CARD, EVENT, TASK } from "./fragments";

export type * from "./fragments";

/** A typed document, printed once. */
export interface Operation<Result, Variables> {
  readonly text: string;
  readonly types?: (variables: Variables) => Result;
}

function operation<Document extends Parameters<typeof print>[0] & { __apiType?: any }>(document: Document) {
  return { text: print(document) } as Operation<ResultOf<Document>, VariablesOf<Document>>;
}

/** Who asks whom, from where the log has to be followed so that nothing is missed, and what changed last. */
export const HELLO = operation(
  graphql(`
    query Hello {
      service {
        version
        time
      }
      viewer {
        scopes
        actor {
          kind
          name
        }
      }
      latest: releases(first: 1, orderBy: { field: UPDATED_AT, direction: DESC }) {
        nodes {
          statusResponse {
            cursor
          }
        }
      }
      recent: releases(first: 25, orderBy: { field: UPDATED_AT, direction: DESC }) {
        nodes {
          id
        }
      }
    }
  `),
);

export const CARDS = operation(
  graphql(
    `
      query Cards($first: Int!, $after: String, $statuses: [ReleaseStatus!]!, $text: String, $zone: TimeZone!) {
        releases(first: $first, after: $after, filter: { statuses: $statuses, text: $text }) {
          nodes {
            ...Card
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    `,
    [CARD],
  ),
);

/** What cards show besides, read after them: since when, what failed. */
export const DETAILS = operation(
  graphql(
    `
      query Details($ids: [ID!]!, $history: Boolean!) {
        nodes(ids: $ids) {
          __typename
          ... on Release {
            id
            revision
            name
            version
            tasks(statuses: [FAILED]) {
              ...FailedTask
            }
            events(last: 20) @include(if: $history) {
              nodes {
                __typename
                ... on PhaseChanged {
                  id
                  cursor
                  occurredAt
                  from
                  to
                  action
                  reason
                  actor {
                    kind
                    name
                  }
                }
              }
            }
          }
        }
      }
    `,
    [ATTENTION],
  ),
);

export const PHASES = operation(
  graphql(
    `
      subscription Phases($after: Cursor, $zone: TimeZone!) {
        phaseChanged(after: $after) {
          cursor
          from
          to
          occurredAt
          action
          reason
          actor {
            kind
            name
          }
          release {
            ...Card
          }
        }
      }
    `,
    [CARD],
  ),
);

export const RELEASE = operation(
  graphql(
    `
      query Release($id: ID!, $zone: TimeZone!) {
        release(id: $id) {
          ...Card
          status
          timeZone
          nextCycleAt
          createdBy {
            kind
            name
          }
          stores {
            store
            decision
            message
            decidedAt
          }
          cycles {
            id
            number
            tag
            status
            scheduledAt
            startedAt
            finishedAt
          }
          tasks {
            ...TaskFields
          }
          statusResponse {
            cursor
            cron {
              status
              pauseType
            }
          }
          events(last: 40) {
            nodes {
              ...EventFields
            }
            pageInfo {
              hasPreviousPage
            }
          }
        }
      }
    `,
    [CARD, TASK, EVENT],
  ),
);

/** A page of the history, before the events that are known. */
export const OLDER = operation(
  graphql(
    `
      query Older($id: ID!, $before: Cursor) {
        release(id: $id) {
          events(last: 40, before: $before) {
            nodes {
              ...EventFields
            }
            pageInfo {
              hasPreviousPage
            }
          }
        }
      }
    `,
    [EVENT],
  ),
);

export const EVENTS = operation(
  graphql(
    `
      subscription Events($id: ID!, $after: Cursor) {
        releaseEvents(releaseId: $id, after: $after) {
          ...EventFields
          ... on EventLogGap {
            __typename
            gap: cursor
          }
        }
      }
    `,
    [EVENT],
  ),
);

export type Release = NonNullable<ReturnType<NonNullable<(typeof RELEASE)["types"]>>["release"]>;
export type PhaseChange = ReturnType<NonNullable<(typeof PHASES)["types"]>>["phaseChanged"];
