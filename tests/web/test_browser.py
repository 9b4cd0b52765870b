"""The workbench in a real browser: live arrival, keyboard, accessibility, pictures, print."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from schemas.dates import day
from schemas.decision import Decision, DecisionResult
from sinks.desk.write import DeskWriter
from tests.schemas.samples import sample_alert
from tests.web.screens import PAGES, chromium, entered, take
from tests.web.serving import Workbench, aside

pytestmark = [pytest.mark.redis, pytest.mark.browser]
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with chromium() as found:
        yield found


def serious(page: Page) -> list[str]:
    """Accessibility findings that are serious or worse, each with the first element that has it."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in SERIOUS]


def applied(url: str, decision: Decision) -> None:
    """What the people stage answers, and the revision that follows from it, as the worker `desk` writes them."""

    async def go() -> None:
        writer = DeskWriter(url, 20)
        told = DecisionResult(
            decision_id=decision.decision_id,
            alert_id=decision.alert_id,
            person_key=decision.person_key,
            verdict="APPLIED",
            action=decision.action,
            code=decision.code,
            actor=decision.actor,
            actor_role=decision.actor_role,
            actor_division=decision.actor_division,
            at_ms=decision.at_ms,
            as_of=day("2024-06-11"),
        )
        await writer.results([told])
        handled = {"handling": "ACCEPTED", "handling_version": 1, "change": "HANDLED"}
        await writer.alerts([sample_alert(3_001, handling_division=370115, level="ALERT", title="到达测试", **handled)])
        await writer.close()

    aside(go())


def test_an_alert_arrives_live_is_read_and_decided_by_keyboard(workbench: Workbench, browser: Browser) -> None:
    """On the open overview a row appears; from the list, keys alone open the case, choose and send; the outcome is told."""
    page = entered(browser, workbench.address, "clerk", 370115)
    page.get_by_text("实时更新中").wait_for()
    workbench.write(sample_alert(3_001, handling_division=370115, level="ALERT", title="到达测试"))
    page.locator("#arrivals tr", has_text="到达测试").wait_for()
    page.goto(f"{workbench.address}/alerts")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.decide")
    workbench.decisions.clear()
    page.keyboard.press("d")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#decided").wait_for()
    (decision,) = workbench.decisions
    assert (decision.action, decision.actor_division) == ("ACCEPT", 370115)
    applied(workbench.redis_url, decision)
    page.get_by_text("处理意见已生效").wait_for()
    page.reload()
    assert page.get_by_text("受理——已生效").count() == 1
    assert page.locator(".tag", has_text="已受理").count() == 1
    page.context.close()


def test_no_page_has_a_serious_accessibility_finding(workbench: Workbench, browser: Browser) -> None:
    """Axe on each page, the sign-in page and a case included: serious or critical findings 0."""
    page = entered(browser, workbench.address)
    found = {}
    for path in (*PAGES.values(), "/alerts?rule=R01", "/nothing-here"):
        page.goto(workbench.address + path)
        found[path] = serious(page)
    page.goto(workbench.address + "/alerts?level=ALERT")
    page.locator("a.open").first.click()
    page.wait_for_selector("form.decide")
    found["case"] = serious(page)
    page.locator("a.button", has_text="查号").click()
    page.locator("button", has_text="查询号码").click()
    page.wait_for_selector("#answer")
    found["looked up"] = serious(page)
    page.context.clear_cookies()
    page.goto(workbench.address + "/signin")
    found["signin"] = serious(page)
    page.context.close()
    page = entered(browser, workbench.address, "operator")
    for path in ("/quality", "/quality/replay?feed=cremation&code=CB-309", "/quality/resume?feed=cremation", "/quality/resume?feed=card"):
        page.goto(workbench.address + path)
        found[path] = serious(page)
    page.context.close()
    assert not any(found.values()), json.dumps(found, indent=1, ensure_ascii=False)


def test_pictures_of_every_page(workbench: Workbench, browser: Browser, tmp_path: Path) -> None:
    """Each page is drawn whole in a window of 1366 x 768, wider than nothing: pictures that docs/screenshots has committed copies of."""
    taken = take(browser, workbench.address, tmp_path)
    assert [path.stem for path in taken] == [*PAGES, "mend", "case", "case-printed"]
    kept = {path.stem for path in (Path(__file__).parents[2] / "docs/screenshots").glob("*.png")}
    assert kept == {path.stem for path in taken}
    assert all(path.stat().st_size > 20_000 for path in taken)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 800), (390, 844)])
def test_nothing_is_wider_than_the_window(workbench: Workbench, browser: Browser, width: int, height: int) -> None:
    """On an office screen, a small one and a telephone no page scrolls sideways as a whole, and on a telephone columns stand below each other."""
    wide = {}
    for role, paths in (
        ("supervisor", [*PAGES.values(), "/alerts?rule=R01"]),
        ("operator", ["/quality", "/quality/replay?feed=cremation&code=CB-309", "/quality/resume?feed=cremation"]),
    ):
        page = entered(browser, workbench.address, role)
        page.set_viewport_size({"width": width, "height": height})
        for path in paths:
            page.goto(workbench.address + path)
            wide[path] = page.evaluate("document.documentElement.scrollWidth")
        if role == "supervisor":
            page.locator("a.open").first.click()
            page.wait_for_selector("#back")
            wide["case"] = page.evaluate("document.documentElement.scrollWidth")
            left, right = (page.locator(f".columns > .{side}").bounding_box() for side in ("left", "right"))
            assert left
            assert right
            assert (right["y"] >= left["y"] + left["height"]) == (width < 900)
        page.context.close()
    assert {path: found for path, found in wide.items() if found > width} == {}


def test_nothing_breaks_the_content_policy(workbench: Workbench, browser: Browser) -> None:
    """The browser reports no breach on any page, charts and live stream included."""
    page = entered(browser, workbench.address)
    breaches: list[str] = []
    page.on("console", lambda message: breaches.append(message.text) if "Content Security Policy" in message.text else None)
    for path in PAGES.values():
        page.goto(workbench.address + path)
        page.wait_for_timeout(200)
    page.context.close()
    assert breaches == []
