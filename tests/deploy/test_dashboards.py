"""Dashboards: written from the table, no panel points at a metric that does not exist."""

import json
from pathlib import Path

import pytest

from schemas.dashboards import COLUMNS, Dashboard, dashboard_json, load_dashboards
from schemas.strict_yaml import ConfigError
from tests.deploy.promql import exported, names_in

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/grafana/dashboards"
DASHBOARDS = load_dashboards()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_every_name_is_a_metric_of_canbao(dashboard: Dashboard) -> None:
    """A renamed or deleted metric fails here."""
    for panel in dashboard.panels:
        for query in panel.queries:
            names = names_in(query.expr)
            assert names, query.expr
            assert names <= exported(), (panel.title, names - exported())


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_panels_lie_side_by_side(dashboard: Dashboard) -> None:
    """No two panels overlap, none leaves the grid, ids are unique."""
    panels = json.loads(dashboard_json(dashboard))["panels"]
    places = [panel["gridPos"] for panel in panels]
    cells = [(x, place["y"]) for place in places for x in range(place["x"], place["x"] + place["w"])]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < COLUMNS
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_four_dashboards_are_there_and_no_other() -> None:
    """总览, 数据源, 处理, 投递; a file goes when its entry goes."""
    assert [one.title.split()[-1] for one in DASHBOARDS] == ["总览", "数据源", "处理", "投递"]
    assert {path.stem for path in FOLDER.glob("*.json")} == {one.uid for one in DASHBOARDS}


def test_a_panel_wider_than_the_grid_is_refused(tmp_path: Path) -> None:
    """File, field and what is allowed."""
    file = tmp_path / "dashboards.yaml"
    panel = "{title: t, kind: STAT, width: 25, unit: none, about: a, queries: []}"
    file.write_text(f"dashboards: [{{uid: u, title: t, about: a, panels: [{panel}]}}]\n")
    with pytest.raises(ConfigError, match=r"width.*1 to 24"):
        load_dashboards(file)
