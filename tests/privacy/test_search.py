"""The search finds a canary in every encoding, and nothing in noise: a scan that cannot fail proves nothing."""

import base64
import json
import random
import urllib.parse
from collections.abc import Callable

import pytest

from tests.privacy.search import MARK, Canaries

NUMBER, OTHER = "37999919481120001X", "379999195001010023"
ACCOUNT = "6299998000000000017"
NAME = MARK + "娟"
CANARIES = Canaries([NUMBER, OTHER], [ACCOUNT])
ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "gb18030": lambda text: text.encode("gb18030"),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: b"a" + text.encode().hex().upper().encode(),
    "hex of utf-16": lambda text: text.encode("utf-16-le").hex().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 inside": lambda text: base64.b64encode(b"id=" + text.encode() + b";"),
    "base64 of gb18030": lambda text: base64.urlsafe_b64encode(b"xy" + text.encode("gb18030")),
    "base64 of json": lambda text: base64.b64encode(json.dumps({"id": text}).encode()),
    "url": lambda text: b"?q=" + urllib.parse.quote(text).encode(),
    "url throughout": lambda text: b"".join(b"%%%02x" % one for one in text.encode()),
    "json escapes": lambda text: "".join(f"\\u{ord(one):04x}" for one in text).encode(),
    "json": lambda text: json.dumps({"v": text}).encode(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("text", [NUMBER, NUMBER.lower(), OTHER, OTHER[:6] + OTHER[8:17], NUMBER[6:], ACCOUNT, NAME])
def test_every_encoding_is_found(encode: Callable[[str], bytes], text: str) -> None:
    """Number with X and x, its form of 15 digits, its end, an account, a name: amid other bytes, in each encoding."""
    noise = random.Random(1).randbytes(1_000)
    assert CANARIES.found_in(noise + b" " + encode(text) + b" " + noise), text


def test_noise_and_other_peoples_numbers_are_not() -> None:
    """Sealed bytes, keys in hex, times and numbers of nobody: nothing."""
    draw = random.Random(2)
    assert CANARIES.found_in(draw.randbytes(2_000_000)) == ""
    assert CANARIES.found_in(draw.randbytes(100_000).hex().encode()) == ""
    assert CANARIES.found_in(b'{"at": 1795811382265, "offset": 123456789012345678, "id": "379999194811200016"}') == ""
