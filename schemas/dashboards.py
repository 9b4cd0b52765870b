"""Grafana dashboards from `schemas/dashboards.yaml`: panels flow over a grid of 24 columns, each says what it shows."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from schemas.strict_yaml import read_table

HOME = Path(__file__).parent / "dashboards.yaml"
COLUMNS = 24
ROW_HEIGHT = 8
SCHEMA_VERSION = 39
"""Of Grafana 11; newer ones migrate it by themselves."""
DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
TYPES = {"STAT": "stat", "SERIES": "timeseries", "TABLE": "table"}


class Query(Struct, forbid_unknown_fields=True, frozen=True):
    """One PromQL expression and how its series are named."""

    expr: str
    legend: str


class Panel(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One picture. `may_be_empty`: why a healthy installation may show nothing; empty text: it never may."""

    title: str
    kind: Literal["STAT", "SERIES", "TABLE"]
    width: int
    unit: str
    about: str
    queries: list[Query]
    may_be_empty: str = ""


class Dashboard(Struct, forbid_unknown_fields=True, frozen=True):
    """One page of panels."""

    uid: str
    title: str
    about: str
    panels: list[Panel]


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    dashboards: list[Dashboard]


@cache
def load_dashboards(path: Path = HOME) -> tuple[Dashboard, ...]:
    """All dashboards, in file order; ConfigError names file, line, field and what is allowed."""
    table = read_table(path)
    found = table.convert(_File).dashboards
    for index, dashboard in enumerate(found):
        for number, panel in enumerate(dashboard.panels):
            if not 1 <= panel.width <= COLUMNS:
                raise table.fault(f"$.dashboards[{index}].panels[{number}].width", f"must be 1 to {COLUMNS}")
    return tuple(found)


def dashboard_json(dashboard: Dashboard) -> str:
    """The file that Grafana provisions."""
    variable = {"name": "datasource", "label": "数据源", "type": "datasource", "query": "prometheus", "hide": 0}
    whole = {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": ["canbao"],
        "timezone": "Asia/Shanghai",
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [variable]},
        "links": [{"type": "dashboards", "tags": ["canbao"], "title": "参保", "asDropdown": True}],
        "panels": _panels(dashboard.panels),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _panels(panels: list[Panel]) -> list[dict[str, Any]]:
    """Left to right, a new row where the next does not fit."""
    made, x, y = [], 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + ROW_HEIGHT
        made.append(_panel(number, panel, {"x": x, "y": y, "w": panel.width, "h": ROW_HEIGHT}))
        x += panel.width
    return made


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    instant = panel.kind != "SERIES"
    return {
        "id": number,
        "type": TYPES[panel.kind],
        "title": panel.title,
        "description": panel.about,
        "datasource": DATA_SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, **({"noValue": "无"} if panel.may_be_empty else {})}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": DATA_SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend,
                "instant": instant,
                "range": not instant,
                **({"format": "table"} if panel.kind == "TABLE" else {}),
            }
            for index, query in enumerate(panel.queries)
        ],
    }
