"""Social-security card serial (社保卡号): opaque, changes when a card is issued again, never a person key."""

import re

from processors.identity.kinds import IdFault
from processors.identity.text import normalise_number

SHAPE = re.compile(r"[A-Z0-9]{8,20}", re.ASCII)


def read_card_serial(raw: str) -> str | IdFault:
    """The serial in its one spelling, or its fault."""
    serial = normalise_number(raw)
    if not serial:
        return IdFault.EMPTY
    return serial if SHAPE.fullmatch(serial) else IdFault.CHARACTERS
