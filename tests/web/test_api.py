"""The API against its own description: schemathesis asks every operation with what it allows and what it does not."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from schemas.decision import new_decision_id
from tests.schemas.samples import sample_alert
from tests.web.serving import Workbench

pytestmark = pytest.mark.redis
EXAMPLES = 25
OPERATIONS = 7


@pytest.fixture(scope="module")
def client(workbench: Workbench) -> Iterator[httpx.Client]:
    """A supervisor of the city."""
    with workbench.enter() as found:
        yield found


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    """The description, as the workbench gives it."""
    found: dict[str, Any] = client.get("/api/openapi.json").json()
    return found


def test_the_description_names_every_operation(description: dict[str, Any]) -> None:
    """The calls of the API, and none of the pages."""
    assert len(description["paths"]) == OPERATIONS
    assert all(path.startswith("/api/v1/") for path in description["paths"])


def test_no_operation_breaks_its_own_description(client: httpx.Client, description: dict[str, Any]) -> None:
    """Asked with what each operation allows and what it does not: no 5xx, no undocumented status, no wrong content type or body."""
    token = client.get("/api/v1/session").json()["csrf"]
    asked = 0
    for operation in schemathesis.openapi.from_dict(description).get_all_operations():
        asked += 1
        assert isinstance(operation, Ok)
        no_failure(operation.ok(), client, token)
    assert asked == OPERATIONS


def no_failure(operation: Any, client: httpx.Client, token: str) -> None:
    """Some dozens of cases of one operation."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        case.call_and_validate(base_url=str(client.base_url).rstrip("/"), cookies=dict(client.cookies), headers={"X-CSRF-Token": token})

    check()


def test_a_decision_by_the_api_has_the_same_checks(workbench: Workbench) -> None:
    """Accepted with the token; refused without it, for a moved revision, for a choice that is not offered, in another division."""
    alert = sample_alert(4_001, level="ALERT", handling_division=370112)
    workbench.write(alert)
    workbench.decisions.clear()
    path = f"/api/v1/alerts/{alert.alert_id.hex()}/decisions"
    body = {"decision_id": new_decision_id(), "seen_revision": 1, "seen_handling_version": 0, "action": "ACCEPT"}
    with workbench.enter("clerk", 370112) as client:
        head = {"X-CSRF-Token": client.get("/api/v1/session").json()["csrf"]}
        assert client.post(path, json=body).status_code == 403
        assert client.post(path, json={**body, "seen_revision": 2}, headers=head).status_code == 409
        assert client.post(path, json={**body, "action": "UPHOLD"}, headers=head).status_code == 422
        assert not workbench.decisions
        assert client.post(path, json=body, headers=head).json() == {"decision_id": body["decision_id"], "verdict": None}
    with workbench.enter("clerk", 370113) as other:
        head = {"X-CSRF-Token": other.get("/api/v1/session").json()["csrf"]}
        assert other.post(path, json=body, headers=head).status_code == 404
    assert [one.decision_id for one in workbench.decisions] == [body["decision_id"]]
