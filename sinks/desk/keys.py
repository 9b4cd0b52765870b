"""Names in the workbench's read model. One Redis, not a cluster: one script touches several of them at once.

    canbao:desk:alert:<alert_id>             hash: revision, handling, facet, places, brief
    canbao:desk:revisions:<alert_id>         list of the last revisions, newest first (msgpack)
    canbao:desk:case:<case_id>               sorted set of the case's alerts, closed ones too, by day of detection
    canbao:desk:person:<person_key>          sorted set of the person's alerts, closed ones too
    canbao:desk:counts:<place>               hash: facet → open alerts
    canbao:desk:list:<place>:<facet>:<sort>  sorted set of open alerts of one facet
    canbao:desk:day:<place>:<day>            hash: <change>|<rule> → revisions of that day of the log
    canbao:desk:decisions:<alert_id>         hash: decision id → what became of it
    canbao:desk:result:<decision_id>         the same by its id, for an hour
    canbao:desk:enrolment:<person_key>       list of public rows, newest first
    canbao:desk:live                         stream of briefs for the pages that are open
    canbao:desk:fresh                        hash: newest day of the log, and when it was written

A place is a division that handles alerts, or its city: the city's set holds those of its divisions.
"""

PREFIX = "canbao:desk:"
LIVE = f"{PREFIX}live"
FRESH = f"{PREFIX}fresh"


def alert_key(alert_id: str) -> str:
    """Hash of an alert; the id in hexadecimal."""
    return f"{PREFIX}alert:{alert_id}"


def revisions_key(alert_id: str) -> str:
    """List of an alert's last revisions."""
    return f"{PREFIX}revisions:{alert_id}"


def case_key(case_id: str) -> str:
    """Sorted set of a case's alerts."""
    return f"{PREFIX}case:{case_id}"


def person_key(person: str) -> str:
    """Sorted set of a person's alerts; the person key in hexadecimal."""
    return f"{PREFIX}person:{person}"


def counts_key(place: int) -> str:
    """Hash of a place's open alerts by facet."""
    return f"{PREFIX}counts:{place}"


def list_key(place: int, facet: str, sort: str) -> str:
    """Sorted set of a place's open alerts of one facet."""
    return f"{PREFIX}list:{place}:{facet}:{sort}"


def day_key(place: int, day: int) -> str:
    """Hash of what changed in a place on one day of the log."""
    return f"{PREFIX}day:{place}:{day}"


def decisions_key(alert_id: str) -> str:
    """Hash of the decisions about an alert."""
    return f"{PREFIX}decisions:{alert_id}"


def result_key(decision_id: str) -> str:
    """What became of one decision."""
    return f"{PREFIX}result:{decision_id}"


def enrolment_key(person: str) -> str:
    """List of a person's public rows."""
    return f"{PREFIX}enrolment:{person}"
