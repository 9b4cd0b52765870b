"""As much of a broker as tells clients who the brokers are: itself, or, while it is not admitted, nobody."""

import contextlib
import socket
import struct
import threading
from typing import Self

API_VERSIONS, METADATA = 18, 3
UNSUPPORTED_VERSION, LEADER_NOT_AVAILABLE = 35, 5
VERSIONS = ((API_VERSIONS, 0, 0), (METADATA, 1, 1), (0, 3, 7), (10, 0, 2), (22, 0, 1))
"""Key, least and highest version of what it says it can do. Asked for more than the first two (produce, the coordinator, a producer's number) it is silent."""


class EmptyBroker:
    """One broker, one topic of one partition. `admitted` False: its answers name the topic, and no broker."""

    def __init__(self, topic: str) -> None:
        self._topic = topic.encode()
        self.admitted = True
        self.turned_away = 0
        """How often it has answered that there is nobody."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []

    @property
    def bootstrap(self) -> str:
        """Address for clients."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Go away, open connections too."""
        for connection in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection.makefile("rb") as requests:
            while size := requests.read(4):
                request = requests.read(*struct.unpack(">i", size))
                key, version, correlation = struct.unpack_from(">hhi", request)
                answer = self._answer(key, version)
                if answer is not None:
                    connection.sendall(struct.pack(">ii", 4 + len(answer), correlation) + answer)
                    self.turned_away += key == METADATA and answer == self._metadata(admitted=False)

    def _answer(self, key: int, version: int) -> bytes | None:
        if key == API_VERSIONS:
            error = UNSUPPORTED_VERSION if version else 0
            return struct.pack(">hi", error, len(VERSIONS)) + b"".join(struct.pack(">hhh", *known) for known in VERSIONS)
        return self._metadata(admitted=self.admitted) if key == METADATA else None

    def _metadata(self, *, admitted: bool) -> bytes:
        leader = 1 if admitted else -1
        host = b"127.0.0.1"
        brokers = struct.pack(f">iih{len(host)}sih", 1, 1, len(host), host, self.port, -1) if admitted else struct.pack(">i", 0)
        topic = struct.pack(f">hh{len(self._topic)}s?i", 0, len(self._topic), self._topic, False, 1)
        partition = struct.pack(">hiiiiii", 0 if admitted else LEADER_NOT_AVAILABLE, 0, leader, 1, 1, 1, 1)
        return brokers + struct.pack(">ii", leader, 1) + topic + partition
