"""The brake: when too much of a feed is refused, the feed stops before it fills the dead letters."""

from msgspec import Struct

from schemas.errors import Code
from schemas.feed_file import BrakeSpec


class Brake(Struct, array_like=True):
    """The last outcomes of one source partition. `recent`: one bit a record, 1 = refused; `run`: refused in a row up to now."""

    recent: bytes = b""
    seen: int = 0
    run: int = 0

    def judge(self, spec: BrakeSpec, *, refused: bool) -> Code | None:
        """Take one outcome; why the feed must stop now, or None."""
        if not refused and not self.recent:
            self.seen, self.run = min(self.seen + 1, spec.window), 0
            return None
        bits = (int.from_bytes(self.recent, "little") << 1 | refused) & ((1 << spec.window) - 1)
        self.recent = bits.to_bytes((bits.bit_length() + 7) >> 3, "little")
        self.seen = min(self.seen + 1, spec.window)
        self.run = self.run + 1 if refused else 0
        if not refused:
            return None
        if self.run >= spec.rejected_run:
            return Code.BRAKE_RUN
        full = self.seen >= spec.window
        return Code.BRAKE_RATIO if full and bits.bit_count() >= spec.rejected_ratio * spec.window else None
