"""A decision against an alert: refused with a named verdict, or the clerks' half that follows from it. The engine's half is only read."""

from msgspec import structs

from processors.handling.half import TABLE, AlertRow, Half
from processors.handling.standing import basis_of
from processors.rules.model import Numbers
from schemas.alert import Alert
from schemas.dates import date_of, day_in_month, month_of_day
from schemas.decision import Action, Decision, Verdict
from schemas.handling import Step
from schemas.kinds import Handling, Level, Premise

PLAN = "REPAYMENT_PLAN"
CITY_DECIDES = "CITY_DECIDES"
DEATH_TRUE = "DEATH_TRUE"
EXPLAINING = frozenset({Action.EXPLAIN, Action.UPHOLD})


def decide(row: AlertRow, decision: Decision, as_of: int, policy: Numbers) -> tuple[Verdict, Half]:
    """APPLIED and the new half, or why not and the half as it was. `as_of` is the day of the log."""
    step = TABLE.steps[Action(decision.action)]
    code = decision.code or step.default
    for refusal in (_moved, _out_of_turn, _not_allowed, _wrong_code, _wrong_terms):
        verdict = refusal(row, decision, step, code, as_of, policy)
        if verdict is not None:
            return verdict, row.half
    return Verdict.APPLIED, _applied(row, decision, step, code, as_of, policy)


def _moved(row: AlertRow, decision: Decision, *_: object) -> Verdict | None:
    if decision.seen_revision != row.alert.revision:
        return Verdict.EVIDENCE_MOVED
    if decision.seen_handling_version not in {-1, row.half.version}:
        return Verdict.HANDLING_MOVED
    return None


def _out_of_turn(row: AlertRow, decision: Decision, step: Step, _code: str, as_of: int, policy: Numbers) -> Verdict | None:
    """The premise and the handling state must allow the action; only what has settled is confirmed."""
    handling = Handling(row.half.handling)
    if row.alert.premise != Premise.HOLDS:
        if not step.closed:
            return Verdict.ALERT_CLOSED
        return Verdict.WRONG_STATE if handling == step.to else None
    if handling not in step.since:
        return Verdict.WRONG_STATE
    if decision.action == Action.REFUSE and row.half.refusals >= _most_refusals(row, as_of, policy):
        return Verdict.WRONG_STATE
    if decision.action == Action.CONFIRM and row.alert.level != Level.ALERT:
        return Verdict.NOT_SETTLED
    return None


def _not_allowed(row: AlertRow, decision: Decision, step: Step, *_: object) -> Verdict | None:
    """Role, and a division that has the case (or was asked to take it); the city may act for its counties."""
    division = row.half.referred_to if step.place == "TARGET" else division_of(row)
    places = {division, division // 100 * 100}
    return None if decision.actor_role in step.roles and decision.actor_division in places else Verdict.NOT_ALLOWED


def _wrong_code(row: AlertRow, decision: Decision, step: Step, code: str, *_: object) -> Verdict | None:
    reason = TABLE.codes.get(code)
    if not code:
        return Verdict.UNKNOWN_CODE if step.codes == "REQUIRED" else None
    if reason is None or step.action not in reason.actions or (reason.rules and row.alert.rule not in reason.rules):
        return Verdict.UNKNOWN_CODE
    return Verdict.NEEDS_NOTE if reason.note and not decision.note_ref else None


def _wrong_terms(row: AlertRow, decision: Decision, _step: Step, code: str, as_of: int, policy: Numbers) -> Verdict | None:
    """Validity of an explanation or plan, target of a referral."""
    lasts = decision.action in EXPLAINING or code == PLAN
    stated = decision.valid_until or code == PLAN
    if stated and not (lasts and as_of < decision.valid_until <= longest(row.alert, as_of, policy)):
        return Verdict.BAD_VALIDITY
    if decision.action == Action.REFER:
        here, agency = division_of(row), row.half.agency or row.alert.owner_agency
        if (decision.to_division or here) == here and (decision.to_agency or agency) == agency:
            return Verdict.NO_TARGET
    return None


def _applied(row: AlertRow, decision: Decision, step: Step, code: str, as_of: int, policy: Numbers) -> Half:
    """The half after the decision. Whoever has the case keeps it: a move of the household moves no running case."""
    half = structs.replace(
        row.half,
        handling=step.to.value,
        version=row.half.version + 1,
        code=code,
        changed_on=as_of,
        until=0,
        basis=None,
        reopened=False,
        referred_to=0,
        referred_agency="",
        due=0,
        division=division_of(row),
    )
    action = Action(decision.action)
    if action in EXPLAINING or action is Action.CLOSE:
        until = decision.valid_until or (longest(row.alert, as_of, policy) if action in EXPLAINING else 0)
        half = structs.replace(half, until=until, basis=basis_of(row.alert, row.material))
    if action in EXPLAINING:
        return structs.replace(half, confirmed_on=0, dead_on=0)
    if action in {Action.CONFIRM, Action.REJECT}:
        return structs.replace(half, confirmed_on=as_of, dead_on=as_of if code == DEATH_TRUE else half.dead_on)
    if action is Action.REFER:
        return structs.replace(_referred(half, decision.to_division or division_of(row), as_of, policy), referred_agency=decision.to_agency)
    if action is Action.TAKE_OVER:
        taken = row.half
        return structs.replace(half, division=taken.referred_to, agency=taken.referred_agency or taken.agency, refusals=0)
    if action is Action.REFUSE:
        return _refused(row, half, as_of, policy)
    return half


def _refused(row: AlertRow, half: Half, as_of: int, policy: Numbers) -> Half:
    """Back to whoever referred it; after the last refusal to the city, which takes it or refers it anew."""
    refusals = half.refusals + 1
    if refusals >= _most_refusals(row, as_of, policy):
        city = _referred(half, division_of(row) // 100 * 100, as_of, policy)
        return structs.replace(city, handling=Handling.REFERRED.value, refusals=refusals, code=CITY_DECIDES)
    before = Handling.CONFIRMED.value if half.confirmed_on else half.handling
    return structs.replace(half, handling=before, refusals=refusals)


def _referred(half: Half, to_division: int, as_of: int, policy: Numbers) -> Half:
    days = policy.days("refer.accept_workdays", as_of, to_division)
    return structs.replace(half, referred_to=to_division, due=policy.add_workdays(as_of, days))


def _most_refusals(row: AlertRow, as_of: int, policy: Numbers) -> int:
    return policy.days("refer.max_refusals", as_of, division_of(row))


def division_of(row: AlertRow) -> int:
    """The division that has the case now."""
    return row.half.division or row.alert.handling_division


def longest(alert: Alert, as_of: int, policy: Numbers) -> int:
    """The last day on which an explanation given now may stand."""
    months = policy.days("explained.valid_months", as_of, alert.handling_division)
    return day_in_month(month_of_day(as_of) + months, date_of(as_of).day)
