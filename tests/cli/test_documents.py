import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from phaseboard.api.schema import sdl
from phaseboard.cli import documents
from phaseboard.cli.act import RELEASE_VERBS, TASK_VERBS
from phaseboard.cli.documents import mutation
from phaseboard.domain.enums import Action

DOCUMENTS = {
    **{name: getattr(documents, name) for name in ("STATUS", "RELEASES", "RELEASE", "WATCHED", "EVENTS", "PHASES")},
    **{name: mutation(verb.field, "ReleaseActionInput") for name, verb in RELEASE_VERBS.items()},
    **{name: mutation(verb.field, "TaskActionInput") for name, verb in TASK_VERBS.items()},
    "create": mutation("createRelease", "CreateReleaseInput"),
    "report task": mutation("reportTaskResult", "ReportTaskResultInput"),
    "report review": mutation("reportStoreReview", "ReportStoreReviewInput"),
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(sdl())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_one_the_api_understands(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(DOCUMENTS[name])) == []


def test_every_mutation_has_a_command(schema: GraphQLSchema) -> None:
    assert schema.mutation_type
    sent = "".join(DOCUMENTS.values())
    assert [field for field in schema.mutation_type.fields if f"payload: {field}(" not in sent] == []


def test_every_action_is_a_sub_command_of_act() -> None:
    names = {action.replace("_", "-").lower() for action in Action}
    assert names | {"complete"} == {*RELEASE_VERBS, *TASK_VERBS}
