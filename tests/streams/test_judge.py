"""`canbao judge` as somebody meets it who writes a scenario and makes a mistake: file, scenario, step, field and what is allowed, never the value."""

import copy
from pathlib import Path
from typing import Any

import pytest

from processors.scenario.fields import ScenarioError
from processors.scenario.run import run_scenario
from schemas.policy import load_policy
from streams.cli.judge import scenarios
from streams.cli.judge_raw import RawRecords
from streams.cli.main import run

ACCEPTANCE = Path(__file__).parents[1] / "acceptance"
NUMBER = "379999194811200016"
"""A number of a test division: whatever a mistake looks like, it must not be shown."""
POLICY = load_policy()


def judged(*arguments: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `canbao judge`."""
    monkeypatch.setattr("sys.argv", ["canbao", "judge", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        run()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def scenario(step: str, more: str = "") -> str:
    """A scenario of two steps, the second as given."""
    return f"name: 试写\n{more}steps:\n- {{at: 2024-01-01, event: ENROL_START, scheme: 170, record: a, state: DRAWING}}\n- {{at: 2024-05-10, {step}}}\n"


WRONG_STEPS = [
    (f"event: '{NUMBER}'", ["event: found a text of 18 characters; allowed: ACCOUNT_BALANCE, BENEFIT_ENDED"]),
    ("event: NOPE", ["event: found a text of 4 characters", "CREMATED"]),
    ("evnt: CREMATED, died_on: 2024-05-09", ["evnt: no such field; allowed: at, expect", "one of event, record, decision"]),
    ("event: CREMATED, died_on: 2024-13-45", ["died_on: found a text of 10 characters; allowed: a date that exists, YYYY-MM-DD"]),
    ("event: CREMATED, dead_on: 2024-05-01", ["dead_on: DeathClaim has no such field; allowed: certificate, died_on"]),
    ("event: CREMATED, source: 3", ["source: DeathClaim has no such field"]),
    ("event: BENEFIT_PAID, record: a, month: 202413", ["month: found a whole number; allowed: a month YYYYMM"]),
    ("event: BENEFIT_PAID, record: a, month: 202406..202401", ["a range runs forward"]),
    ("event: BENEFIT_PAID, record: a, month: 202404, amount: 10.123", ["amount: found a number; allowed: an amount in yuan"]),
    ("event: BENEFIT_PAID, record: a, month: 202404, leg: PAYED", ["leg: found a text of 5 characters; allowed: ", "PAID"]),
    ("event: ENROL_START, scheme: pension, record: b", ["scheme: found a text of 7 characters; allowed: a scheme's code"]),
    ("event: ENROL_START, scheme: 110, record: [b]", ["record: found a list; allowed: one text"]),
    ("event: CREMATED, change: UNDONE", ["change: found a text of 6 characters; allowed: ANNULLED, CORRECTED, CREATED, DELETED, ENDED"]),
    (f"event: CREMATED, person: '{NUMBER}'", ["person: found a text of 18 characters; allowed: a label that `persons` has"]),
    ("event: CREMATED, feed: nosuch", ["feed: found a text of 6 characters; allowed: business, canonical, card, cremation"]),
    ("expect: [{rule: R99}]", ["expect.rule: found a text of 3 characters; allowed: R01, R01A"]),
    ("expect: [{rule: R01, levle: ALERT}]", ["expect.levle: found a text of 5 characters; allowed: a field of the alert"]),
    ("expect: {rule: R01}", ["expect: found a mapping; allowed: a list"]),
    ("published: [{rule: R01, amount_yuan: many}]", ["published.amount_yuan: found a text of 4 characters"]),
    ("record: {a: 1}", ["feed: found nothing; allowed: business, canonical, card, cremation"]),
    ("feed: business, table: nosuch, record: {a: 1}", ["table: found a text of 6 characters; allowed: ", "enrolment"]),
    (f"feed: death_certificate, record: {{id_no: '{NUMBER}9'}}", ["record.", "intake of death_certificate refuses it: CB-", "allowed: "]),
    ("decision: STOP, alert: R01", ["alert: rule names 0 alerts, a decision is about one"]),
    ("decision: CHECK, alert: R01, because: x", ["because: no such field; allowed: alert, at, code"]),
    ("decision: CHECK, event: CREMATED", ["decision: stands beside `event`; allowed: one of them"]),
]


@pytest.mark.parametrize(("step", "says"), WRONG_STEPS)
def test_a_mistake_in_a_step_is_named(
    step: str, says: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """File and line, scenario, step, field, kind of value, what is allowed; exit 2; no value."""
    file = tmp_path / "mine.yaml"
    file.write_text(scenario(step), encoding="utf-8")
    code, _, text = judged(file, capsys=capsys, monkeypatch=monkeypatch)
    assert code == 2
    assert text.startswith(f"CB-702: {file}:4: scenario 1 (试写): step 2 (2024-05-10): ")
    assert [part for part in says if part not in text] == [], text
    assert NUMBER not in text


WRONG_SCENARIOS = [
    ("name: x\nsteps:\n- {event: CREMATED}\n", ":3: scenario 1 (x): step 1: at: found nothing; allowed: a date, YYYY-MM-DD"),
    (
        "name: x\nsteps:\n- {at: 2024-02-30}\n",
        ":3: scenario 1 (x): step 1 (2024-02-30): at: found a text of 10 characters; allowed: a date that",
    ),
    (
        "steps:\n- {at: 2024-02-02}\n- {at: 2024-02-01}\n",
        ":3: scenario 1: step 2 (2024-02-01): at: is before the step above it; allowed: from 2024-02-02",
    ),
    ("name: x\nstep:\n- {at: 2024-02-01}\n", ":2: scenario 1 (x): step: no such field; allowed: expect, feeds, horizons, name"),
    ("name: x\nsteps: []\n", ":2: scenario 1 (x): steps: is missing or empty; allowed: a list of steps"),
    ("steps:\n- {at: 2024-02-01}\nuntil: soon\n", ":3: scenario 1: until: found a text of 4 characters; allowed: a date that"),
    ("rules: [R1]\nsteps:\n- {at: 2024-02-01}\n", ":1: scenario 1: rules: found a text of 2 characters; allowed: R01, "),
    ("feeds: [nosuch]\nsteps:\n- {at: 2024-02-01}\n", ":1: scenario 1: feeds: found a text of 6 characters; allowed: business, "),
    (
        "horizons: {nosuch: 2024-01-01}\nsteps:\n- {at: 2024-02-01}\n",
        ":1: scenario 1: horizons: found a text of 6 characters; allowed: feed or",
    ),
    ("persons: {a: {sex: X}}\nsteps:\n- {at: 2024-02-01}\n", ":1: scenario 1: persons.sex: found a text of 1 characters; allowed: M, F"),
    ("scenarios:\n- {steps: [{at: 2024-01-01}]}\n- {steps: 3}\n", ":3: scenario 2: steps: found a whole number; allowed: a list"),
    ("scenarios:\n- just a text\n", ":2: found a text of 11 characters; allowed: a scenario, a mapping with `steps`"),
    ("scenarios: {}\n", ":1: scenarios: found a mapping; allowed: a list"),
    ("scenarios: []\n", ": holds no scenario"),
    ("", ": holds no scenario"),
    ("# only a remark\n---\n", ": holds no scenario"),
    ("just a text\n", ":1: found a text of 11 characters; allowed: a scenario, a mapping with `steps`"),
    ("name: x\nsteps: [{at: 2024-01-01}\n", ":3: (yaml): did not find expected ',' or ']'"),
    ("name: *nobody\n", ":1: (yaml): found undefined alias"),
    ("name: x\nname: y\n", ":2: name: is given twice"),
    ("name: {{x}}\n", ":1: name: has a key that is no text"),
]


@pytest.mark.parametrize(("content", "says"), WRONG_SCENARIOS)
def test_a_mistake_in_a_file_is_named(
    content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no scenario, or no YAML, or nothing at all."""
    file = tmp_path / "mine.yaml"
    file.write_text(content, encoding="utf-8")
    code, out, text = judged(file, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out) == (2, "")
    assert text.startswith(f"CB-702: {file}{says}"), text


def test_a_file_that_is_no_text_an_empty_folder_and_a_mistyped_path_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run over nothing is no success."""
    binary = tmp_path / "mine.yaml"
    binary.write_bytes(b"name: x\n\xff\xfe\x00")
    assert judged(binary, capsys=capsys, monkeypatch=monkeypatch) == (
        2,
        "",
        f"CB-702: {binary}:2: (file): cannot be read as UTF-8 text (UnicodeDecodeError)\n",
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    code, out, text = judged(empty, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out) == (2, "")
    assert text == f"CB-702: {empty}: this folder has no scenario; looked for: *.yaml, *.yml\n"
    code, _, text = judged(tmp_path / "nosuch.yaml", capsys=capsys, monkeypatch=monkeypatch)
    assert code == 2
    assert "does not exist" in text


def test_what_fits_passes_and_what_differs_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 0 and the count; exit 1 and the difference, brackets of a name and all."""
    file = tmp_path / "mine.yaml"
    file.write_text(scenario("event: CREMATED, died_on: 2024-05-09, expect: [{rule: R17}]").replace("试写", "'[试写]'"), encoding="utf-8")
    code, out, _ = judged("--quiet", file, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, out) == (0, "1 of 1 scenario passed\n")
    file.write_text(scenario("event: CREMATED, died_on: 2024-05-09, expect: [{rule: R11}]").replace("试写", "'[i]试写'"), encoding="utf-8")
    code, out, _ = judged("--quiet", file, capsys=capsys, monkeypatch=monkeypatch)
    assert code == 1
    assert "mine.yaml: [i]试写: step 2 (2024-05-10)" in out
    assert "expected: premise=HOLDS, rule=R11" in out


ODD: list[Any] = [None, True, -1, 2**40, "NOPE", [1], {"a": 1}]


SHORT = """
name: x
persons: {a: {birth: 1948-11-20, sex: F, division: 370116, name: a}}
rules: [R01A]
feeds: [education]
horizons: {tax_contribution@370102: 2024-04-30}
steps:
- {at: 2024-05-09, event: BENEFIT_START, person: a, record: a, scheme: 170, row: b, version: 1, id_form: 18, division: 370116, state: PAYABLE}
- {at: 2024-05-10, event: CREMATED, person: a, died_on: 2024-05-10, change: CREATED, published: [{rule: R01A, months: [], as_of: 2024-05-10}]}
- {at: 2024-05-10, event: BENEFIT_PAID, person: a, record: a, month: 202405, amount: 1.5, leg: PAID, expect: [{rule: R01A}]}
- {at: 2024-05-10, decision: CHECK, person: a, alert: R01A, until: 2024-06-01, role: x, id: y, seen_revision: 1, division: 370116, result: NOT_ALLOWED}
until: 2024-05-12
expect: [{rule: R01A, amount_yuan: 0, text_has: x}]
"""


@pytest.mark.parametrize("file", ["short", "s03_raw_records.yaml"])
def test_no_value_of_any_field_crashes(file: str, tmp_path: Path) -> None:
    """Each field of a scenario, its persons and its steps, given each odd kind of value in turn: it runs or is refused by name."""
    (tmp_path / "short").write_text(SHORT, encoding="utf-8")
    original = scenarios([tmp_path / file if file == "short" else ACCEPTANCE / file])[0].scenario
    run_scenario(original, POLICY, RawRecords())
    places = [
        (),
        *(("steps", index) for index in range(len(original["steps"]))),
        *(("persons", name) for name in original.get("persons", {})),
    ]
    refused = 0
    for place in places:
        for name in _at(original, place):
            for value in ODD:
                changed = copy.deepcopy(original)
                _at(changed, place)[name] = value
                try:
                    run_scenario(changed, POLICY, RawRecords())
                except ScenarioError:
                    refused += 1
    assert refused > 50


def _at(of: Any, place: tuple[Any, ...]) -> dict[str, Any]:
    for step in place:
        of = of[step]
    found: dict[str, Any] = of
    return found
