"""Whether the audit topic is whole: every writer's chain without alteration, gap or change of order, and every anchor still met."""

from enum import StrEnum

from msgspec import Struct

from schemas.audit import Deed
from schemas.audit_record import START, AuditRecord, AuditRecordError, decode

Heads = dict[str, tuple[int, bytes]]
"""Writer → (sequence, digest) of a record."""


class Break(StrEnum):
    """What is wrong with a record."""

    UNREADABLE = "UNREADABLE"
    ALTERED = "ALTERED"
    OTHER_WRITER = "OTHER_WRITER"
    GAP = "GAP"
    REPEATED = "REPEATED"
    NOT_CHAINED = "NOT_CHAINED"
    BEGINNING_MISSING = "BEGINNING_MISSING"
    ANCHOR_NOT_MET = "ANCHOR_NOT_MET"


MEANING = {
    Break.UNREADABLE: "no audit record",
    Break.ALTERED: "its bytes do not give its hash: it was altered",
    Break.OTHER_WRITER: "its key names another writer than its body",
    Break.GAP: "records are missing before it",
    Break.REPEATED: "its sequence was there before: repeated, or out of order",
    Break.NOT_CHAINED: "it does not name the hash of the record before it: that one was exchanged",
    Break.BEGINNING_MISSING: "the chain does not begin at 1 although the topic still has its first record",
    Break.ANCHOR_NOT_MET: "an anchor names a record that is not there, or not with this hash",
}


class Finding(Struct, frozen=True):
    """One break. `place`: partition:offset, or the anchor's name."""

    kind: Break
    place: str
    writer: str
    sequence: int


class ChainCheck:
    """Takes the records of the topic in order. `whole`: the topic has lost nothing to retention, so each chain must begin at 1."""

    def __init__(self, *, whole: bool, anchors: dict[str, Heads] | None = None) -> None:
        self.findings: list[Finding] = []
        self.heads: Heads = {}
        self.records = 0
        self.anchors_met = 0
        self._whole = whole
        self._since_anchor: dict[str, dict[int, bytes]] = {}
        self._wanted = {(writer, head[0]): (name, head[1]) for name, heads in (anchors or {}).items() for writer, head in heads.items()}
        self._met: set[tuple[str, int]] = set()
        self._first: dict[str, int] = {}

    def take(self, place: str, key: bytes | None, value: bytes | None) -> None:
        """One record."""
        self.records += 1
        try:
            link = decode(value)
        except AuditRecordError:
            self.findings.append(Finding(Break.UNREADABLE, place, (key or b"").decode("ascii", "replace"), 0))
            return
        record = link.record
        kinds = self._kinds(record, key, intact=link.intact)
        self.findings += [Finding(kind, place, record.writer, record.sequence) for kind in kinds]
        if Break.REPEATED not in kinds:
            self._keep(record, link.digest)
        if record.entry.deed is Deed.ANCHORED and not self._anchor(record.entry.objects):
            self.findings.append(Finding(Break.ANCHOR_NOT_MET, place, record.writer, record.sequence))

    def finish(self) -> None:
        """After the last record: anchors kept outside that name what is not there. What retention took is not missed."""
        for (writer, sequence), (name, _digest) in self._wanted.items():
            retained = writer in self._first and sequence >= self._first[writer]
            if (writer, sequence) not in self._met and (retained or self._whole):
                self.findings.append(Finding(Break.ANCHOR_NOT_MET, name, writer, sequence))

    def _kinds(self, record: AuditRecord, key: bytes | None, *, intact: bool) -> list[Break]:
        kinds = [] if intact else [Break.ALTERED]
        if key != record.writer.encode():
            kinds.append(Break.OTHER_WRITER)
        sequence, digest = self.heads.get(record.writer, (0, START))
        if not sequence:
            if self._whole and (record.sequence, record.previous) != (1, START):
                kinds.append(Break.BEGINNING_MISSING)
        elif record.sequence <= sequence:
            kinds.append(Break.REPEATED)
        elif record.sequence > sequence + 1:
            kinds.append(Break.GAP)
        elif record.previous != digest:
            kinds.append(Break.NOT_CHAINED)
        return kinds

    def _keep(self, record: AuditRecord, digest: bytes) -> None:
        place = (record.writer, record.sequence)
        self.heads[record.writer] = (record.sequence, digest)
        self._first.setdefault(record.writer, record.sequence)
        self._since_anchor.setdefault(record.writer, {})[record.sequence] = digest
        if place in self._wanted and self._wanted[place][1] == digest:
            self._met.add(place)
            self.anchors_met += 1

    def _anchor(self, objects: list[str]) -> bool:
        """Whether the heads that an anchor in the topic names were read with these hashes; what lies before them is settled."""
        try:
            heads = heads_of(objects)
        except ValueError:
            return False
        met = True
        for writer, (sequence, digest) in heads.items():
            kept = self._since_anchor.get(writer, {})
            older = self._first.get(writer, sequence + 1) > sequence and not self._whole
            met = met and (older or kept.get(sequence) == digest)
            self._since_anchor[writer] = {one: value for one, value in kept.items() if one >= sequence}
        self.anchors_met += met
        return met


def anchor_objects(heads: Heads) -> list[str]:
    """Heads as the objects of an ANCHORED entry: writer:sequence:digest."""
    return [f"{writer}:{sequence}:{digest.hex()}" for writer, (sequence, digest) in sorted(heads.items())]


def heads_of(objects: list[str]) -> Heads:
    """The heads that an anchor names; ValueError where it is none."""
    heads: Heads = {}
    for text in objects:
        writer, sequence, digest = text.rsplit(":", 2)
        heads[writer] = (int(sequence), bytes.fromhex(digest))
    return heads
