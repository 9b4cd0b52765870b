"""Every metric that canbao exports: one entry each. Names follow Prometheus: prefix, base unit, `_total` for counters.

A label never names a person, and its values are few. Labels whose values are known beforehand list them, so that their series start at 0.
"""

from enum import StrEnum

from msgspec import Struct

from schemas.decision import Action, Verdict
from schemas.kinds import Change, Severity

LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
AGE = (0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3_600.0, 86_400.0)
FAN_OUT = (1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 40.0, 64.0, 128.0)
OPEN = None
"""Values of a label that are not known beforehand."""
RULES = ("R01", "R01A", "R02", "R03", "R06", "R08", "R09", "R10", "R11", "R12", "R17", "R19", "R24", "UNDO_CHECK")


class Type(StrEnum):
    """Kind of metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(Struct, frozen=True, kw_only=True):
    """One metric. `labels`: name → its known values, or OPEN."""

    name: str
    type: Type
    unit: str
    help: str
    labels: dict[str, tuple[str, ...] | None] = {}
    buckets: tuple[float, ...] = ()


def _counter(name: str, help_: str, labels: dict[str, tuple[str, ...] | None] | None = None, unit: str = "count") -> Metric:
    return Metric(name=name, type=Type.COUNTER, unit=unit, help=help_, labels=labels or {})


def _gauge(name: str, help_: str, labels: dict[str, tuple[str, ...] | None] | None = None, unit: str = "count") -> Metric:
    return Metric(name=name, type=Type.GAUGE, unit=unit, help=help_, labels=labels or {})


def _seconds(
    name: str, help_: str, labels: dict[str, tuple[str, ...] | None] | None = None, buckets: tuple[float, ...] = LATENCY
) -> Metric:
    return Metric(name=name, type=Type.HISTOGRAM, unit="seconds", help=help_, labels=labels or {}, buckets=buckets)


FEED: dict[str, tuple[str, ...] | None] = {"feed": OPEN}
TOPIC: dict[str, tuple[str, ...] | None] = {"topic": OPEN}
SINK: dict[str, tuple[str, ...] | None] = {"sink": OPEN}

BUILD_INFO = _gauge("canbao_build_info", "Always 1; what runs", {"version": OPEN, "policy": OPEN, "role": OPEN})
LOG_HIDDEN = _counter(
    "canbao_log_hidden_total",
    "Fields, numbers and foreign texts taken out of log lines: somebody tried to log them",
    {"kind": ("field", "number", "text")},
)

# intake
EVENTS_RECEIVED = _counter("canbao_events_received_total", "Source records read by intake", FEED)
EVENTS_REJECTED = _counter("canbao_events_rejected_total", "Source records that went to the dead letters", {"feed": OPEN, "code": OPEN})
FACTS_EMITTED = _counter("canbao_facts_emitted_total", "Facts that intake sent to canbao.events", FEED)
RECORDS_SKIPPED = _counter("canbao_records_skipped_total", "Source records that state nothing", {"feed": OPEN, "reason": OPEN})
UNKNOWN_CODES = _counter("canbao_unknown_codes_total", "Values without a code map entry; the event was kept as UNKNOWN", FEED)
FEED_PAUSED = _gauge("canbao_feed_paused", "1 while the feed's brake holds it", FEED, unit="bool")
SOURCE_LAST_EVENT = _gauge(
    "canbao_source_last_event_timestamp_seconds", "Kafka time of the newest record read", FEED, unit="seconds since 1970"
)
WATERMARK = _gauge("canbao_watermark_timestamp_seconds", "Day through which a feed is known complete", FEED, unit="seconds since 1970")

# people
EVENT_AGE = _seconds("canbao_event_age_seconds", "Age of a batch's oldest event when the people stage took it", buckets=AGE)
FACTS_APPLIED = _counter(
    "canbao_facts_applied_total",
    "Facts by what applying them did",
    {"result": ("new", "changed", "refreshed", "duplicate", "stale", "conflict")},
)
VERSION_CONFLICTS = _counter("canbao_version_conflicts_total", "Facts that said something else under an equal version of their row", FEED)
LEDGER_UNMATCHED = _counter(
    "canbao_ledger_unmatched_total",
    "Contribution rows that equal several payments, and refunds and reversals that fit none or several, "
    "after nothing new came to their months for `contrib.ledger_unmatched_days`",
    FEED,
)
ALERTS_EMITTED = _counter(
    "canbao_alerts_emitted_total",
    "Alert revisions sent",
    {"rule": RULES, "severity": tuple(Severity), "change": tuple(Change)},
)
PUBLIC_ROWS = _counter("canbao_enrolment_rows_emitted_total", "Public rows sent because they changed")
DECISIONS = _counter(
    "canbao_decisions_total", "Clerks' decisions by what became of them", {"action": tuple(Action), "verdict": tuple(Verdict)}
)
DATA_ERRORS_FOUND = _counter(
    "canbao_data_errors_found_total", "Alerts that clerks explained by an error of the data, by the feeds they rest on", FEED
)
QUARANTINED = _counter("canbao_persons_quarantined_total", "Persons set aside because a rule or apply failed")
SWEEP_PENDING = _gauge("canbao_sweep_pending", "Ticks and horizons whose sweep is not finished", {"partition": OPEN})
SWEPT = _counter("canbao_persons_swept_total", "Persons judged again because time passed")
HORIZON = _gauge(
    "canbao_horizon_timestamp_seconds",
    "Day through which a feed is known complete for a division (0: the whole feed), over all source partitions: what rules judge absences by",
    {"feed": OPEN, "division": OPEN},
    unit="seconds since 1970",
)
TICK_DAY = _gauge("canbao_tick_timestamp_seconds", "Newest day that was written or read", unit="seconds since 1970")

# engine
RECORDS_HANDED = _counter("canbao_engine_records_total", "Records handed to the stage", TOPIC)
HANDED_SECONDS = _seconds("canbao_engine_batch_seconds", "Time of one batch in the stage", TOPIC)
COMMIT_SECONDS = _seconds("canbao_engine_commit_seconds", "Time of one transaction's commit")
COMMIT_PARTITIONS = Metric(
    name="canbao_engine_commit_partitions",
    type=Type.HISTOGRAM,
    unit="partitions",
    help="Partitions that one transaction touched; the aim is at most 40",
    buckets=FAN_OUT,
)
COMMITS_OVER_AIM = _counter("canbao_engine_commits_over_aim_total", "Transactions above the fan-out budget")
ABORTED = _counter("canbao_engine_transactions_aborted_total", "Transactions dropped and read again", {"reason": OPEN})
RETRIED = _counter("canbao_engine_batches_retried_total", "Batches that the stage gave back", TOPIC)
RESTORED_ROWS = _counter("canbao_engine_restored_rows_total", "Changelog rows restored", TOPIC)
RESTORE_SECONDS = _counter("canbao_engine_restore_seconds_total", "Time spent restoring", TOPIC, unit="seconds")
COPIES_DISCARDED = _counter(
    "canbao_engine_copies_discarded_total",
    "Local copies of state thrown away, to be made again from the changelog: torn, unnamed, foreign (of another topic, partition count or "
    "version), ahead of or behind what the changelog holds, old (tombstones may be missed), replaced (the changelog was made again), "
    "forgotten (its partition went elsewhere)",
    {"reason": ("torn", "unnamed", "foreign", "ahead", "behind", "old", "replaced", "forgotten")},
)
STANDBY_PARTITIONS = _gauge(
    "canbao_engine_standby_partitions", "Partitions of other machines that a copy is kept of, to be taken over fast"
)
STANDBY_LAG = _gauge("canbao_engine_standby_lag_rows", "Changelog rows that those copies are behind, as of the last look", unit="rows")
JOINED_ANEW = _counter(
    "canbao_engine_joined_anew_total", "Times that this worker left its group and joined anew because it died before in a rebalance"
)
TURN_SECONDS = _seconds("canbao_engine_turn_seconds", "One turn of the cycle beside waiting for records")
PARTITIONS = _gauge(
    "canbao_engine_partitions",
    "Owned partitions by phase",
    {"phase": ("starting", "restoring", "restore_blocked", "ready", "unanswered", "stopping", "failed")},
)
LAG = _gauge(
    "canbao_engine_lag_records",
    "Records not yet committed, in the partitions that are served; the end mark of a transaction counts as one",
    TOPIC,
)
NEWEST_RECORD = _gauge(
    "canbao_engine_newest_record_timestamp_seconds", "Kafka time of the newest record handed to the stage", TOPIC, unit="seconds since 1970"
)
HELD_PARTITIONS = _gauge(
    "canbao_engine_partitions_held",
    "Served partitions that read nothing now: braked, or waiting to repeat a batch",
    {"why": ("braked", "retrying")},
)
LAST_TURN = _gauge("canbao_engine_last_turn_timestamp_seconds", "When the engine thread last began a turn", unit="seconds since 1970")
LIVE = _gauge("canbao_live", "1 while the engine thread turns", unit="bool")
READY = _gauge("canbao_ready", "1 while everything owned is served", unit="bool")

# process
CLOCK = _gauge("canbao_clock_timestamp_seconds", "This machine's clock when it was asked", unit="seconds since 1970")
DISK_FREE = _gauge("canbao_state_disk_free_bytes", "Free bytes where CANBAO_STATE_FOLDER lies", unit="bytes")
DISK_SIZE = _gauge("canbao_state_disk_size_bytes", "Size of the file system where CANBAO_STATE_FOLDER lies", unit="bytes")

# deliver
DELIVERED = _counter(
    "canbao_alerts_delivered_total",
    "Alert revisions by what delivering did: kept, repeated, filtered (not wanted), parked (tried again later), superseded, given_up",
    {"sink": OPEN, "result": OPEN},
)
DELIVERY_SECONDS = _seconds("canbao_alert_delivery_seconds", "Kafka time of a revision until the target has it", SINK, AGE)
SINK_FAILURES = _counter(
    "canbao_sink_failures_total", "Batches given back because the target did not take them", {"sink": OPEN, "reason": OPEN}
)
SINK_EMPTIED = _counter("canbao_sink_emptied_total", "Times the target was found empty behind earlier alerts: run canbao rebuild", SINK)
UNDECODABLE = _counter("canbao_sink_undecodable_total", "Alerts that the target's process could not decode; they stay in Kafka", SINK)
WEBHOOK_ANSWERS = _counter("canbao_webhook_answers_total", "Requests to a webhook by what the answer meant", {"sink": OPEN, "answer": OPEN})
LIVE_READERS = _gauge("canbao_live_readers", "Readers of the live stream that are connected")
TARGET_STATE = _gauge(
    "canbao_target_state", "1 for what the target is in", {"sink": OPEN, "state": ("running", "held", "paused", "missing")}
)
TARGET_PARKED = _gauge(
    "canbao_target_parked", "Alerts that the target refused and that are tried again later", {"sink": OPEN, "partition": OPEN}
)

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))


def page() -> str:
    """The reference page of metrics, Markdown; docs/reference/metrics.md is this text."""
    head = [
        "# Metrics",
        "",
        "Generated by `canbao docs write` from `schemas/metrics.py`; a test compares. Served at `/metrics`, port `CANBAO_METRICS_PORT`.",
        "No label names a person.",
        "",
        "| metric | type | unit | labels | meaning |",
        "|---|---|---|---|---|",
    ]
    rows = [f"| `{one.name}` | {one.type} | {one.unit} | {', '.join(one.labels) or '–'} | {one.help} |" for one in METRICS]
    return "\n".join([*head, *rows]) + "\n"
