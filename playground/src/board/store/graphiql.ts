/** Where GraphiQL opens with an operation in it. */
export function graphiqlAddress(operation: string): string {
  return `/graphiql?operation=${encodeURIComponent(operation.trim())}`;
}

/** The operation behind each panel of the release page, ready to run. */
export const PANEL_OPERATIONS = {
  status: (id: string) => `
subscription Status {
  releaseStatus(releaseId: "${id}") {
    currentPhase
    displayText
    actions
    stages { stage1 stage2 stage3 }
    cron { status pauseType }
    revision
  }
}`,
  cycles: (id: string) => `
query Cycles {
  release(id: "${id}") {
    nextCycleAt
    cycles { number tag status scheduledAt startedAt finishedAt }
    statusResponse { regression { nextCycle { tag scheduledAt } progress { completed total } } }
  }
}`,
  tasks: (id: string) => `
query Tasks {
  release(id: "${id}") {
    tasks {
      id name stage status executor critical needs attempt
      failureReason externalUrl
      attempts { number startedAt finishedAt outcome failureReason }
    }
  }
}`,
  stores: (id: string) => `
query Stores {
  release(id: "${id}") {
    status
    stores { store decision message decidedAt }
  }
}`,
  events: (id: string) => `
query Events {
  release(id: "${id}") {
    events(last: 40) {
      nodes {
        __typename
        cursor occurredAt revision actor { name }
        ... on TaskChanged { name taskFrom taskTo attempt reason }
        ... on CycleChanged { tag cycleFrom cycleTo }
        ... on PhaseChanged { from to action reason }
      }
    }
  }
}`,
} as const;

export type Panel = keyof typeof PANEL_OPERATIONS;
