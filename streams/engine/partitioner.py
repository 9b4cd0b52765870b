"""Kafka's default partitioner for keys (murmur2), in Python, to check where records lie.

Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner; librdkafka calls it `murmur2_random`.
"""

from __future__ import annotations

_SEED = 0x9747B28C
_MIX = 0x5BD1E995
_WORD = 0xFFFFFFFF
_POSITIVE = 0x7FFFFFFF


def murmur2(key: bytes) -> int:
    """32-bit hash of a key, unsigned."""
    length = len(key)
    value = (_SEED ^ length) & _WORD
    whole = length - length % 4
    for at in range(0, whole, 4):
        part = int.from_bytes(key[at : at + 4], "little") * _MIX & _WORD
        part = (part ^ (part >> 24)) * _MIX & _WORD
        value = (value * _MIX & _WORD) ^ part
    rest = key[whole:]
    if rest:
        value = (value ^ int.from_bytes(rest, "little")) * _MIX & _WORD
    value = (value ^ (value >> 13)) * _MIX & _WORD
    return value ^ (value >> 15)


def partition_of(key: bytes, partitions: int) -> int:
    """Partition in which every murmur2 producer puts `key`."""
    return (murmur2(key) & _POSITIVE) % partitions
