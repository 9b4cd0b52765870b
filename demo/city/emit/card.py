"""社会保障卡: the register of cards (plain JSON)."""

from demo.city.emit.plain import Columns, flag, insured_master, iso
from demo.city.records import CardRecord


def card(record: CardRecord, version: int) -> Columns:
    """A card; every change of state repeats the serial under a higher number."""
    master = insured_master(record.who)
    return {
        "record_type": "card",
        "card_serial": record.serial,
        "change_no": version,
        **master,
        "card_state": record.state,
        "issued_on": iso(record.issued_on),
        "changed_on": iso(record.noted),
        "in_person": flag(record.in_person),
        "issuer_division": str(record.place),
    }
