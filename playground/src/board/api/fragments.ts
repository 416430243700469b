import { graphql, type ResultOf } from "../../graphql";

export const CARD = graphql(`
  fragment Card on Release {
    id
    name
    version
    revision
    createdAt
    updatedAt
    statusResponse {
      currentPhase
      actions
      displayText(timeZone: $zone)
      stages {
        stage1
        stage2
        stage3
      }
      regression {
        currentCycle {
          number
          tag
          status
        }
        nextCycle {
          number
          tag
          scheduledAt
        }
        progress {
          completed
          total
        }
      }
    }
  }
`);

export const ATTENTION = graphql(`
  fragment FailedTask on Task {
    id
    name
    critical
    failureReason
    attempt
  }
`);

export const TASK = graphql(`
  fragment TaskFields on Task {
    id
    name
    stage
    status
    executor
    critical
    needs
    attempt
    startedAt
    finishedAt
    nextAttemptAt
    deadline
    externalUrl
    failureReason
    output
    cycle {
      number
    }
    attempts {
      number
      startedAt
      finishedAt
      outcome
      externalUrl
      failureReason
      output
    }
  }
`);

export const EVENT = graphql(`
  fragment EventFields on ReleaseEvent {
    __typename
    id
    cursor
    occurredAt
    revision
    releaseId
    actor {
      kind
      name
    }
    ... on ReleaseCreated {
      version
    }
    ... on ActionPerformed {
      action
      reason
      onTask
    }
    ... on TaskChanged {
      name
      taskFrom
      taskTo
      attempt
      cycle
      reason
      externalUrl
    }
    ... on CycleChanged {
      number
      tag
      cycleFrom
      cycleTo
    }
    ... on StoreReviewed {
      store
      decision
      message
    }
    ... on PhaseChanged {
      from
      to
      action
      reason
    }
  }
`);

export type Card = ResultOf<typeof CARD>;
export type Task = ResultOf<typeof TASK>;
export type FailedTask = ResultOf<typeof ATTENTION>;
export type ReleaseEvent = ResultOf<typeof EVENT>;
export type Phase = Card["statusResponse"]["currentPhase"];
export type Action = Card["statusResponse"]["actions"][number];
