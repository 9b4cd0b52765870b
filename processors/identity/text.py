"""How an identifier or a name is written, before anyone asks what it means."""

import re
import unicodedata
from collections.abc import Mapping

INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]+"
)
NAME_JOINERS = re.compile("[\\s·•‧∙⋅・.。\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]+")


def normalise_number(raw: str) -> str:
    """The one spelling of an identifier: NFKC (full-width digits), no blanks, no zero-width characters, no BOM, upper case (x → X)."""
    if raw.isascii() and raw.isalnum():
        return raw.upper()
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", raw)).upper()


def normalise_name(raw: str, variants: Mapping[int, str]) -> str:
    """The one spelling of a name for comparison: NFKC, blanks and · removed, variant characters replaced, Latin letters upper case."""
    return NAME_JOINERS.sub("", unicodedata.normalize("NFKC", raw)).upper().translate(variants)
