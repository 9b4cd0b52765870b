"""What an identifier can be, and why it cannot be one."""

from enum import StrEnum

import msgspec

from schemas.record_kinds import Document, Sex

__all__ = ["Document", "IdFault", "IdForm", "IdKind", "IdStrength", "Identifier", "Sex"]


class IdKind(StrEnum):
    """The document behind a number, told by the number itself; part of the person key."""

    CITIZEN = "CITIZEN"  # 居民身份证号码, GB 11643-1999
    HMT_PERMIT = "HMT_PERMIT"  # 港澳台居民居住证, 81/82/83 0000
    PR_CARD = "PR_CARD"  # 外国人永久居留身份证 from 2023-12, first character 9
    PR_CARD_OLD = "PR_CARD_OLD"  # the 15-character card before it
    FOREIGN_NUMBER = "FOREIGN_NUMBER"  # 社会保障号码 of a foreigner: country + reserved character + document number
    PASSPORT = "PASSPORT"
    OTHER = "OTHER"  # 军官证 and other documents that no rule of form covers


class IdForm(StrEnum):
    """How the record wrote the number (`id_form` of every event)."""

    FULL_18 = "18"
    OLD_15 = "15"
    OTHER = "other"


class IdStrength(StrEnum):
    """A 15-digit number has no check digit: a typing error in it cannot be seen, so a match on it is WEAK."""

    STRONG = "STRONG"
    WEAK = "WEAK"


class IdFault(StrEnum):
    """Why a text is no identifier. The text itself never enters a message."""

    EMPTY = "EMPTY"
    LENGTH = "LENGTH"
    CHARACTERS = "CHARACTERS"
    CHECKSUM = "CHECKSUM"
    NO_SUCH_DATE = "NO_SUCH_DATE"
    FUTURE_DATE = "FUTURE_DATE"
    BEFORE_1880 = "BEFORE_1880"


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A valid identifier in its one spelling. `number` is personal data: it is sealed, hashed, and never logged."""

    kind: IdKind
    country: str  # issuing country, ISO 3166-1 alpha-3
    number: str
    form: IdForm
    strength: IdStrength
    birth_day: int | None = None  # days since 1970-01-01
    sex: Sex = Sex.UNKNOWN

    def __repr__(self) -> str:
        """Kind and form only: a representation ends up in logs."""
        return f"Identifier(kind={self.kind}, form={self.form}, strength={self.strength})"
