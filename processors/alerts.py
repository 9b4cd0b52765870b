"""Findings against open alerts: the difference is what is published.

The engine's half of an alert (level, premise) follows the facts; a finding that is no longer found closes its alert with the rule's reason.
The clerks' half beside it stays, unless what a decision rests on got worse or ran out (processors.handling).
Revisions never restart: a closed alert rests in a row of its own, and the same problem reopens it under the same id.
"""

import hashlib

from msgspec import Struct, msgpack, structs

from processors.alert_build import build
from processors.alert_text import closing_text, healed_zh
from processors.handling.half import FRESH, AlertRow, alert_key, decode_row
from processors.handling.standing import Stand, meet
from processors.person.person import Person
from processors.person.state import OpenAlert
from processors.precedence import Judged
from processors.questions import Covers
from processors.rules.model import Closing, Moment, Rule
from schemas.alert import Alert, alert_id
from schemas.kinds import Change, Level, Premise

_encode = msgpack.Encoder().encode
VOLATILE = {"revision": 0, "change": "", "as_of": 0, "evidence": [], "cause_event_ids": [], "known_on": 0, "reopened": False}
ENGINE_FIELDS = Alert.__struct_fields__.index("handling_code")
"""The fields after these are the clerks'."""
DEATH_ALERTS = ("R01", "R01A", "R02", "R03")


class Ledger(Struct):
    """The person's alerts while one message is handled: rows read and to be written, revisions to publish."""

    person: Person
    rows: dict[bytes, AlertRow]
    published: list[Alert]


def revise(person: Person, now: Moment, rules: tuple[Rule, ...], covers: Covers, judged: list[Judged], trigger: str) -> Ledger:
    """Bring the person's alerts that were asked about in line with what was found. `trigger` = id of the event, '' for a wake."""
    ledger = Ledger(person, {}, [])
    standing = [known for known in person.head.open if (known.rule, known.family) in covers]
    if not judged and not standing:
        return ledger
    found = {alert_id(one.rule.code, person.head.subject, one.finding.scope): one for one in judged}
    for rule in rules:
        mine = {identifier: one for identifier, one in found.items() if one.rule is rule and one.beaten_by is None}
        for known in standing:
            if known.rule == rule.code and known.alert_id not in mine:
                _close(ledger, now, rule, known, found, trigger)
        for identifier, one in sorted(mine.items()):
            _open_or_update(ledger, now, one, identifier, trigger)
    _point_to_death(ledger, found)
    return ledger


def _row(ledger: Ledger, identifier: bytes) -> AlertRow | None:
    if identifier not in ledger.rows:
        raw = ledger.person.read(alert_key(ledger.person.key, identifier))
        if raw is None:
            return None
        ledger.rows[identifier] = decode_row(raw)
    return ledger.rows[identifier]


def _open_or_update(ledger: Ledger, now: Moment, one: Judged, identifier: bytes, trigger: str) -> None:
    known = next((entry for entry in ledger.person.head.open if entry.alert_id == identifier), None)
    basis = basis_of(one, now)
    if known is not None and known.basis == basis and not 0 < known.until < now.as_of:
        return
    last = _row(ledger, identifier)
    inherited = last
    if last is None and one.finding.continues:
        inherited = _row(ledger, alert_id(one.rule.code, ledger.person.head.subject, one.finding.continues))
    alerted_on = _alerted_on(last, known is not None, one, now)
    alert = build(ledger.person, now, one, identifier, last.alert if last else None, alerted_on)
    material = one.finding.material
    stand, half = meet(
        inherited.half if inherited else FRESH, alert, material, now.as_of, was_open=known is not None or inherited is not last
    )
    if stand is Stand.BACK:  # worked again from the start, by a clock of its own
        alerted_on = now.as_of if one.finding.level is Level.ALERT else 0
        alert = build(ledger.person, now, one, identifier, last.alert if last else None, alerted_on)
    alert.reopened = last is not None and (known is None or last.alert.reopened)
    content = content_hash(alert)
    same = known is not None and known.content == content
    if known is not None:
        known.basis = basis
        if stand is Stand.QUIET or (same and stand is Stand.AS_IS):
            return
    alert.revision = (last.alert.revision if last else 0) + (not same)
    alert.change = Change.HANDLED if same else Change.UPDATED if known else Change.OPENED
    alert.cause_event_ids = _causes(alert, trigger)
    _keep(ledger, AlertRow(alert, alerted_on, half, material))
    if known is None:
        ledger.person.head.open.append(OpenAlert(one.rule.code, identifier, content, one.family, basis, half.until))
        ledger.person.head.open.sort(key=lambda entry: (entry.rule, entry.alert_id))
    else:
        known.content, known.until = content, half.until


def _alerted_on(last: AlertRow | None, is_open: bool, one: Judged, now: Moment) -> int:
    """The day from which an ALERT's clock counts; 0 while it is a SIGNAL."""
    if one.finding.level is not Level.ALERT:
        return 0
    if last is not None and is_open and last.alerted_on:
        return last.alerted_on
    return now.as_of


def _close(ledger: Ledger, now: Moment, rule: Rule, known: OpenAlert, found: dict[bytes, Judged], trigger: str) -> None:
    last = _row(ledger, known.alert_id)
    if last is None:
        raise LookupError("an open alert has no row")
    closing = _closing_of(ledger, now, rule, last.alert, found)
    alert = structs.replace(
        last.alert,
        revision=last.alert.revision + 1,
        change=closing.premise.value,
        premise=closing.premise.value,
        healed_by=closing.healed_by,
        superseded_by=closing.superseded_by,
        text=closing_text(last.alert.text, closing.premise.value, closing.note or healed_zh(closing.healed_by)),
        as_of=now.as_of,
        policy_hash=now.policy.hash,
        due=0,
    )
    alert.cause_event_ids = _causes(alert, trigger)
    _keep(ledger, AlertRow(alert, 0, last.half, last.material))
    ledger.person.head.open.remove(known)


def _closing_of(ledger: Ledger, now: Moment, rule: Rule, last: Alert, found: dict[bytes, Judged]) -> Closing:
    """A beaten finding, or one that another continues, is superseded; else the rule says why it is gone."""
    beaten = found.get(last.alert_id)
    subject = ledger.person.head.subject
    if beaten is not None and beaten.beaten_by is not None:
        winner = beaten.beaten_by
        return Closing(
            Premise.SUPERSEDED, superseded_by=alert_id(winner.rule.code, subject, winner.finding.scope), note=f"并入{winner.rule.title}。"
        )
    for identifier, one in found.items():
        if one.rule is rule and one.beaten_by is None and one.finding.continues == last.scope:
            return Closing(Premise.SUPERSEDED, superseded_by=identifier, note="情形延续，由新的预警接续。")
    return rule.close(ledger.person, now, last)


def _point_to_death(ledger: Ledger, found: dict[bytes, Judged]) -> None:
    """What a death silenced is superseded by the death's own alert where there is one (domain 3.1, precedence)."""
    death = next((entry.alert_id for entry in ledger.person.head.open if entry.rule in DEATH_ALERTS), None)
    if death is None:
        return
    for alert in ledger.published:
        if alert.premise == Premise.HEALED and alert.healed_by == "DEAD" and alert.alert_id not in found:
            alert.premise = Premise.SUPERSEDED.value
            alert.change = Change.SUPERSEDED.value
            alert.superseded_by = death
            alert.healed_by = ""


def _keep(ledger: Ledger, row: AlertRow) -> None:
    ledger.rows[row.alert.alert_id] = row
    ledger.published.append(row.alert)


def _causes(alert: Alert, trigger: str) -> list[str]:
    causes = [item.event_id for item in alert.evidence]
    return sorted({*causes, trigger} - {""})[:50]


def basis_of(one: Judged, now: Moment) -> bytes:
    """8 bytes over all that an open alert is built from anew: the finding without its evidence, the rule's version and the policy.

    Whatever else may change an open alert forgets its basis (`OpenAlert.basis` empty), so that it is built again.
    """
    given = structs.replace(one.finding, evidence=[], continues=[])
    return hashlib.blake2b(_encode((given, one.rule.version, now.policy.hash)), digest_size=8).digest()


def content_hash(alert: Alert) -> bytes:
    """8 bytes over everything that a reader acts on; positions of evidence and knowledge times are left out."""
    return hashlib.blake2b(_encode(structs.astuple(structs.replace(alert, **VOLATILE))[:ENGINE_FIELDS]), digest_size=8).digest()
