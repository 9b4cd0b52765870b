"""Numbers and names of synthetic people and employers: valid in form, and never a real one."""

import datetime as dt
from dataclasses import dataclass, replace
from random import Random

from processors.identity.citizen import LENGTH_18, check_character, widen
from processors.identity.credit_code import ALPHABET
from processors.identity.credit_code import check_character as credit_check

AREA = "379999"
"""An area code that was never assigned, so a generated number can't be a living person's."""
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂华玉兰红建国志文海燕春梅鹏飞宁晨曦嘉雨欣子涵浩然"
MALE, FEMALE = 1, 2


@dataclass(frozen=True, slots=True)
class Who:
    """A person as a record writes them down. `number` is the identity number in the form that the record has."""

    number: str
    name: str
    sex: int
    birth: dt.date

    def named(self, name: str) -> "Who":
        """The same number under another name."""
        return replace(self, name=name)

    @property
    def full_number(self) -> str:
        """The number in eighteen characters."""
        return self.number if len(self.number) == LENGTH_18 else widen(self.number)

    def in_15_digits(self) -> "Who":
        """The same person under the first-generation number: no century, no check character."""
        return replace(self, number=self.number[:6] + self.number[8:17])


class Registry:
    """Gives out numbers, each one once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._last: dict[tuple[dt.date, int], int] = {}
        self._employers = 0

    def person(self, birth: dt.date, sex: int) -> Who:
        """A new person born on that day; the sequence number is odd for men."""
        before = self._last.get((birth, sex), 0)
        sequence = before + 2 if before else sex
        self._last[(birth, sex)] = sequence
        first_17 = f"{AREA}{birth:%Y%m%d}{sequence:03d}"
        return Who(first_17 + check_character(first_17), self.name(), sex, birth)

    def name(self) -> str:
        """A name of two or three characters."""
        return self._rng.choice(SURNAMES) + "".join(self._rng.sample(GIVEN, self._rng.choice((1, 2, 2))))

    def employer(self) -> str:
        """A unified social credit code of an enterprise."""
        self._employers += 1
        digits = "".join(ALPHABET[self._employers // 31**power % 31] for power in range(5, -1, -1))
        first_17 = f"91{AREA}MA3{digits}"
        return first_17 + credit_check(first_17)
