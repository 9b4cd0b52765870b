"""Deciding on the page: what is sent, what is refused, what is told."""

import re

import pytest

from schemas.audit import Deed
from schemas.dates import day
from schemas.decision import DecisionResult
from schemas.kinds import Agency
from sinks.desk.write import DeskWriter
from tests.schemas.samples import sample_alert
from tests.web.serving import Workbench

pytestmark = pytest.mark.redis


def form_of(text: str) -> dict[str, str]:
    """The hidden fields of the page's first form for deciding."""
    form = re.search(r'<form class="decide".*?</form>', text, re.DOTALL)
    assert form
    return dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form[0]))


async def answered(url: str, result: DecisionResult) -> None:
    """The answer of the people stage, as the worker `desk` writes it."""
    writer = DeskWriter(url)
    await writer.results([result])
    await writer.close()


def test_a_decision_travels_with_what_was_seen_and_its_outcome_is_told(workbench: Workbench) -> None:
    """Explain with code and day: the decision has ids, revision, role and place; the audit has it; the page tells the outcome."""
    alert = sample_alert(2_001, level="ALERT", handling_division=370112)
    workbench.write(alert)
    workbench.decisions.clear()
    path = f"/cases/{alert.case_id.hex()}"
    with workbench.enter("clerk", 370112) as client:
        fields = form_of(client.get(path).text)
        sent = {**fields, "choice": "EXPLAIN/DATA_ERROR", "valid_until": "2024-12-31"}
        answer = client.post(f"/alerts/{alert.alert_id.hex()}/decisions", data=sent)
    (decision,) = workbench.decisions
    assert (decision.action, decision.code, decision.valid_until) == ("EXPLAIN", "DATA_ERROR", day("2024-12-31"))
    assert (decision.seen_revision, decision.alert_id, decision.person_key) == (1, alert.alert_id, alert.person_key)
    assert (decision.actor_role, decision.actor_division, decision.decision_id) == ("clerk", 370112, fields["decision_id"])
    assert "正在等待生效" in answer.text
    assert Deed.DECIDED in workbench.audit.deeds()


def test_evidence_that_moved_refuses_the_decision(workbench: Workbench) -> None:
    """The form of revision 1 after revision 2 came: 证据已更新, nothing is sent."""
    alert = sample_alert(2_002, level="ALERT", handling_division=370112)
    workbench.write(alert)
    workbench.decisions.clear()
    with workbench.enter("clerk", 370112) as client:
        fields = form_of(client.get(f"/cases/{alert.case_id.hex()}").text)
        workbench.write(sample_alert(2_002, level="ALERT", handling_division=370112, revision=2, change="UPDATED", amount_fen=99))
        answer = client.post(f"/alerts/{alert.alert_id.hex()}/decisions", data={**fields, "choice": "ACCEPT/-"})
    assert answer.status_code == 409
    assert "证据已更新" in answer.text
    assert not workbench.decisions


@pytest.mark.parametrize(("role", "division"), [("auditor", 370112), ("steward", 370112), ("operator", 370112), ("clerk", 370113)])
def test_who_may_not_decide_has_no_form_and_is_refused(workbench: Workbench, role: str, division: int) -> None:
    """No right to decide: no form on the page, 403 or 404 for the form of another."""
    alert = sample_alert(2_003, level="ALERT", handling_division=370112)
    workbench.write(alert)
    workbench.decisions.clear()
    with workbench.enter("clerk", 370112) as other:
        fields = form_of(other.get(f"/cases/{alert.case_id.hex()}").text)
    with workbench.enter(role, division) as client:
        assert 'class="decide"' not in client.get(f"/cases/{alert.case_id.hex()}").text
        csrf = client.get("/api/v1/session").json()["csrf"]
        answer = client.post(f"/alerts/{alert.alert_id.hex()}/decisions", data={**fields, "csrf": csrf, "choice": "ACCEPT/-"})
    assert answer.status_code in {403, 404}
    assert not workbench.decisions


def test_a_referred_alert_is_taken_by_the_division_that_was_asked(workbench: Workbench) -> None:
    """The target sees it in its list and may take it over or refuse it; nothing else is offered."""
    alert = sample_alert(
        2_004,
        level="ALERT",
        handling_division=370112,
        handling="REFERRED",
        handling_version=3,
        referred_to=370114,
        referred_agency=Agency.SSC,
    )
    workbench.write(alert)
    with workbench.enter("clerk", 370114) as client:
        listed = client.get("/api/v1/alerts", params={"handling": "REFERRED"}).json()["alerts"]
        text = client.get(f"/cases/{alert.case_id.hex()}").text
    assert [one["alert_id"] for one in listed] == [alert.alert_id.hex()]
    assert set(re.findall(r'value="([A-Z_]+)/', text)) == {"TAKE_OVER", "REFUSE"}
