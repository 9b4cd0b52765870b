"""Where a webhook may go: https, no user in the address, and no way into the operator's own network unless it was allowed by name.

The check is made on the addresses that a name resolves to, at each connection, so a name that changes its address afterwards is caught too.
"""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from schemas.errors import Code

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST_URL = 2_048


class AddressRefusedError(OSError):
    """An address where webhooks may not go. Says the rule, and the host but no path."""


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks of a setting, CIDR joined by commas; ValueError names the one that is wrong."""
    return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())


def check_url(url: str, networks: Sequence[Network], *, plain: bool) -> None:
    """Refuse an address by its form; a literal IP also by its network. `plain` lets http pass (demo and tests).

    Raises:
        AddressRefusedError: what is wrong and what is allowed.
    """
    allowed = ("https", "http") if plain else ("https",)
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that is open
        parts = urlsplit("")
    if parts.scheme not in allowed or not parts.hostname:
        raise AddressRefusedError(f"{Code.ADDRESS_NOT_ALLOWED}: the address must be {' or '.join(allowed)}://host[:port]/path")
    if parts.username or parts.password or parts.fragment or len(url) > LONGEST_URL:
        raise AddressRefusedError(f"{Code.ADDRESS_NOT_ALLOWED}: no user, password or fragment, at most {LONGEST_URL} characters")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return
    check_address(parts.hostname, literal, networks)


def check_address(host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> None:
    """Refuse a private, loopback, link-local or reserved address outside the networks that are allowed."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if not mapped.is_global and not any(mapped in network for network in networks):
        raise AddressRefusedError(
            f"{Code.ADDRESS_NOT_ALLOWED}: {host} is not a public address; allow its network in CANBAO_WEBHOOK_NETWORKS if it is meant"
        )


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses addresses; the connection goes to the very address that was checked."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._inner = ThreadedResolver()
        self._networks = networks

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Addresses of a name, all of them allowed."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            check_address(host, ipaddress.ip_address(one["host"].partition("%")[0]), self._networks)
        return found

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()
