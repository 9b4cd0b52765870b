"""卫健 and 民政: death certificates and cremations (plain JSON)."""

from demo.city.emit.plain import Columns, iso, or_none
from demo.city.records import Certificate, Cremation


def certificate(record: Certificate, version: int) -> Columns:
    """A death certificate; corrections repeat its number under a higher revision."""
    return {
        "record_type": "certificate",
        "certificate_no": record.number,
        "revision": version,
        "certificate_state": record.state,
        "id_type": "01",
        "id_no": record.who.number,
        "full_name": record.who.name,
        "sex": str(record.who.sex),
        "birth_date": iso(record.who.birth),
        "died_on": record.died_on,
        "issued_on": iso(record.noted),
        "hospital_division": str(record.place),
    }


def cremation(record: Cremation, version: int) -> Columns:
    """A cremation; corrections repeat its number under a higher revision."""
    return {
        "record_type": "cremation",
        "cremation_no": f"HH{record.row:08d}",
        "revision": version,
        "record_state": record.state,
        "id_type": "01",
        "id_no": record.who.number,
        "full_name": record.who.name,
        "sex": str(record.who.sex),
        "died_on": or_none(record.died_on),
        "cremated_on": iso(record.cremated_on),
        "quoted_certificate": or_none(record.certificate),
        "recorded_on": iso(record.noted),
        "home_division": str(record.place),
    }
