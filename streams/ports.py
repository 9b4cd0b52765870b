"""Addresses that this process is to listen on: one that is taken is refused by its setting, before anything is served."""

import os
import socket

from streams.settings import SettingsError


def refuse_taken(setting: str, host: str, port: int) -> None:
    """Opens the address and closes it again; SettingsError where that cannot be."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        socket.create_server(place[:2], family=family).close()
    except OSError as error:
        raise cannot_be_opened(setting, host, port, error) from None


def cannot_be_opened(setting: str, host: str, port: int, error: OSError) -> SettingsError:
    """The refusal of an address."""
    reason = (
        os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
    )  # python adds the address to its own
    return SettingsError(
        f"{setting}: {host}:{port} cannot be opened ({reason}); another process of this machine may have it: give each its own"
    )
