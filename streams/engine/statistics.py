"""What a client's statistics tell of its brokers; everything else in them is passed over."""

import msgspec


class BrokerStatistics(msgspec.Struct):
    """One broker, as the client knows it."""

    source: str
    rxidle: int  # microseconds since it was last heard on this connection, below 0: not yet


class Statistics(msgspec.Struct):
    """One report, by the client's own clock."""

    ts: int  # microseconds
    brokers: dict[str, BrokerStatistics]


read_statistics = msgspec.json.Decoder(Statistics).decode
