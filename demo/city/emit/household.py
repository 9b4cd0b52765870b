"""公安: household registration and residence permits (PostgreSQL through Debezium)."""

from demo.city.emit.plain import Columns, days, or_none
from demo.city.records import Permit, Resident


def resident(record: Resident, _version: int) -> Columns:
    """A row of `resident`."""
    return {
        "resident_id": record.row,
        "id_card": record.who.number,
        "full_name": record.who.name,
        "sex": str(record.who.sex),
        "birth_date": days(record.who.birth),
        "division": str(record.place),
        "domicile": None,
        "registered_on": days(record.since),
        "register_reason": record.reason,
        "cancelled_on": days(record.cancelled_on),
        "cancel_reason": or_none(record.cancel_reason),
        "died_on": or_none(record.died_on),
        "quoted_certificate": or_none(record.certificate),
        "updated_on": days(record.noted),
    }


def permit(record: Permit, _version: int) -> Columns:
    """A row of `residence_permit`."""
    return {
        "permit_id": record.row,
        "id_card": record.who.number,
        "full_name": record.who.name,
        "division": str(record.place),
        "valid_from": days(record.since),
        "valid_to": days(record.until),
        "updated_on": days(record.noted),
    }
