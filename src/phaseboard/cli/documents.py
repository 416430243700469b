"""The GraphQL documents of the commands; a test holds each against the schema."""

STATUS_FIELDS = """
  release { id status }
  stages { stage1 stage2 stage3 }
  cron { status pauseType }
  currentPhase
  displayText(timeZone: $timeZone)
  regression {
    currentCycle { number tag status }
    nextCycle { number tag scheduledAt }
    progress { completed total }
  }
  actions
"""
"""The guide's response (section 2): its keys in its order, nothing else."""

STATUS = f"""
query Status($id: ID!, $timeZone: TimeZone) {{
  releaseStatus(releaseId: $id) {{ {STATUS_FIELDS} }}
}}
"""

RELEASES = """
query Releases($first: Int!, $after: String, $filter: ReleaseFilter, $timeZone: TimeZone) {
  releases(first: $first, after: $after, filter: $filter, orderBy: { field: UPDATED_AT, direction: DESC }) {
    edges {
      node {
        id
        name
        version
        status
        createdAt
        updatedAt
        statusResponse { currentPhase displayText(timeZone: $timeZone) }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

_TASK_FIELDS = """
  id name stage status executor critical attempt startedAt finishedAt externalUrl failureReason
  cycle { number }
"""

RELEASE = f"""
query Release($id: ID!, $timeZone: TimeZone) {{
  release(id: $id) {{
    id
    name
    version
    createdAt
    updatedAt
    createdBy {{ kind name }}
    statusResponse {{ {STATUS_FIELDS} revision cursor }}
    tasks {{
      {_TASK_FIELDS}
      needs
      attempts {{ number startedAt finishedAt outcome externalUrl failureReason output }}
    }}
    cycles {{ number tag status scheduledAt startedAt finishedAt }}
    stores {{ store decision message decidedAt }}
  }}
}}
"""

EVENT_FIELDS = """
  __typename
  ... on ReleaseEvent { cursor occurredAt revision actor { name } }
  ... on ActionPerformed { action reason }
  ... on PhaseChanged { phaseFrom: from phaseTo: to reason }
  ... on TaskChanged { name cycle taskFrom taskTo attempt reason }
  ... on CycleChanged { tag cycleFrom cycleTo }
  ... on StoreReviewed { store decision message }
"""
"""An event of any type."""

WATCHED = f"""
query Watched($id: ID!, $timeZone: TimeZone, $events: Int!) {{
  release(id: $id) {{
    id
    name
    version
    statusResponse {{ {STATUS_FIELDS} revision cursor }}
    tasks {{ {_TASK_FIELDS} }}
    cycles {{ number tag status scheduledAt startedAt finishedAt }}
    stores {{ store decision message decidedAt }}
    events(last: $events) {{ edges {{ node {{ {EVENT_FIELDS} }} }} }}
  }}
}}
"""

EVENTS = f"""
subscription Events($id: ID!, $after: Cursor) {{
  item: releaseEvents(releaseId: $id, after: $after) {{
    {EVENT_FIELDS}
    ... on EventLogGap {{ cursor }}
  }}
}}
"""

PHASES = """
subscription Phases($id: ID!, $after: Cursor, $timeZone: TimeZone) {
  item: phaseChanged(releaseId: $id, after: $after) {
    cursor
    occurredAt
    to
    status { displayText(timeZone: $timeZone) }
  }
}
"""

_OUTCOME = """
fragment Outcome on ActionPayload {
  replayed
  release { id }
  status { currentPhase displayText }
  userErrors {
    __typename
    code
    message
    path
    ... on ActionNotAllowedError { currentPhase allowedActions }
    ... on StaleRevisionError { expectedRevision actualRevision }
  }
}
"""


def mutation(field: str, input_type: str) -> str:
    """Return the document of a mutation: its payload is named `payload`, whatever the field."""
    return f"mutation ($input: {input_type}!) {{ payload: {field}(input: $input) {{ ...Outcome }} }}\n{_OUTCOME}"
