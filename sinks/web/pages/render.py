"""Turning values into a page."""

import json
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sinks.web import wording
from sinks.web.rights import Right

HOME = Path(__file__).parents[1]
MENU = (
    ("/", "总览", Right.OVERVIEW),
    ("/alerts", "预警", Right.CASES),
    ("/quality", "数据质量", Right.QUALITY),
    ("/rules", "规则目录", Right.RULES),
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
        "yuan_short",
        "clock_zh",
        "short_key",
        "labels",
    ):
        made.globals[name] = getattr(wording, name)
    made.filters["data"] = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return made


ENVIRONMENT = _environment()


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
