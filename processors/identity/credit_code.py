"""Unified social credit code (统一社会信用代码), GB 32100-2015: the key of an employer, one-man businesses (92…) included."""

import re

from processors.identity.kinds import IdFault
from processors.identity.text import normalise_number

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z; the value of a character is its index
WEIGHTS = tuple(pow(3, power, 31) for power in range(17))
VALUE = {character: value for value, character in enumerate(ALPHABET)}
LENGTH = 18
SHAPE = re.compile(rf"[{ALPHABET}]{{18}}", re.ASCII)


def check_character(first_17: str) -> str:
    """The 18th character: (31 − sum mod 31) **mod 31**; without the outer mod every code that ends in 0 is refused."""
    return ALPHABET[(31 - sum(VALUE[character] * weight for character, weight in zip(first_17, WEIGHTS, strict=True)) % 31) % 31]


def read_credit_code(raw: str) -> str | IdFault:
    """The code in its one spelling, or its fault. A letter as authority (N 农业, A 军队, Y 其他) is valid. Faults are members of IdFault."""
    code = normalise_number(raw)
    if not code:
        return IdFault.EMPTY
    if len(code) != LENGTH:
        return IdFault.LENGTH
    if SHAPE.fullmatch(code) is None:
        return IdFault.CHARACTERS
    return code if check_character(code[:17]) == code[17] else IdFault.CHECKSUM
