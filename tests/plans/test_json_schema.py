import re
from collections.abc import Iterator
from typing import Any

from phaseboard.plans.document import (
    AutoTriggerDocument,
    CycleDocument,
    PlanDocument,
    RegressionDocument,
    RetriesDocument,
    TaskDocument,
)
from phaseboard.plans.json_schema import plan_json_schema
from tests.plans.documents import document, task

SCHEMA = plan_json_schema()
MODELS = {
    "AutoTriggerDocument": AutoTriggerDocument,
    "CycleDocument": CycleDocument,
    "RegressionDocument": RegressionDocument,
    "RetriesDocument": RetriesDocument,
    "TaskDocument": TaskDocument,
}
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def faults(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield where a value does not fit a schema; it knows the keywords that the schema of plans uses."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if not isinstance(value, TYPES[schema["type"]]):
        yield f"{path}: no {schema['type']}"
    elif isinstance(value, dict):
        yield from faults_of_mapping(value, schema, path)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 200):
            yield f"{path}: length"
        for index, item in enumerate(value):
            yield from faults(item, schema["items"], f"{path}[{index}]")
    elif value not in schema.get("enum", [value]) or not re.search(schema.get("pattern", ""), str(value)):
        yield f"{path}: not so"


def faults_of_mapping(value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    known = schema.get("properties", value)
    yield from (f"{path}: lacks {key}" for key in schema.get("required", ()) if key not in value)
    yield from (f"{path}: has {key}" for key in value if key not in known)
    if sum(set(case["required"]) <= set(value) for case in schema.get("oneOf", [{"required": []}])) != 1:
        yield f"{path}: oneOf"
    for key in schema.get("properties", {}):
        if key in value:
            yield from faults(value[key], known[key], f"{path}.{key}")


def test_the_schema_says_what_it_is() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["title"] == "Phaseboard plan"


def test_keys_and_what_is_required_are_those_of_the_models() -> None:
    for name, model in {"": PlanDocument, **MODELS}.items():
        schema = SCHEMA["$defs"][name] if name else SCHEMA
        assert list(schema["properties"]) == [field.alias for field in model.model_fields.values()]
        assert schema.get("required", []) == [
            field.alias for field in model.model_fields.values() if field.is_required()
        ]
        assert schema["additionalProperties"] is False
    assert set(SCHEMA["$defs"]) == {*MODELS, "Store"}


def test_every_key_is_described_and_none_offers_null() -> None:
    for schema in (SCHEMA, *(SCHEMA["$defs"][name] for name in MODELS)):
        for key, inner in schema["properties"].items():
            assert inner["description"].endswith("."), key
            assert "anyOf" not in inner, key
            assert "default" not in inner, key


def test_a_sound_plan_fits_and_wrong_ones_do_not() -> None:
    assert list(faults(document(stores=["APP_STORE"]), SCHEMA)) == []
    wrong = document(
        stores=["SHOP"],
        kickoff=[{"name": "a", "exectuor": "sleep"}],
        regression={"cycles": [{"after": "soon"}, {}], "tasks": []},
        preRelease=[task("a", critical="yes", retries={"count": 1.5})],
    )
    assert list(faults(wrong, SCHEMA)) == [
        ".stores[0]: not so",
        ".kickoff[0]: lacks executor",
        ".kickoff[0]: has exectuor",
        ".regression.cycles[0].after: not so",
        ".regression.cycles[1]: oneOf",
        ".regression.tasks: length",
        ".preRelease[0].critical: no boolean",
        ".preRelease[0].retries.count: no integer",
    ]
