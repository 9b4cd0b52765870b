"""What a message changed, as bits: one for each kind of fact; where only money moved, one for each kind and scheme family.

What a rule reads is a mask over the same bits, so that whether it is touched is one operation.
"""

from collections.abc import Iterable

from processors.person.families import WHOLE, family_of
from processors.person.sections import KIND_OF
from schemas.facts import AnyFact, ContribRefund, Contribution
from schemas.kinds import Kind

_WIDTH = 4
_EVERY_FAMILY = 0b1110
_BY_FAMILY = frozenset({Kind.CONTRIBUTION, Kind.CONTRIB_REFUND})
_FIRST_BIT = {kind: 1 << (int(kind) * _WIDTH) for kind in Kind}
_MONEY: frozenset[type] = frozenset({Contribution, ContribRefund})
_BIT_OF = {member: _FIRST_BIT[kind] for member, kind in KIND_OF.items()}


def change_of(fact: AnyFact) -> int:
    """The bit of a fact that changed."""
    bit = _BIT_OF[type(fact)]
    return bit << family_of(fact.scheme) if type(fact) in _MONEY else bit  # type: ignore[union-attr]  # the type was looked at


def changes_in(kinds: Iterable[Kind], family: int = WHOLE) -> int:
    """The bits of all facts of these kinds; of money only that of one family, where one is given."""
    mask = 0
    for kind in kinds:
        bit = _FIRST_BIT[kind]
        if kind in _BY_FAMILY:
            bit = bit << family if family else bit * _EVERY_FAMILY
        mask |= bit
    return mask
