"""A wrong feed file is refused with file, line, field and what is allowed; code maps likewise."""

from pathlib import Path

import pytest

from schemas.code_maps import load_code_maps
from schemas.fact_fields import FIELDS
from schemas.feed_file import HOME, load_feed, load_feeds
from schemas.kinds import Kind, Source
from schemas.strict_yaml import ConfigError

GOOD = """\
feed: sample
about: 样例
department: 测试
source: CARD
topic: canbao.feed.sample
wire: json
partitions: 1
position: {form: column, column: change_no}
before_image: index
tables:
  - name: card
    about: 卡
    events: [CARD_ISSUED]
    key: [card_serial]
    subject: {number: aac002, name: aac003}
    division: issuer_division
    facts:
      - kind: CARD
        fields: {card: card_serial, state: card_state, issued_on: issued_on}
    columns:
      - {name: card_serial, type: varchar(20), about: 卡号, personal: card, required: true}
      - {name: change_no, type: bigint, about: 序号}
      - {name: aac002, type: varchar(32), about: 号码, personal: identifier}
      - {name: aac003, type: varchar(100), about: 姓名, personal: name}
      - {name: card_state, type: varchar(1), about: 状态}
      - {name: issued_on, type: date, about: 发卡日期}
      - {name: issuer_division, type: varchar(12), about: 区划}
principal: sample
"""


def write(folder: Path, text: str) -> Path:
    """A feed file with this text."""
    file = folder / "sample.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_one_department_is_one_principal() -> None:
    """Feeds of one department have one user on Kafka, feeds of two have not."""
    pairs = {(feed.department, feed.principal) for feed in load_feeds().values()}
    assert len(pairs) == len({department for department, _ in pairs}) == len({principal for _, principal in pairs})


def test_the_sample_is_right(tmp_path: Path) -> None:
    """The file that the wrong ones are made from loads."""
    assert load_feed(write(tmp_path, GOOD)).source_code is Source.CARD


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("source: CARD", "source: CARDS", 4, ["source", "'CARDS'", "allowed: UNKNOWN, POLICE"]),
        ("principal: sample", "principal: tax-office", 28, ["principal", "'tax-office'", "[a-z]"]),
        ("wire: json", "wire: xml", 6, ["wire", "debezium-json"]),
        ("wire: json", "wire: debezium-json", 8, ["position.form", "does not fit"]),
        ("partitions: 1", "partitions: 0", 7, ["partitions", "at least 1"]),
        ("column: change_no}", "column: nothing}", 14, ["'nothing' is no column", "card_serial"]),
        ("form: column, column: change_no", "form: column", 8, ["position.column"]),
        ("before_image: index", "before_image: half", 9, ["before_image", "full", "index"]),
        ("topic: canbao.feed.sample", "topics: canbao.feed.sample", 1, ["topics", "topic"]),
        ("key: [card_serial]", "key: [serial]", 14, ["'serial' is no column of table card"]),
        ("key: [card_serial]", "key: []", 14, ["at least one column"]),
        ("number: aac002", "number: aac02", 15, ["'aac02' is no column"]),
        ("personal: identifier", "personal: ''", 15, ["aac002 must be marked personal"]),
        ("kind: CARD", "kind: CARDS", 18, ["'CARDS'", "DEATH_CLAIM"]),
        ("issued_on: issued_on}", "issue_day: issued_on}", 19, ["no field of CARD", "issued_on"]),
        ("card: card_serial, ", "", 19, ["card is missing", "a card's serial"]),
        ("state: card_state", "state: change_no", 19, ["no map of CardState for (CARD, change_no)"]),
        ("state: card_state", "state: {const: OPEN}", 19, ["'OPEN'", "UNKNOWN, ACTIVE, LOST, CLOSED"]),
        ("state: card_state", "state: [card_state, change_no]", 19, ["takes 1 column"]),
        ("issued_on, type: date", "issued_on, type: datetime", 26, ["'datetime'", "timestamptz"]),
        ("    division: issuer_division\n", "", 15, ["needs a subject and a division"]),
        ("    about: 卡\n", "    about: 卡\n    on_delete: drop\n", 13, ["on_delete", "ignore", "annulled"]),
        ("tables:", "horizon: {table: done, division: a, through: b}\ntables:", 10, ["'done' is no table", "card"]),
    ],
)
def test_wrong_files(tmp_path: Path, old: str, new: str, line: int, words: list[str]) -> None:
    """Each fault names the file, the line where it is, the field and what is allowed there."""
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load_feed(write(tmp_path, GOOD.replace(old, new, 1)))
    text = str(caught.value)
    assert text.startswith(f"feeds/sample.yaml:{line}:"), text
    assert all(word in text for word in words), text


def test_every_shipped_feed_loads() -> None:
    """All feeds, each with a horizon: an absence may be judged from each."""
    feeds = load_feeds()
    assert list(feeds) == sorted(path.stem for path in HOME.glob("*.yaml"))
    assert all(feed.horizon for feed in feeds.values())
    assert len({feed.topic for feed in feeds.values()}) == len(feeds)


def test_every_kind_but_identity_has_its_fields() -> None:
    """A new kind of fact needs to say how its fields are read."""
    assert set(FIELDS) == set(Kind) - {Kind.IDENTITY}


def test_one_name_two_meanings() -> None:
    """410 and certificate type 16 mean different things in two systems."""
    maps = load_code_maps()
    assert maps[Source.BUSINESS, "aae140", "Scheme"].values["410"] != maps[Source.MEDICAL, "insutype", "Scheme"].values["410"]
    assert maps[Source.BUSINESS, "aac058", "Document"].values["16"] != maps[Source.MEDICAL, "psn_cert_type", "Document"].values["16"]
