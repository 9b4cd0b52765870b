"""A vault that answers from a dictionary, and dead letters that nobody sent: for what the page does, not for what Kafka does. Both keep what they were asked."""

from dataclasses import dataclass, field

from schemas.look_ups import Answer, Asker, BulkAnswer, BulkAsked, BulkPending, Identity, LookUp
from schemas.mending import Halt, LetterPlace, Mendable, WaitingLetters

NOW_MS = 1_795_500_000_000
DAY_MS = 86_400_000
PLACE = LetterPlace("0:7", "canbao.feed.cremation[0]@41", "record_state", 1_717_900_000_000)
LETTERS = WaitingLetters("cremation", "CB-309", 3, 1_717_800_000_000, 1_717_900_000_000, [PLACE], "0:7")
STRANGE = WaitingLetters("people", "CB-502", 1, 0, 0, [PLACE], "0:9")
HALT = Halt("cremation", "CB-404", "canbao.feed.cremation[0]@58")


@dataclass
class RecordedVault:
    """`sinks.web.vault.VaultPort`."""

    identities: dict[bytes, Identity] = field(default_factory=dict)
    asked: list[tuple[Asker, bytes | str]] = field(default_factory=list)

    def behind(self, asker: Asker, person: bytes) -> LookUp:
        """From the dictionary."""
        self.asked.append((asker, person))
        found = self.identities.get(person)
        return LookUp(Answer.FOUND if found else Answer.UNKNOWN, person, found)

    def key_of(self, asker: Asker, number: str, now_ms: int) -> LookUp:
        """From the dictionary."""
        self.asked.append((asker, number))
        person = next((person for person, one in self.identities.items() if one.number == number), None)
        return LookUp(Answer.FOUND, person) if person else LookUp(Answer.NOT_A_NUMBER)

    def request(self, asker: Asker, persons: set[bytes]) -> BulkAnswer:
        """Noted."""
        self.asked.extend((asker, person) for person in persons)
        return BulkAnswer(Answer.FOUND, "b" + "0" * 15)

    def requested(self, request: str) -> BulkAsked | None:
        """Always of the same."""
        return BulkAsked("demo-steward", "INCIDENT INC-4", 2, 1_795_500_000_000) if request == "b" + "0" * 15 else None

    def pending(self) -> list[BulkPending]:
        """Of another county, of the command line, and of the supervisor."""
        return [
            BulkPending("b" + "0" * 15, "demo-steward", 370117, "INCIDENT INC-4", 2, NOW_MS, NOW_MS + 7 * DAY_MS, approved=False),
            BulkPending("b" + "1" * 15, "wang", 0, "SUPERVISION 审〔2026〕9号", 1_200, NOW_MS, NOW_MS + DAY_MS, approved=True),
            BulkPending("b" + "2" * 15, "demo-supervisor", 370102, "INCIDENT INC-5", 7, NOW_MS, NOW_MS + 7 * DAY_MS, approved=False),
        ]

    def approve(self, asker: Asker, request: str) -> BulkAnswer:
        """Noted."""
        self.asked.append((asker, request))
        return BulkAnswer(Answer.FOUND, request)

    def run(self, asker: Asker, request: str) -> BulkAnswer:
        """Everybody."""
        self.asked.append((asker, request))
        return BulkAnswer(Answer.FOUND, request, self.identities)


@dataclass
class RecordedMending:
    """`sinks.web.mending.MendingPort`."""

    found: Mendable = field(default_factory=lambda: Mendable([LETTERS, STRANGE], [HALT]))
    asked: list[tuple[Asker, str, str]] = field(default_factory=list)
    fault: Exception | None = None

    def mendable(self) -> Mendable:
        """As given."""
        self._fail()
        return self.found

    def replay(self, asker: Asker, feed: str, code: str, through: str) -> int:
        """Noted."""
        self._fail()
        self.asked.append((asker, f"{feed} {code}", through))
        self.found = Mendable([], self.found.halts)
        return 3

    def resume(self, asker: Asker, feed: str) -> bool:
        """Noted."""
        self._fail()
        self.asked.append((asker, feed, ""))
        self.found = Mendable(self.found.letters, [])
        return True

    def _fail(self) -> None:
        if self.fault:
            raise self.fault
