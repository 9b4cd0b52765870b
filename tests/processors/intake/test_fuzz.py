"""Nothing that a topic can carry makes intake raise: every record is accepted, skipped, a marker, or refused with a code."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processors.intake.compile import LARGEST_RECORD_BYTES
from processors.intake.outcome import Accepted, Marker, Rejected, Skipped
from schemas.errors import Code, load_errors
from tests.processors.intake.recorded import HERE, Intake, recorded, shipped, traps

FEEDS = {name: shipped(name) for name in ("business", "household", "medical", "death_certificate", "card", "tax_contribution")}
SAMPLES = [(path.parent.name, json.loads(path.read_text(encoding="utf-8"))) for path in sorted((HERE / "samples").glob("*/*.json"))]
ROWS = [(name, sample["value"]) for name, sample in SAMPLES if name in FEEDS and sample["value"] is not None]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["__debezium_unavailable_value", "infinity", "NAN", "", " ", "0", "20240230", "\u0000", "9" * 400]),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8
)
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(intake: Intake, value: object, headers: dict[str, bytes | None] | None = None) -> None:
    """The outcome is one of the four, and a fault has a code of the table."""
    outcome = intake.read(value, headers=headers)
    assert isinstance(outcome, Accepted | Marker | Rejected | Skipped)
    if isinstance(outcome, Rejected):
        assert outcome.code in load_errors()


@QUICK
@given(st.sampled_from(sorted(FEEDS)), st.binary(max_size=200))
def test_garbage_bytes(name: str, data: bytes) -> None:
    """Random bytes."""
    check(FEEDS[name], data)


@QUICK
@given(st.sampled_from(sorted(FEEDS)), JSON)
def test_any_json(name: str, value: object) -> None:
    """Any JSON document."""
    check(FEEDS[name], json.dumps(value).encode())


@QUICK
@given(st.sampled_from(ROWS), st.data())
def test_any_value_in_any_column(row: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    """A valid record with one column, or one part of its envelope, replaced by anything."""
    name, value = row
    changed = json.loads(json.dumps(value))
    targets = [one for one in (changed, changed.get("after"), changed.get("before"), changed.get("source")) if isinstance(one, dict)]
    target = data.draw(st.sampled_from(targets))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    check(FEEDS[name], json.dumps(changed).encode())


@QUICK
@given(st.integers(0, 600), st.binary(max_size=40))
def test_damaged_envelopes(place: int, damage: bytes) -> None:
    """A recorded envelope with bytes overwritten or cut off, and headers of any content."""
    data = json.dumps(recorded("08-insert-full.json")[0]["value"], ensure_ascii=False).encode()
    intake = traps()
    check(intake, data[:place] + damage + data[place + len(damage) :])
    check(intake, data[:place])
    key_change = json.dumps(recorded("05-update-key-default.json")[0]["value"]).encode()
    check(intake, key_change, {"__debezium.newkey": damage})
    check(intake, key_change, {"__debezium.newkey": None})


def test_ten_megabytes() -> None:
    """A record of 10 MB is refused before anything looks into it; the fault says the size, not the content."""
    found = FEEDS["business"].read(b'{"op":"c","x":"' + b"a" * 10_000_000 + b'"}')
    assert found == Rejected(Code.TOO_LARGE, "", "10000017 bytes", f"at most {LARGEST_RECORD_BYTES} bytes")


def test_deep_nesting() -> None:
    """Nesting beyond any stack is refused."""
    check(FEEDS["business"], b'{"op":' + b"[" * 200_000)
    check(FEEDS["card"], b'{"a":' * 100_000)


def test_a_list_in_a_marker_is_refused() -> None:
    """A completeness marker whose column holds a list names the column, like any other record."""
    outcome = FEEDS["card"].read({"record_type": "feed_complete", "division": [], "through": "2024-05-31"})
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.field) == (Code.NOT_A_CHANGE, "division")
