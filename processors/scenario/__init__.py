"""Scenarios: a history in, alerts out, with no broker. The semantics are those of the stream, one simulated day after another."""
