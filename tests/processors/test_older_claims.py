"""Claims that were stated before the form of their number was kept: events, state rows and intake's index of then are read and judged as before."""

from typing import Any

import pytest
from msgspec import msgpack, structs

from processors.intake.outcome import Accepted, Rejected, Skipped, SkipReason
from processors.person.apply import Applied, apply_fact
from processors.person.person import Person
from processors.person.state import decode_detail, stored_ref
from schemas.dates import day
from schemas.errors import Code
from schemas.events import Facts, decode, encode
from schemas.facts import FORM_NOT_KEPT, DeathClaim
from schemas.kinds import FactStatus
from tests.processors.intake.recorded import Intake, shipped

KEY = b"\x01" + b"k" * 16
NAME = b"namename"
OLDER_CLAIM = [1, b"row00001", 0, 1, 7, 0, -1, 3, 0, 2, 370102, 1, 19848, 0, 1, b"", NAME, 0]
"""One claim as it was written then: up to `withdrawn_on`."""
OLDER_EVENT = [1, 1, KEY, KEY, b"", "death_certificate", 0, 3, "", 0, 0, 0, [-7712, 1, 15], [OLDER_CLAIM], []]
CERTIFICATE = {
    "record_type": "certificate",
    "certificate_no": "D-0001",
    "revision": 1,
    "certificate_state": "1",
    "id_type": "01",
    "id_no": "379999481120001",
    "full_name": "王建国",
    "died_on": "2024-03-30",
    "issued_on": "2024-03-31",
    "hospital_division": "370116",
}


def claim(**changed: Any) -> DeathClaim:
    """The claim of then as this release reads it, with changes."""
    message = decode(msgpack.encode(OLDER_EVENT))
    assert isinstance(message, Facts)
    (found,) = message.facts
    assert isinstance(found, DeathClaim)
    return structs.replace(found, **changed)


def test_older_events_and_rows_are_read() -> None:
    """The missing field is told as such; everything else is where it was."""
    found = claim()
    assert (found.id_form, found.withdrawn_on, found.name_key, found.died_on) == (FORM_NOT_KEPT, 0, NAME, 19848)
    row = decode_detail(msgpack.encode([[["death_certificate"]], [OLDER_CLAIM]]))
    assert row.facts == [found]
    again = decode(encode(decode(msgpack.encode(OLDER_EVENT))))
    assert isinstance(again, Facts)
    assert again.facts == [found]


def test_an_older_release_reads_what_this_one_writes() -> None:
    """The field stands at the end of the array, where a reader that does not know it stops."""
    written: list[Any] = msgpack.decode(encode(claim(id_form=15)))
    assert written[: len(OLDER_CLAIM)] == OLDER_CLAIM
    assert written[len(OLDER_CLAIM) :] == [15]


@pytest.mark.parametrize(
    ("changed", "expected", "form"),
    [
        ({"id_form": 15}, Applied.DUPLICATE, FORM_NOT_KEPT),
        ({"id_form": 18, "sequence": 8}, Applied.REFRESHED, FORM_NOT_KEPT),
        ({"id_form": 15, "sequence": 8}, Applied.CHANGED, 15),
        ({"id_form": 15, "died_on": 19849}, Applied.CONFLICT, FORM_NOT_KEPT),
    ],
)
def test_a_claim_of_then_is_stated_again(changed: dict[str, Any], expected: Applied, form: int) -> None:
    """A repeat is no conflict and a full number nothing new; only a later row under 15 digits is news."""
    someone = Person(KEY, lambda _: None)
    apply_fact(someone, claim(), stored_ref("death_certificate"), day("2024-05-10"))
    assert apply_fact(someone, claim(**changed), stored_ref("death_certificate"), day("2024-06-10")) is expected
    assert [one.id_form for one in someone.claims] == [form]


def test_a_record_of_then_sent_again_is_a_repeat() -> None:
    """Intake's index of then does not stop the feed when a department sends its records once more; other content still does."""
    intake = shipped("death_certificate")
    first = intake.accept(CERTIFICATE)
    assert [fact.id_form for fact in first.messages[0].facts if isinstance(fact, DeathClaim)] == [15]
    assert intake.read({**CERTIFICATE, "id_no": "379999194811200016"}) == Rejected(Code.EQUAL_VERSION, brakes=True)
    _forget_form(intake, first)
    assert intake.read(CERTIFICATE) == Skipped(SkipReason.DUPLICATE)
    assert intake.read({**CERTIFICATE, "full_name": "李建国"}) == Rejected(Code.EQUAL_VERSION, brakes=True)
    gone = intake.accept({**CERTIFICATE, "revision": 2, "certificate_state": "9"})
    assert [fact.status for fact in gone.messages[0].facts] == [FactStatus.WITHDRAWN]


def _forget_form(intake: Intake, outcome: Accepted) -> None:
    """The index as it was written then."""
    for fact in [fact for _, message in outcome.remember if message is not None for fact in message.facts]:
        if isinstance(fact, DeathClaim):
            fact.id_form = FORM_NOT_KEPT
    intake.memory.keep(outcome)
