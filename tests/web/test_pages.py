"""Pages over a real read model: what they show, to whom, and under which headers."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import redis

from demo.servers.valkey import ValkeyServer
from schemas.audit import Deed
from schemas.roles import Role
from sinks.web.export import HEADS
from sinks.web.listing import SORTS
from sinks.web.rights import RIGHTS, Right
from sinks.web.sessions import PREFIX as SESSIONS
from sinks.web.wording import stamp
from tests.schemas.samples import sample_alert
from tests.web.conftest import city_alerts
from tests.web.serving import Workbench, serving

pytestmark = pytest.mark.redis
PAGES = {"/": Right.OVERVIEW, "/alerts": Right.CASES, "/quality": Right.QUALITY, "/rules": Right.RULES}
PEOPLE = [role for role, rights in RIGHTS.items() if rights]


def own_case(number: int) -> str:
    """Path of the case of a person."""
    return f"/cases/{city_alerts(number)[-1].case_id.hex()}"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_under_a_strict_policy(workbench: Workbench, path: str) -> None:
    """Every page answers, allows nothing inline, is kept by no cache, and has no inline script, style or handler."""
    with workbench.enter() as client:
        answer = client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|https?://", answer.text)
    assert "待核实，不作为停发依据" in answer.text


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("division", [370000, 370100, 370116])
def test_the_rights_matrix(workbench: Workbench, role: Role, division: int) -> None:
    """Each role in each kind of division gets exactly its pages; a refused page is 403 and written down."""
    with workbench.enter(role, division) as client:
        for path, right in PAGES.items():
            allowed = right in RIGHTS[role] and not (division == 370000 and right is Right.CASES)
            before = len(workbench.audit.entries)
            assert client.get(path).status_code == (200 if allowed else 403), (role, division, path)
            assert allowed or workbench.audit.entries[before].deed is Deed.READ_REFUSED


def test_nobody_sees_anything_before_signing_in(workbench: Workbench) -> None:
    """Pages lead to the sign-in page, the API says 401."""
    with httpx.Client(base_url=workbench.address) as client:
        for path in (*PAGES, "/live/figures", own_case(1), "/alerts/export.csv"):
            assert client.get(path).headers.get("location") == "/signin"
        assert client.get("/api/v1/alerts").status_code == 401


def test_another_divisions_case_is_not_there_and_the_attempt_is_written_down(workbench: Workbench) -> None:
    """404 like a case that does not exist, with READ_REFUSED; an involved division learns that another record exists, and nothing more."""
    other = own_case(1)  # person 1 belongs to 370102
    with workbench.enter("clerk", 370116) as client:
        before = len(workbench.audit.entries)
        refused, missing = client.get(other), client.get("/cases/" + "0" * 32)
        assert (refused.status_code, missing.status_code) == (404, 404)
        assert refused.text == missing.text
        assert workbench.audit.deeds()[before:] == [Deed.READ_REFUSED] * 2
        assert "370102" not in refused.text
    with workbench.enter("clerk", 370102) as client:
        involved = client.get(own_case(2)).text  # person 2 belongs to 370116, 370102 is involved
    assert "另一地存在记录" in involved
    assert "何时何事" not in involved


def test_a_case_tells_why_and_is_written_down(workbench: Workbench) -> None:
    """The page has the five points, the evidence's position, both revisions and the public row; the reading names the person."""
    with workbench.enter() as client:
        text = client.get(own_case(8)).text
    for part in (
        "何时何事",
        "依据",
        "差在哪",
        "请核实什么",
        "可能的正当情形",
        "civil.cremation / 3 / 4711",
        "版本对照",
        "城乡居民养老",
        "领取待遇",
    ):
        assert part in text
    entry = workbench.audit.entries[-1]
    assert (entry.deed, len(entry.persons)) == (Deed.PERSON_READ, 1)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_by_cursor_show_every_alert_once(workbench: Workbench, sort: str) -> None:
    """Following the cursor to the end, each open alert of the city comes exactly once, in order."""
    with workbench.enter() as client:
        seen, after = [], ""
        while True:
            found = client.get("/api/v1/alerts", params={"sort": sort, "after": after, "limit": 17}).json()
            seen += found["alerts"]
            after = found["following"]
            if not after:
                break
    mine = {one["alert_id"] for one in seen}
    assert len(seen) == len(mine) == found["total"]
    orders: dict[str, Callable[[dict[str, Any]], int]] = {
        "amount": lambda one: -one["amount_fen"],
        "new": lambda one: -one["detected_on"],
        "due": lambda one: one["due"] or 99_999,
    }
    if sort in orders:
        assert [orders[sort](one) for one in seen] == sorted(orders[sort](one) for one in seen)


def test_filters_agree_with_counting_by_hand(workbench: Workbench) -> None:
    """A filter's rows are those that a loop over the alerts finds."""
    latest = {alert.alert_id: alert for alert in city_alerts()}
    wanted = {
        alert.alert_id.hex()
        for alert in latest.values()
        if alert.rule == "R01" and alert.level == "ALERT" and alert.handling_division in {370100, 370102, 370116}
    }
    with workbench.enter() as client:
        found = client.get("/api/v1/alerts", params={"rule": "R01", "level": "ALERT", "limit": 200}).json()
    assert {one["alert_id"] for one in found["alerts"]} == wanted
    assert found["total"] == len(wanted) > 0


def test_the_name_of_a_file_has_the_time_of_its_readers() -> None:
    """In Beijing time, wherever the process runs."""
    assert stamp(1_767_196_799_000) == "20251231-235959"


def test_exports_are_masked_logged_and_harmless(workbench: Workbench) -> None:
    """No whole key, no cell that a spreadsheet would calculate, the taker and the time in the first line, EXPORTED in the audit."""
    title = '=HYPERLINK("http://x","y")'
    workbench.write(sample_alert(1_500, title=title, handling_division=370103, premise="HOLDS"))
    with workbench.enter("clerk", 370103) as client:
        text, book = client.get("/alerts/export.csv").content, client.get("/alerts/export.xlsx").content
    workbench.write(sample_alert(1_500, revision=2, title=title, handling_division=370103, premise="HEALED", change="HEALED"))
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert text.startswith(b"\xef\xbb\xbf")
    assert "导出人：演示经办人员" in rows[0][0]
    assert rows[1] == [name for name, _ in HEADS]
    assert rows[2][3] == "'" + title
    assert sample_alert(1_500).person_key.hex() not in text.decode()
    with zipfile.ZipFile(io.BytesIO(book)) as file:
        sheet, strings = file.read("xl/worksheets/sheet1.xml"), file.read("xl/sharedStrings.xml")
    assert b"<f>" not in sheet
    assert b"'=HYPERLINK" in strings
    assert [entry.deed for entry in workbench.audit.entries if entry.deed is Deed.EXPORTED][-2:] == [Deed.EXPORTED] * 2


def test_a_session_ends_after_idling_and_is_not_kept_alive_by_its_own_page(desk_valkey: ValkeyServer) -> None:
    """Acts of a person prolong it; the fetches of an open page do not; afterwards the page leads to the sign-in page.

    How long a session has left is read and set in Redis: no request has to come in time.
    """
    idle_seconds, nearly_over = 900, 300
    store = redis.Redis.from_url(desk_valkey.url)
    before = set(store.scan_iter(f"{SESSIONS}*"))
    with serving(desk_valkey.url, idle_seconds=idle_seconds) as running, running.enter() as client:
        (session,) = set(store.scan_iter(f"{SESSIONS}*")) - before
        store.expire(session, nearly_over)
        assert "各地待办" in client.get("/").text
        assert nearly_over < store.ttl(session) <= idle_seconds
        store.expire(session, nearly_over)
        assert "各地待办" in client.get("/live/figures", follow_redirects=False).text
        assert 0 < store.ttl(session) <= nearly_over
        store.expire(session, 0)
        assert "各地待办" not in client.get("/live/figures", follow_redirects=False).text
        assert client.get("/", follow_redirects=False).headers["location"].startswith("/signin")


def test_a_change_without_its_token_is_refused(workbench: Workbench) -> None:
    """Signing out and deciding need the session's own token."""
    alert, before = city_alerts(1)[0], len(workbench.decisions)
    with workbench.enter("clerk", 370102) as client:
        assert client.post("/signout").status_code == 403
        decided = client.post(f"/alerts/{alert.alert_id.hex()}/decisions", data={"csrf": "x", "choice": "ACCEPT/-"})
        assert decided.status_code == 403
        assert client.get("/").status_code == 200
    assert len(workbench.decisions) == before


def test_a_wrong_filter_is_told_by_name(workbench: Workbench) -> None:
    """422 with the allowed values, never the value itself."""
    with workbench.enter() as client:
        answer = client.get("/alerts", params={"severity": "<b>x"})
    assert answer.status_code == 422
    assert "CRITICAL" in answer.text
    assert "<b>x" not in answer.text
