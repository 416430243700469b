"""Which scope each operation needs: decided by the fields at its root, before anything runs."""

from collections.abc import Mapping, Sequence

from graphql import GraphQLError, OperationType

from phaseboard.access.scopes import Scope, allows
from phaseboard.api.context import Context
from phaseboard.api.documents import Document

_ANYBODY = dict.fromkeys(("__typename", "__schema", "__type"))
_ACTIONS = (
    *("createRelease", "startRelease", "pauseRelease", "resumeRelease", "triggerStage2", "triggerStage3", "retryTask"),
    *("skipTask", "abandonCycle", "skipRemainingCycles", "archiveRelease", "completeRelease"),
)

NEEDED: Mapping[OperationType, Mapping[str, Scope | None]] = {
    OperationType.QUERY: {
        **_ANYBODY,
        **dict.fromkeys(("viewer", "service")),
        **dict.fromkeys(("release", "releaseStatus", "releases", "node", "nodes"), Scope.READ),
    },
    OperationType.MUTATION: {
        **_ANYBODY,
        **dict.fromkeys(_ACTIONS, Scope.WRITE),
        **dict.fromkeys(("reportTaskResult", "reportStoreReview"), Scope.REPORT),
    },
    OperationType.SUBSCRIPTION: {
        **_ANYBODY,
        **dict.fromkeys(("releaseStatus", "phaseChanged", "releaseEvents"), Scope.READ),
    },
}
"""None is for everybody who is let in at all."""


def allow(context: Context, document: Document, operation_name: str | None) -> Sequence[GraphQLError]:
    """Return an error for each scope that the caller lacks; it tells nothing of what was asked for."""
    if Scope.ADMIN in context.scopes:
        return ()
    needed = NEEDED[document.operation(operation_name).operation]
    asked = {needed.get(field, Scope.ADMIN) for field in document.root_fields(operation_name)}
    return [forbidden(scope) for scope in Scope if scope in asked and not allows(context.scopes, scope)]


def forbidden(scope: Scope) -> GraphQLError:
    """Return the error for a caller who lacks a scope."""
    return GraphQLError(missing(scope), extensions={"code": "FORBIDDEN", "scope": scope.value})


def missing(scope: Scope) -> str:
    """Return in words that a scope is needed."""
    return f"This needs the scope {scope}."
