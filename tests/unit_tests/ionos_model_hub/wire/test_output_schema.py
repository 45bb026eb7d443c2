"""Any schema can be requested, and results are validated against the original."""

import pickle
from decimal import Decimal
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import BaseModel, SecretStr, TypeAdapter
from schema_strategies import City, Described, Node, described

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from ionos_model_hub.wire.engine_schemas import ACCEPTED_FORMATS, REJECTED_KEYWORDS
from ionos_model_hub.wire.output_schema import OutputSchema
from ionos_model_hub.wire.schema_walk import subschemas
from ionos_model_hub.wire.strict_schemas import StrictSchema, normalise_response_format

CITY: dict[str, Any] = {
    "title": "City",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name"],
}


class Types(BaseModel):
    tags: set[str]
    path: Path
    secret: SecretStr
    data: bytes
    network: IPv4Network
    price: Decimal
    pair: tuple[int, str]


def test_object_schema_is_closed_and_not_wrapped() -> None:
    schema = OutputSchema.of(CITY)
    assert schema.name == "City"
    assert schema.original == CITY
    assert schema.sent == CITY | {"additionalProperties": False}
    assert not schema.is_wrapped
    assert schema.unwrap({"value": 1}) == {"value": 1}
    assert schema.unwrap_partial({}) == {}


def test_optional_properties_stay_optional() -> None:
    assert OutputSchema.of(CITY).sent["required"] == ["name"]
    assert OutputSchema.of(CITY).tool()["function"]["parameters"]["required"] == ["name"]


def test_types_of_pydantic_are_sent_without_rejected_features() -> None:
    schema = OutputSchema.of(Types.model_json_schema())
    for node in subschemas(schema.sent):
        assert REJECTED_KEYWORDS.isdisjoint(node)
        assert node.get("format", "date") in ACCEPTED_FORMATS
    assert schema.original["properties"]["tags"]["uniqueItems"] is True  # type: ignore[index,call-overload]
    tool: Any = schema.tool()["function"]
    assert tool["parameters"]["properties"]["tags"]["uniqueItems"] is True


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (list[City], [{"name": "Bonn"}]),
        (City | Node, {"name": "Bonn"}),
        (int, 5),
        (str | None, None),
        (dict[str, int], {"a": 1}),
        (dict[str, int], {"value": 1}),
        (tuple[int, str], [1, "a"]),
        (list["Node"], [{"value": 1, "children": [{"value": 2}]}]),
    ],
)
def test_other_roots_are_wrapped(kind: Any, value: Any) -> None:
    schema = OutputSchema.of(TypeAdapter(kind).json_schema(), "result")
    assert schema.is_wrapped
    assert schema.sent["type"] == "object"
    assert schema.sent["required"] == ["value"]
    assert schema.sent["additionalProperties"] is False
    assert schema.unwrap({"value": value}) == value
    schema.validate(schema.unwrap({"value": value}))


def test_wrapper_is_an_object_with_one_required_property() -> None:
    assert OutputSchema.of({"type": "integer"}).sent == {
        "type": "object",
        "properties": {"value": {"type": "integer"}},
        "required": ["value"],
        "additionalProperties": False,
    }


def test_result_without_the_wrapper_is_accepted() -> None:
    schema = OutputSchema.of({"type": "array"})
    assert schema.unwrap([1]) == [1]
    assert schema.unwrap({"value": [1], "other": 2}) == {"value": [1], "other": 2}
    assert schema.unwrap_partial({}) is None
    assert schema.unwrap_partial({"value": [1]}) == [1]


def test_references_to_the_root_follow_it_into_the_wrapper() -> None:
    tree = {
        "anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#"}}],
        "$defs": {
            "A": {"$ref": "#/$defs/B"},
            "B": {"$ref": "#/anyOf/0"},
            "C": {"items": {"$ref": "#/$defs/C/$defs/D"}, "$defs": {"D": {}}},
        },
    }
    schema = OutputSchema.of(tree)
    sent: Any = schema.sent
    assert sent["properties"]["value"]["anyOf"][1]["items"] == {"$ref": "#/properties/value"}
    assert sent["$defs"] == {
        "A": {"$ref": "#/$defs/B"},
        "B": {"$ref": "#/properties/value/anyOf/0"},
        "C": {"items": {"$ref": "#/$defs/C/$defs/D"}, "$defs": {"D": {}}},
    }
    schema.validate([[None], None])


@pytest.mark.parametrize(
    ("given_schema", "name", "strict"),
    [
        ({"name": "place", "schema": CITY, "strict": True}, "place", True),
        ({"name": "place", "schema": CITY, "strict": False}, "place", False),
        ({"name": "place", "schema": CITY}, "place", True),
        ({"schema": CITY}, "City", True),
        ({"type": "json_schema", "json_schema": {"name": "p", "schema": CITY}}, "p", True),
        (CITY | {"name": "ignored"}, "City", True),
    ],
)
def test_forms_of_openai(given_schema: dict[str, Any], name: str, strict: bool) -> None:
    schema = OutputSchema.of(given_schema)
    assert (schema.name, schema.strict) == (name, strict)
    assert schema.sent["required"] == ["name"]
    assert OutputSchema.of(given_schema, "own").name == "own"
    wrapper: Any = schema.response_format()["json_schema"]
    assert wrapper.keys() == {"name", "schema", "strict"}
    assert (wrapper["name"], wrapper["strict"]) == (name, strict)


@pytest.mark.parametrize(
    "schema", [CITY | {"schema": {"type": "null"}}, {}, {"description": "Anything."}]
)
def test_schemas_with_keys_of_the_wrapper_are_not_mistaken_for_it(schema: dict[str, Any]) -> None:
    assert OutputSchema.of(schema).original == schema


def test_description_of_the_wrapper_becomes_that_of_the_schema() -> None:
    schema = OutputSchema.of({"name": "p", "schema": CITY, "description": "A place."})
    assert schema.original["description"] == "A place."
    kept = OutputSchema.of({"schema": CITY | {"description": "Own."}, "description": "Other."})
    assert kept.original["description"] == "Own."


@pytest.mark.parametrize("strict", [True, False])
def test_strict_can_be_overridden(strict: bool) -> None:
    schema = OutputSchema.of(CITY)
    wrapper: Any = schema.response_format(strict=strict)["json_schema"]
    assert wrapper["strict"] is strict
    assert schema.tool(strict=strict)["function"].get("strict", False) is strict


def test_response_format_needs_no_further_work() -> None:
    built: Any = OutputSchema.of(CITY).response_format()
    normal: Any = normalise_response_format(built)
    assert normal == built
    assert normal["json_schema"]["schema"] is built["json_schema"]["schema"]


def test_tool_has_the_schema_as_its_parameters() -> None:
    tool = OutputSchema.of(CITY | {"description": "A city."}).tool()
    assert tool["type"] == "function"
    function = tool["function"]
    assert (function["name"], function["description"]) == ("City", "A city.")
    assert function["strict"] is True
    assert function["parameters"] == {
        "type": "object",
        "properties": CITY["properties"],
        "required": ["name"],
        "additionalProperties": False,
    }
    assert isinstance(function["parameters"], StrictSchema)
    assert OutputSchema.of(CITY).tool(description="Mine.")["function"]["description"] == "Mine."
    assert "description" not in OutputSchema.of(CITY).tool()["function"]


def test_tool_of_a_schema_without_a_title() -> None:
    function = OutputSchema.of({"properties": {}}).tool()["function"]
    assert function["name"] == "answer"
    assert function["parameters"] == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("schema", "value", "fault"),
    [
        (CITY, {"people": 1}, r"at \$: 'name' is a required property"),
        (CITY, {"name": 5}, r"at \$\.name: 5 is not of type 'string'"),
        ({"items": CITY}, [{"name": "a"}, {}], r"at \$\[1\]: 'name' is a required"),
        ({"type": "array", "uniqueItems": True}, [1, 1], "has non-unique elements"),
        ({"type": "string", "format": "ipv4"}, "x", "'x' is not a 'ipv4'"),
        ({"type": "string", "format": "regex"}, "(", "is not a 'regex'"),
        ({"type": "string", "maxLength": 1}, "x" * 1000, "'xxx.*…"),
        ({"$ref": "#/$defs/A", "$defs": {"A": CITY}}, {}, "'name' is a required property"),
    ],
)
def test_invalid_results_are_errors(schema: dict[str, Any], value: Any, fault: str) -> None:
    with pytest.raises(ResponseError, match=fault) as caught:
        OutputSchema.of(schema).validate(value)
    assert len(str(caught.value)) < 400
    assert caught.value.message.startswith("The response does not match the schema at $")
    assert caught.value.hint == "Try again, or relax the schema."


def test_long_reasons_are_cut_after_200_characters() -> None:
    schema = OutputSchema.of({"type": "string", "maxLength": 1})
    with pytest.raises(ResponseError) as caught:
        schema.validate("x" * 1000)
    reason = "'" + "x" * 199 + "…"
    assert caught.value.message == f"The response does not match the schema at $: {reason}."


def test_patterns_that_python_cannot_compile_are_not_checked() -> None:
    schema = OutputSchema.of(
        {
            "type": "object",
            "properties": {"a": {"pattern": r"^\p{L}+$"}, "b": {"pattern": "^b$"}},
            "patternProperties": {r"^\p{L}$": {"type": "null"}, "^c": {"type": "integer"}},
        }
    )
    schema.validate({"a": "1", "b": "b", "c": 1})
    for wrong in ({"b": "x"}, {"c": "x"}):
        with pytest.raises(ResponseError):
            schema.validate(wrong)


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"$ref": "#/$defs/Gone"}, "refers to '#/\\$defs/Gone'"),
        ({"properties": {"a": {"$ref": "#/$defs/Gone"}}}, "does not exist"),
        ({"$ref": "https://example.org/schema.json"}, "does not exist"),
        ({"$ref": "#"}, "refers to '#'"),
        ({"type": "wat"}, "has the type 'wat'"),
        ({"type": "json_schema"}, "has the type 'json_schema'"),
        ({"type": ["string", "text"]}, "has the type 'text'"),
        ({"type": {"a": 1}}, "has the type"),
        ({"properties": {"a": {"type": "Person"}}}, "has the type 'Person'"),
    ],
)
def test_invalid_schemas_are_rejected(schema: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^The schema.*{fault}") as caught:
        OutputSchema.of(schema)
    assert caught.value.param in ("schema", "response_format.json_schema.schema")
    assert caught.value.hint in (
        "Point `$ref` to an entry of the schema's own `$defs`.",
        "Use one of array, boolean, integer, null, number, object, string.",
    )


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"properties": {"a": {"anyOf": None}}}, r"is invalid at \$.properties.a.anyOf"),
        ({"required": "a", "properties": {}}, r"is invalid at \$.required"),
        ({"properties": {}, "allOf": [{"$ref": "#"}]}, "refers to itself without end"),
    ],
)
def test_schemas_that_cannot_be_applied_are_reported(schema: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^The schema {fault}") as caught:
        OutputSchema.of(schema).validate({"a": 1})
    assert (caught.value.param, caught.value.hint) == ("schema", "Correct the schema.")


def test_schema_can_be_pickled() -> None:
    schema = OutputSchema.of({"title": "L", "type": "array"})
    schema.validate([])
    assert pickle.loads(pickle.dumps(schema)).sent == schema.sent
    copy = pickle.loads(pickle.dumps(schema))
    assert copy == schema
    assert isinstance(copy.sent, StrictSchema)


@settings(deadline=None, max_examples=200)
@given(described)
def test_matching_results_are_valid_after_the_round_trip(pair: Described) -> None:
    schema, instance = pair
    output = OutputSchema.of(schema, "any")
    received = {"value": instance} if output.is_wrapped else instance
    assert output.unwrap(received) == instance
    output.validate(output.unwrap(received))
