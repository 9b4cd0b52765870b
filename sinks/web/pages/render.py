"""Turning values into a page."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from sinks.desk.brief import Brief, decode_brief, encode_brief
from sinks.web import wording
from sinks.web.rights import Right

ROWS_KEPT = 20_000
HOME = Path(__file__).parents[1]
MENU = (
    ("/", "总览", Right.OVERVIEW),
    ("/alerts", "预警", Right.CASES),
    ("/quality", "数据质量", Right.QUALITY),
    ("/rules", "规则目录", Right.RULES),
    ("/lookup", "查号", Right.LOOK_UP),
    ("/lookup/bulk", "批量查号", Right.BULK),
)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HOME / "views"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        "label",
        "division_zh",
        "day_zh",
        "day_iso",
        "month_zh",
        "span_zh",
        "yuan",
        "clock_zh",
        "short_key",
        "labels",
        "look_up_reason_zh",
    ):
        made.globals[name] = getattr(wording, name)
    made.filters["data"] = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return made


ENVIRONMENT = _environment()


@lru_cache(maxsize=ROWS_KEPT)
def _row(template: str, packed: bytes, as_of: int) -> Markup:
    return Markup(text_of(template, alert=decode_brief(packed), as_of=as_of))  # noqa: S704 - a rendered template, escaped already


def list_row(alert: Brief, as_of: int) -> Markup:
    """A row of the list. Clerks look at the same rows all day: what was rendered once is kept."""
    return _row("list_row.html", encode_brief(alert), as_of)


def live_row(alert: Brief) -> Markup:
    """A row of the table of arrivals."""
    return _row("live_row.html", encode_brief(alert), 0)


ENVIRONMENT.globals |= {"list_row": list_row, "live_row": live_row}


def text_of(template: str, **values: Any) -> str:
    """A fragment of a page."""
    return ENVIRONMENT.get_template(template).render(**values)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, with the menu of the user's rights."""
    session = getattr(request.state, "session", None)
    user = session.user if session else None
    menu = [(path, name) for path, name, right in MENU if user and user.may(right)]
    head = {"user": user, "csrf": session.csrf if session else "", "menu": menu, "path": request.url.path}
    return HTMLResponse(text_of(template, **head, **request.app.state.parts.page_globals, **values), status_code=status)
