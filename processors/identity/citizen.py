"""Citizen identity number (公民身份号码), GB 11643-1999, and the cards that share its structure.

`AAAAAA YYYYMMDD SSS C`: C is ISO 7064 MOD 11-2 over the first 17 digits, SSS is odd for men. Checksum and date decide alone; the area is
never checked here, because the number keeps the code that the county had when it was issued (371725 with a birth in 1955 is genuine).
"""

import datetime as dt
import re
from functools import lru_cache
from operator import mul

from processors.identity.kinds import Identifier, IdFault, IdForm, IdKind, IdStrength, Sex

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
ZERO_SUM = ord("0") * sum(WEIGHTS)  # what the digits' character codes add to the sum
SHAPE_18 = re.compile(r"[1-9][0-9]{16}[0-9X]")
SHAPE_15 = re.compile(r"[1-9][0-9]{14}")
BORN_IN_1800S = ("996", "997", "998", "999")  # sequence numbers reserved for people born before 1900
FIRST_BIRTH_YEAR = 1880
EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
LENGTH_18 = 18
HMT_AREAS = {"810000": "HKG", "820000": "MAC", "830000": "TWN"}


def check_character(first_17: str) -> str:
    """The 18th character for 17 digits."""
    return CHECK_CHARACTERS[(sum(map(mul, first_17.encode(), WEIGHTS)) - ZERO_SUM) % 11]


@lru_cache(maxsize=65_536)
def birth_day_of(digits: str) -> int | IdFault:
    """Days since 1970 of a YYYYMMDD text, or why it is no birth date."""
    try:
        born = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return IdFault.NO_SUCH_DATE
    return born.toordinal() - EPOCH_ORDINAL if born.year >= FIRST_BIRTH_YEAR else IdFault.BEFORE_1880


def read_18(number: str, as_of_day: int) -> Identifier | IdFault:
    """An 18-character number in its one spelling: citizen, 港澳台 permit (area 81/82/83 0000) or new permanent residence card (first digit 9).

    Args:
        number: as `normalise_number` returns it.
        as_of_day: days since 1970; a birth after it is a fault.
    """
    if len(number) != LENGTH_18:
        return IdFault.LENGTH
    if SHAPE_18.fullmatch(number) is None:
        return IdFault.CHARACTERS
    if check_character(number[:17]) != number[17]:
        return IdFault.CHECKSUM
    born = birth_day_of(number[6:14])
    if isinstance(born, IdFault):
        return born
    if born > as_of_day:
        return IdFault.FUTURE_DATE
    kind, country = _kind_and_country(number)
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return Identifier(kind, country, number, IdForm.FULL_18, IdStrength.STRONG, born, sex)


def read_15(number: str, as_of_day: int) -> Identifier | IdFault:
    """A first-generation 15-digit number as its 18-character form, WEAK until a second attribute agrees; never written back as 15."""
    if SHAPE_15.fullmatch(number) is None:
        return IdFault.CHARACTERS
    widened = read_18(widen(number), as_of_day)
    if isinstance(widened, IdFault):
        return widened
    return Identifier(widened.kind, widened.country, widened.number, IdForm.OLD_15, IdStrength.WEAK, widened.birth_day, widened.sex)


def widen(number_15: str) -> str:
    """15 → 18: the century after character 6 (18 for sequences 996–999, else 19), then the check character."""
    century = "18" if number_15[12:] in BORN_IN_1800S else "19"
    first_17 = number_15[:6] + century + number_15[6:]
    return first_17 + check_character(first_17)


def _kind_and_country(number: str) -> tuple[IdKind, str]:
    area = HMT_AREAS.get(number[:6])
    if area is not None:
        return IdKind.HMT_PERMIT, area
    if number[0] == "9":
        return IdKind.PR_CARD, "CHN"
    return IdKind.CITIZEN, "CHN"
