"""Lines of the head are pure functions of detail: kept from fact to fact, they equal what is computed from nothing but the facts."""

import copy
from random import Random

from msgspec import Struct

from processors.person.apply import apply_fact
from processors.person.lines import place_of, recomputed, refresh_places
from processors.person.person import Person
from processors.person.sections import is_packed
from processors.person.state import PlaceLine, stored_ref
from processors.rows import MemoryRows
from processors.stage import derive, write
from schemas.dates import bits_of, day, month
from schemas.facts import AnyFact, ContribRefund, Contribution, Enrolment
from schemas.kinds import ContribKind, EnrolState, FactStatus, PayLeg, Stage
from tests.processors.person.people import fact

KEY = b"\x01" + bytes(16)
FIRST = month(202301)
PLACES = (370102, 370103, 370202)
SCHEMES = (110, 170)


class Source(Struct):
    """Draws source rows and newer versions of them; 110 is paid by the month, 170 now and then by the year."""

    chance: Random
    version: int = 0

    def contribution(self) -> Contribution:
        """A month or year, often one that another reporter also reports."""
        pick, scheme = self.chance.choice, self.chance.choice(SCHEMES)
        at, source = self.chance.randrange(14), self.chance.choice((4, 6))
        bill = pick((b"", b"bill%04d" % at, b"other%03d" % at))
        return fact(
            Contribution, f"{scheme}{at}{source}{self.chance.randrange(2)}", scheme=scheme, place=pick(PLACES), month=FIRST + at,
            months=12 if scheme == 170 and not self.chance.randrange(4) else 1, bill=bill, payer=pick((b"payer001", b"payer001", b"payer002")),
            stage=int(pick((Stage.DECLARED, Stage.TREASURY, Stage.BOOKED, Stage.BOOKED))), source=source, person_fen=pick((0, 8000, 8000, -8000)),
            employer_fen=pick((0, 16000)), public_fen=pick((0, 0, 5000)), payer_kind=pick((1, 2, 3, 4)), paid_on=day("2023-06-01") + 30 * at,
            kind=int(pick((ContribKind.NORMAL, ContribKind.NORMAL, ContribKind.BASE_ADJUST, ContribKind.REVERSAL))),
            reversed=int(not self.chance.randrange(8)),
        )  # fmt: skip

    def refund(self) -> ContribRefund:
        """Money back, of a bill or of whatever equals it."""
        at, pick = self.chance.randrange(14), self.chance.choice
        return fact(
            ContribRefund, f"r{at}", scheme=pick(SCHEMES), place=PLACES[0], month=FIRST + at, months=1, bill=pick((b"", b"bill%04d" % at)),
            person_fen=8000, employer_fen=pick((0, 16000)), state=int(pick((PayLeg.PAID, PayLeg.FAILED))), payer=b"payer001", source=6,
        )  # fmt: skip

    def enrolment(self) -> Enrolment:
        """A record, in some state."""
        pick = self.chance.choice
        state = int(pick((EnrolState.PAYING, EnrolState.PAUSED, EnrolState.DRAWING, EnrolState.ENDED)))
        scheme, place = pick(SCHEMES), pick(PLACES)
        return fact(
            Enrolment, f"e{scheme}{place}", scheme=scheme, place=place, state=state, changed_on=day("2023-01-01"), retired=pick((0, 1))
        )

    def next(self) -> AnyFact:
        """The next thing that a source says; one in eight is a withdrawal."""
        one: AnyFact = self.chance.choice((self.contribution, self.contribution, self.contribution, self.refund, self.enrolment))()
        self.version += 1
        one.sequence = self.version
        if not self.chance.randrange(8):
            one.status = int(FactStatus.WITHDRAWN)
        return one


def places_anew(person: Person) -> list[PlaceLine]:
    """The lines of places from nothing but the facts."""
    kept, person.head.places = person.head.places, []
    for scheme in SCHEMES:
        refresh_places(person, scheme)
    anew, person.head.places = person.head.places, kept
    return anew


def test_lines_are_what_the_facts_say() -> None:
    """After every fact, months and places kept in the head equal those recomputed; packing takes part."""
    assert sum(play(seed) > 0 for seed in range(8)), "no month was ever paid twice: this proved nothing about them"


def play(seed: int) -> int:
    """One history; the months that were ever paid more than once."""
    source, rows, many = Source(Random(seed)), MemoryRows(derive), 0
    for number in range(70):
        person = Person(KEY, rows.get)
        was = copy.deepcopy(person.head.places)
        apply_fact(person, source.next(), stored_ref("business", 0, str(number)), day("2024-05-10"))
        write(rows, person)
        assert person.moved or person.head.places == was, "what the public row says changed unnoticed"
        again = Person(KEY, rows.get)
        for line in again.head.schemes:
            assert line == recomputed(again, line.scheme), number
            many |= bits_of(line.many)
        assert again.head.places == places_anew(again), number
    assert any(is_packed(key[18:]) for key in rows.values)
    assert {line.place for line in again.head.places} <= {place_of(place) for place in PLACES}
    return many
