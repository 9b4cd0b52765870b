"""New months have a row each, so that a fact rewrites little; when there are many, those that share a pack become one packed row."""

from processors.person.detail import move_facts
from processors.person.person import Person
from processors.person.sections import HOT_MONTHS_MAX, PACK_MONTHS, month_section, packed_section, slot_of
from processors.person.state import MonthIndex
from schemas.dates import bits_of, places_of, raw_of


def index_month(person: Person, section: bytes, month: int) -> None:
    """Note that a month of a timed section has a row; pack the oldest months where there are too many."""
    index, slot = person.month_index(section), slot_of(month)
    if index is None:
        index = MonthIndex(section)
        person.head.months.append(index)
        person.head.months.sort(key=_section)
    if slot < index.floor:
        index.packed = raw_of(bits_of(index.packed) | 1 << slot // PACK_MONTHS)
        return
    hot = bits_of(index.hot) | 1 << slot
    if hot.bit_count() > HOT_MONTHS_MAX:
        hot = _pack(person, index, hot)
    index.hot = raw_of(hot)


def _pack(person: Person, index: MonthIndex, hot: int) -> int:
    """Move the oldest month, and those that share its pack, to the packed row; the months that are left."""
    slots = places_of(hot)
    pack = slots[0] // PACK_MONTHS
    index.floor = (pack + 1) * PACK_MONTHS
    index.packed = raw_of(bits_of(index.packed) | 1 << pack)
    place = packed_section(index.section, pack)
    packed = person.row(place)
    for slot in slots:
        if slot < index.floor:
            old = month_section(index.section, slot)
            move_facts(person.row(old), packed)
            person.emptied(old)
    person.changed(place)
    return hot >> index.floor << index.floor


def _section(index: MonthIndex) -> bytes:
    return index.section
