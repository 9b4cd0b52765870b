"""The Avro contracts: documented, exemplified, equal to the structs, and compatible with every released copy."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas import kinds
from schemas.alert import Alert, Evidence
from schemas.decision import Action, Decision, DecisionResult, Verdict
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from schemas.wire import HOME, Reader, Writer, released_texts, schema_text

NAMES = sorted(path.stem for path in HOME.glob("*.avsc"))
EXAMPLES = sorted((HOME / "examples").glob("*.json"))
CHECKER = ReaderWriterCompatibilityChecker()


def can_read(reader: str, writer: str) -> bool:
    """Whether data of one schema is read with the other, as Avro's own checker says."""
    result = CHECKER.get_compatibility(parse(reader), parse(writer))
    return bool(result.compatibility is SchemaCompatibilityType.compatible)


def named(schema: Any, kind: str) -> list[dict[str, Any]]:
    """Every record or enum inside a schema."""
    found = []
    if isinstance(schema, list):
        return [one for part in schema for one in named(part, kind)]
    if isinstance(schema, dict):
        if schema.get("type") == kind:
            found.append(schema)
        parts = [field["type"] for field in schema.get("fields", [])]
        found += [one for part in [*parts, schema.get("items"), schema.get("values"), schema.get("type")] for one in named(part, kind)]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_documented_and_every_enum_has_a_default(name: str) -> None:
    """A doc line on each record, field and enum; an enum reads an unknown symbol as its default."""
    schema = json.loads(schema_text(name))
    for record in named(schema, "record"):
        assert len(record["doc"]) > 5
        for field in record["fields"]:
            assert len(field["doc"]) > 5, field["name"]
            if field["name"].endswith(("amount", "_at", "_time")):
                pytest.fail(f"{field['name']} does not name its unit")
    for enum in named(schema, "enum"):
        assert enum["default"] in enum["symbols"]
        assert enum["doc"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_valid_and_survive_the_wire(path: Path) -> None:
    """Each example is a record of its schema in Avro's JSON encoding, and encodes and decodes to itself."""
    name = path.name.split(".")[0]
    with path.open(encoding="utf-8") as stream:
        text = json.dumps(json.load(stream))
    record: Any
    (record,) = fastavro.json_reader(io.StringIO(text), fastavro.parse_schema(json.loads(schema_text(name)), named_schemas={}))
    assert fastavro.validate(record, fastavro.parse_schema(json.loads(schema_text(name)), named_schemas={}), strict=True)
    assert Reader(name).decode(Writer(name).encode(record)) == record


def test_every_contract_has_two_examples_and_a_released_copy() -> None:
    """No contract without examples, none without a released copy to compare with."""
    for name in NAMES:
        assert len([path for path in EXAMPLES if path.name.startswith(f"{name}.")]) >= 2
        assert released_texts(name)
    assert NAMES == ["alert", "canonical_event", "data_quality", "dead_letter", "decision", "decision_result", "enrolment"]


@pytest.mark.parametrize("name", NAMES)
def test_full_transitive_compatibility(name: str) -> None:
    """The current schema reads every released copy and every released copy reads it (FULL_TRANSITIVE)."""
    for released in released_texts(name):
        assert can_read(schema_text(name), released)
        assert can_read(released, schema_text(name))


def changed(name: str, change: str) -> str:
    """The schema with one change that somebody might make."""
    schema = copy.deepcopy(json.loads(schema_text(name)))
    fields = schema["fields"]
    if change == "new field with default":
        fields.append({"name": "novel", "type": "int", "default": 0})
    elif change == "new field without default":
        fields.append({"name": "novel", "type": "int"})
    elif change == "required field removed":
        fields.remove(next(field for field in fields if "default" not in field))
    elif change == "field with default removed":
        fields.remove(next(field for field in fields if "default" in field))
    elif change == "type changed":
        next(field for field in fields if field["name"] == "revision")["type"] = "string"
    elif change == "new enum symbol":
        named(schema, "enum")[0]["symbols"].append("NOVEL")
    return json.dumps(schema)


@pytest.mark.parametrize(
    ("change", "compatible"),
    [
        ("new field with default", True),
        ("field with default removed", True),
        ("new enum symbol", True),
        ("new field without default", False),
        ("required field removed", False),
        ("type changed", False),
    ],
)
def test_the_gate_catches_breaking_changes(change: str, compatible: bool) -> None:
    """The gate lets compatible changes pass and refuses the ones that would break a reader or a writer."""
    novel, current = changed("alert", change), schema_text("alert")
    assert (can_read(novel, current) and can_read(current, novel)) is compatible


def test_structs_and_schemas_have_the_same_fields() -> None:
    """Alert, Evidence and the public row have exactly the fields of their Avro records, in order, and the same defaults."""
    alert = json.loads(schema_text("alert"))
    assert [field["name"] for field in alert["fields"]] == list(Alert.__struct_fields__)
    evidence = next(one for one in named(alert, "record") if one["name"] == "Evidence")
    assert [field["name"] for field in evidence["fields"]] == list(Evidence.__struct_fields__)
    assert {field["name"] for field in json.loads(schema_text("decision"))["fields"]} == set(Decision.__struct_fields__)
    assert {field["name"] for field in json.loads(schema_text("decision_result"))["fields"]} == set(DecisionResult.__struct_fields__)
    row = json.loads(schema_text("enrolment"))
    assert [field["name"] for field in row["fields"]] == list(EnrolmentRow.__struct_fields__)
    place = next(one for one in named(row, "record") if one["name"] == "EnrolmentPlace")
    assert [field["name"] for field in place["fields"]] == list(EnrolmentPlace.__struct_fields__)


@pytest.mark.parametrize("name", ["Change", "Level", "Premise", "Severity", "Queue", "Handling", "Agency", "Origin"])
def test_enums_are_those_of_the_code(name: str) -> None:
    """Every symbol that the engine can write stands in the schema."""
    enum = next(one for one in named(json.loads(schema_text("alert")), "enum") if one["name"] == name)
    assert {member.value for member in getattr(kinds, name)} == set(enum["symbols"]) - {"UNKNOWN"}


@pytest.mark.parametrize(("contract", "name", "members"), [("decision", "Action", Action), ("decision_result", "Verdict", Verdict)])
def test_what_a_clerk_does_and_is_told_is_that_of_the_code(contract: str, name: str, members: type[Action | Verdict]) -> None:
    """Every action and every verdict has its symbol."""
    (enum,) = named(json.loads(schema_text(contract)), "enum")
    assert enum["name"] == name
    assert {member.value for member in members} == set(enum["symbols"]) - {"UNKNOWN"}


def test_enrolment_states_are_those_of_the_code() -> None:
    """Every EnrolState has its symbol."""
    enum = next(one for one in named(json.loads(schema_text("enrolment")), "enum") if one["name"] == "EnrolState")
    assert set(enum["symbols"]) == {member.name for member in kinds.EnrolState}
