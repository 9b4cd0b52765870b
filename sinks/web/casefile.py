"""One case, put together: its alerts with their revisions, the person's public rows, the decisions, and the story in order of knowing."""

import asyncio

from msgspec import Struct

from schemas.alert import Alert
from schemas.decision import DecisionResult
from schemas.enrolment import EnrolmentRow
from sinks.desk.brief import Brief
from sinks.desk.read import DeskReader
from sinks.web.deciding import Choice, choices
from sinks.web.rights import Reach, User
from sinks.web.story import Told, story
from sinks.web.versions import COMPARED, Difference, Points, differences, points_of


class AlertFile(Struct, frozen=True):
    """One alert of the case, its newest revision first."""

    brief: Brief
    alert: Alert
    points: Points
    revisions: list[Alert]
    differences: list[Difference]
    choices: dict[str, list[Choice]]


class CaseFile(Struct, frozen=True):
    """The case as one user may see it. `elsewhere`: alerts that another division handles, of which only their being there is shown."""

    case_id: str
    person: str
    cause: str
    alerts: list[AlertFile]
    elsewhere: list[Brief]
    others: list[Brief]
    rows: list[EnrolmentRow]
    decisions: list[DecisionResult]
    story: list[Told]
    as_of: int


async def case_file(desk: DeskReader, user: User, case_id: str) -> CaseFile | None:
    """The case; None where there is none, or none of it is this user's to see."""
    briefs = await desk.case(case_id)
    whole = [brief for brief in briefs if user.reach(brief) is Reach.WHOLE]
    involved = [brief for brief in briefs if user.reach(brief) is Reach.INVOLVED]
    if not whole and not involved:
        return None
    person = briefs[0].person
    ids = [brief.alert_id for brief in whole]
    revisions, decisions, rows, others, fresh = await asyncio.gather(
        desk.revisions(ids),
        desk.decisions(ids),
        desk.enrolments(person) if whole else _none(),
        desk.person(person),
        desk.fresh(),
    )
    files = [alert_file(user, brief, held) for brief, held in zip(whole, revisions, strict=True) if held]
    mine = [brief for brief in others if brief.case_id != case_id and user.reach(brief) is Reach.WHOLE]
    return CaseFile(
        case_id=case_id,
        person=person if whole else "",
        cause=files[0].alert.cause if files else "",
        alerts=sorted(files, key=_first),
        elsewhere=involved,
        others=mine,
        rows=rows,
        decisions=decisions,
        story=story([file.revisions for file in files], rows, decisions),
        as_of=fresh.as_of,
    )


async def _none() -> list[EnrolmentRow]:
    return []


def _first(one: AlertFile) -> tuple[bool, int, str]:
    """What holds stands before what is over; then what is due first."""
    return one.alert.premise != "HOLDS", one.alert.due or 1 << 20, one.alert.rule


def alert_file(user: User, brief: Brief, revisions: list[Alert]) -> AlertFile:
    """One alert with what its page shows."""
    compared = revisions[:COMPARED][::-1]
    return AlertFile(brief, revisions[0], points_of(revisions[0].text), revisions, differences(compared), choices(user, revisions[0]))
