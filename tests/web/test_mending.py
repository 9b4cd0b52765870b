"""Sending dead letters back and resuming feeds from 数据质量: who may, what a form must say, what is asked of the port."""

from collections.abc import Iterator

import httpx
import pytest

from demo.servers.valkey import ValkeyServer
from schemas.audit import AuditDownError, Deed
from schemas.look_ups import Asker
from schemas.mending import MendingDownError
from schemas.roles import Role
from sinks.web.rights import RIGHTS, Right
from streams.mending import mending_port
from streams.settings import SettingsError, load_settings
from tests.web.recorded import HALT, PLACE, RecordedMending
from tests.web.serving import Kept, Workbench, serving

pytestmark = pytest.mark.redis
WHOLE = {"reason": "CODES_ADDED", "reference": "工单-2026-17", "sure": "yes"}
REPLAY = "/quality/replay?feed=cremation&code=CB-309"
SEND = f"{REPLAY}&through=0:7"
RESUME = "/quality/resume?feed=cremation"
NUMBER = "379999194811200016"


@pytest.fixture
def port() -> RecordedMending:
    """Three letters of a feed, one that no feed sent, and a feed that stands."""
    return RecordedMending()


@pytest.fixture
def running(desk_valkey: ValkeyServer, port: RecordedMending) -> Iterator[Workbench]:
    """A workbench with that door."""
    with serving(desk_valkey.url, mending=port) as found:
        yield found


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send a form of the page."""
    csrf = client.get("/api/v1/session").json()["csrf"]
    return client.post(path, data={"csrf": csrf, **fields})


def test_the_page_shows_what_waits_and_offers_it_to_who_may(running: Workbench) -> None:
    """Feed, code, number, position and field; a button for the operator and none for the auditor, nor for what no feed sent."""
    with running.enter("operator") as client:
        shown = client.get("/quality").text
    with running.enter("auditor") as client:
        looked = client.get("/quality").text
    for part in ("CB-309", "未知代码且不可缺省", PLACE.original, "record_state", "2024-06-09", "CB-404", HALT.place):
        assert part in shown
        assert part in looked
    assert 'href="/quality/replay?feed=cremation&amp;code=CB-309"' in shown
    assert 'href="/quality/resume?feed=cremation"' in shown
    assert "feed=people" not in shown
    with running.enter("operator") as client:
        assert "查看死信（<code>canbao dlq list</code>）" in client.get("/quality/resume?feed=cremation").text
    assert "/quality/re" not in looked


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.STEWARD])
def test_after_a_reason_and_a_confirmation_it_is_done_once(running: Workbench, port: RecordedMending, role: Role) -> None:
    """The port is told who, from where, why, and no more than what was shown; the page tells what became of it."""
    with running.enter(role) as client:
        before = client.get(REPLAY).text
        sent = post(client, SEND, **WHOLE)
        ran = post(client, RESUME, **WHOLE)
        after = client.get(REPLAY).text
    assert 'action="/quality/replay?feed=cremation&amp;code=CB-309&amp;through=0:7"' in before
    assert "处理办法：向部门问明代码含义，在代码表（schemas/codes）该来源项下登记，再重放死信。" in before
    assert (sent.status_code, ran.status_code) == (200, 200)
    assert "已送回 3 条" in sent.text
    assert "已恢复" in ran.text
    assert "没有待重放的记录" in after
    asker = Asker(actor=f"demo-{role}", role=role, division=370100, source="127.0.0.1", reason="CODES_ADDED 工单-2026-17")
    assert port.asked == [(asker, "cremation CB-309", "0:7"), (asker, "cremation", "")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "请选择事由"),
        ({"reason": "CURIOUS"}, "请选择事由"),
        ({"reference": ""}, "工单或文号为"),
        ({"reference": f"案{NUMBER}"}, "工单或文号为"),
        ({"sure": ""}, "请先确认"),
    ],
)
@pytest.mark.parametrize("path", [SEND, RESUME])
def test_a_form_that_lacks_something_does_nothing(
    running: Workbench, port: RecordedMending, path: str, changes: dict[str, str], said: str
) -> None:
    """Refused in words; nothing typed in is repeated."""
    with running.enter("operator") as client:
        answer = post(client, path, **{**WHOLE, **changes})
    assert (answer.status_code, port.asked) == (422, [])
    assert said in answer.text
    assert NUMBER not in answer.text


def test_who_may_not_and_forged_forms_do_nothing(running: Workbench, port: RecordedMending) -> None:
    """Other roles and a county's operator: 403, written down. Without the session's token: 403. What no feed sent: 404."""
    others = [(role, 370100) for role, rights in RIGHTS.items() if rights and Right.MEND not in rights]
    for role, division in [*others, (Role.OPERATOR, 370116)]:
        with running.enter(role, division) as client:
            before = len(running.audit.entries)
            answers = [client.get(REPLAY), client.get(RESUME), client.post(SEND, data=WHOLE), client.post(RESUME, data=WHOLE)]
            assert [answer.status_code for answer in answers] == [403] * 4, role
            assert running.audit.deeds()[before:] == [Deed.READ_REFUSED] * 4
    with running.enter("operator") as client:
        assert client.post(SEND, data=WHOLE).status_code == 403
        assert post(client, SEND.replace("cremation", "people"), **WHOLE).status_code == 404
        assert post(client, REPLAY, **WHOLE).status_code == 422
    assert port.asked == []


@pytest.mark.parametrize(("fault", "said"), [(MendingDownError, "重复办理不会重复生效"), (AuditDownError, "审计记录暂时无法写入")])
def test_where_kafka_does_not_answer_the_page_stays(running: Workbench, port: RecordedMending, fault: type[Exception], said: str) -> None:
    """What was to be done is 503 with the reason in words; the rest of 数据质量 is shown."""
    port.fault = fault()
    with running.enter("operator") as client:
        answer = post(client, SEND, **WHOLE)
        port.fault = MendingDownError()
        page = client.get("/quality")
    assert answer.status_code == 503
    assert said in answer.text
    assert page.status_code == 200
    assert "死信暂时无法读取" in page.text
    assert "暂缓判断" in page.text


def test_without_the_door_the_page_names_the_commands(desk_valkey: ValkeyServer) -> None:
    """No button, and a form of another workbench finds nothing."""
    with serving(desk_valkey.url) as running, running.enter("operator") as client:
        page, answer = client.get("/quality").text, post(client, SEND, **WHOLE)
    assert "canbao feed resume" in page
    assert "/quality/replay" not in page
    assert answer.status_code == 404


def test_a_door_is_given_only_where_it_is_asked_for_and_whole() -> None:
    """A seal key alone gives none; without one the process does not start."""
    assert mending_port(load_settings({"CANBAO_SEAL_KEY": "ab" * 32}), Kept()) is None
    with pytest.raises(SettingsError):
        mending_port(load_settings({"CANBAO_WEB_REPLAY": "true"}), Kept())
