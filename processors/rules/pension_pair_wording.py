"""What R06 and R19 say alike about two pension records that paid for the same months."""

from processors.person.drawing import Drawing
from processors.person.pension_pair import Pair
from processors.rules.wording import month_zh, months_zh, scheme_zh, yuan_zh
from schemas.facts import Fact

EVIDENCE_MAX = 8  # legs and recoveries shown of each record, the newest: both sides fit into one alert
_SHORT = 8


def label_zh(drawing: Drawing, division: int) -> str:
    """A record as a clerk finds it: scheme, division, since when."""
    since = f"，自{month_zh(drawing.first_month)}起" if drawing.first_month else ""
    return f"{scheme_zh(drawing.record.scheme)}（{division}{since}）"


def name_of(drawing: Drawing, other: Drawing, division: int) -> str:
    """A record for `keep` and `clear`: the scheme; scheme@division where both are of one scheme; its hash where even these are equal."""
    if drawing.record.scheme != other.record.scheme:
        return str(drawing.record.scheme)
    name = f"{drawing.record.scheme}@{division}"
    return name if drawing.record.place != other.record.place else f"{name}#{drawing.record.record.hex()[:_SHORT]}"


def sums_zh(pair: Pair, division_one: int, division_two: int) -> str:
    """What each side paid in the shared months."""
    sides = ((pair.one, division_one), (pair.two, division_two))
    parts = [f"{label_zh(drawing, division)}发放{yuan_zh(drawing.sum_fen(pair.months))}" for drawing, division in sides]
    return f"{months_zh(pair.months)}共{len(pair.months)}个月，" + "，".join(parts)


def pair_evidence(pair: Pair) -> list[tuple[Fact, str]]:
    """Both records, the legs of the shared months and what came back for them."""
    found: list[tuple[Fact, str]] = []
    for drawing in (pair.one, pair.two):
        legs = [leg for leg in drawing.legs if drawing.lumped or leg.month in pair.months]
        back = [one for one in drawing.recoveries if not one.month or one.month in pair.months]
        found.append((drawing.record, "state"))
        found += [(leg, "month") for leg in legs[-EVIDENCE_MAX:]]
        found += [(one, "amount_fen") for one in back[-EVIDENCE_MAX:]]
    return found
