"""Pictures of every page of a running workbench: `python -m tests.web.screens ADDRESS FOLDER`; the test takes the same of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from demo.servers.process import ServerUnavailable

CHROMIUM = Path("/usr/bin/chromium")
WINDOW = {"width": 1366, "height": 768}
PAGES = {
    "overview": "/",
    "alerts": "/alerts?sort=severity",
    "quality": "/quality",
    "rules": "/rules",
    "lookup": "/lookup",
    "bulk": "/lookup/bulk",
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium of the system; ServerUnavailable where there is none."""
    if not CHROMIUM.is_file():
        raise ServerUnavailable("Chromium", "install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def entered(browser: Browser, address: str, role: str = "supervisor", division: int = 370100) -> Page:
    """A page of a window of its own, signed in; a script error or a breach of the content policy fails it."""
    page = browser.new_context(viewport=WINDOW, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()  # type: ignore[arg-type]  # Playwright's own TypedDict, here a plain mapping
    page.on("pageerror", _fail)
    page.goto(f"{address}/signin/start")
    page.select_option("select[name=role]", role)
    page.select_option("select[name=division]", str(division))
    page.click("main button[type=submit]")
    page.wait_for_selector("#figures")
    return page


def _fail(error: Exception) -> None:
    raise AssertionError(f"script error: {error}")


def take(browser: Browser, address: str, folder: Path) -> list[Path]:
    """One picture a page, and the case page printed."""
    supervisor, steward = entered(browser, address), entered(browser, address, "steward")
    taken = []
    for name, path in PAGES.items():
        page = steward if name == "quality" else supervisor
        page.goto(address + path)
        if name == "overview":
            page.wait_for_selector("[data-drawn]")
            page.get_by_text("实时更新中").wait_for()
        taken.append(folder / f"{name}.png")
        page.screenshot(path=taken[-1])
    steward.locator("a.button", has_text="重放…").first.click()  # a dead letter must wait
    steward.wait_for_selector("#count")
    taken.append(folder / "mend.png")
    steward.screenshot(path=taken[-1])
    steward.context.close()
    page = supervisor
    page.goto(f"{address}/alerts?rule=R01")
    page.locator("a.open").first.click()
    page.wait_for_selector("#back")
    page.evaluate("scrollTo(0, 0)")
    taken.append(folder / "case.png")
    page.screenshot(path=taken[-1])
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    taken.append(folder / "case-printed.png")
    page.screenshot(path=taken[-1])
    page.context.close()
    return taken


if __name__ == "__main__":
    with chromium() as found:
        for picture in take(found, sys.argv[1], Path(sys.argv[2])):
            sys.stdout.write(f"{picture}\n")
