"""Looks for canaries in bytes, whatever encoding they are in: digits by their runs, names by their mark, hex, base64, URL and JSON escapes undone."""

import base64
import re
import urllib.parse
from collections.abc import Iterable, Iterator

MARK = "㐀㐱㑇"
"""Every canary's name begins with it: characters of CJK extension A, which nobody's test data holds."""
NUMBER, NUMBER_15, TAIL, ACCOUNT = 18, 15, 12, 19
DEPTH = 2

_DIGITS = re.compile(rb"[0-9](?:\x00?[0-9]){10,}(?:\x00?[Xx])?")
_NAMES = re.compile(b"|".join(re.escape(MARK.encode(one)) for one in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")))
_HEX = re.compile(rb"[0-9a-fA-F]{16,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_URL = re.compile(rb"(?:[0-9A-Za-z_.~-]*%[0-9A-Fa-f]{2}){3,}[0-9A-Za-z_.~-]*")
_JSON = re.compile(rb"(?:[0-9A-Za-z]*\\u[0-9A-Fa-f]{4}){3,}[0-9A-Za-z]*")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class Canaries:
    """What must be found nowhere. Numbers in 18 characters; forms of 15 digits and the last 12 characters follow from them."""

    def __init__(self, numbers: Iterable[str], accounts: Iterable[str]) -> None:
        self.numbers = {one.upper() for one in numbers}
        self.accounts = set(accounts)
        self._by_length = {
            NUMBER: self.numbers,
            NUMBER_15: {one[:6] + one[8:17] for one in self.numbers},
            TAIL: {one[6:] for one in self.numbers},
            ACCOUNT: self.accounts,
        }

    def found_in(self, blob: bytes, depth: int = DEPTH) -> str:
        """What is in these bytes, with the way to it, such as `base64 number`; empty where nothing is."""
        for match in _DIGITS.finditer(blob):
            kind = self._in_digits(match.group().replace(b"\x00", b"").decode("ascii").upper())
            if kind:
                return kind
        if _NAMES.search(blob):
            return "name"
        if depth:
            for way, inner in _undone(blob):
                kind = self.found_in(inner, depth - 1)
                if kind:
                    return f"{way} {kind}"
        return ""

    def _in_digits(self, run: str) -> str:
        for length, kind in ((NUMBER, "number"), (ACCOUNT, "account"), (NUMBER_15, "number of 15 digits"), (TAIL, "end of a number")):
            wanted = self._by_length[length]
            if any(run[start : start + length] in wanted for start in range(len(run) - length + 1)):
                return kind
        return ""


def _undone(blob: bytes) -> Iterator[tuple[str, bytes]]:
    for match in _HEX.finditer(blob):
        for run in (match.group(), match.group()[1:]):
            yield "hex", bytes.fromhex(run[: len(run) // 2 * 2].decode("ascii"))
    for match in _BASE64.finditer(blob):
        run = match.group().translate(_TO_STANDARD)
        for start in range(4):
            part = run[start:]
            yield "base64", base64.b64decode(part[: len(part) // 4 * 4])
            if len(part) % 4 > 1:
                yield "base64", base64.b64decode(part + b"=" * (4 - len(part) % 4))
    if b"%" in blob:
        for match in _URL.finditer(blob):
            yield "url", urllib.parse.unquote_to_bytes(match.group())
    if b"\\u" in blob:
        for match in _JSON.finditer(blob):
            yield "json", match.group().decode("unicode_escape").encode("utf-8", "replace")
