"""A naive second opinion: what holds for one person on a day, recomputed from all facts each time, written from domain.md alone.

A history is a list of (arrival day, step): steps are the short form of `docs/reference/judge.md` with every field written out and a `row`
label; the last step of a row that has arrived is what the row says. An answer maps (rule, scope) to (level, months, amount, certain amount).
Covered: R01, R01A, R02 by monthly contribution, R06 where a 170 record is to be cleared, R08 by drawing, R10, R24, over day-exact death dates.
"""

import datetime as dt
from collections.abc import Callable
from itertools import combinations
from typing import Any

History = list[tuple[dt.date, dict[str, Any]]]
Finding = tuple[str, list[int], int, int]  # level, months YYYYMM, amount and certain amount in fen
Answer = dict[tuple[str, tuple[Any, ...]], Finding]
Row = dict[str, Any]

_REGISTER = {"DEATH_CERTIFIED": "MEDICAL", "CREMATED": "FUNERAL", "DEATH_REGISTERED": "POLICE", "DEATH_DECLARED_BY_COURT": "COURT"}
ORIGINS = {**_REGISTER, "DEATH_REPORTED_BY_FAMILY": "FAMILY_COMMUNITY"}
PENSION_ITEMS = {"BASIC", "ACCOUNT", "TOP_UP"}
IN_PERSON = {"FACE", "COUNTER", "HOME_VISIT", "HOSPITAL_CHECKED"}
DUPLICATE_SCHEMES = {110, 120, 170, 210, 310, 390}  # R10: injury, long-term care, supplement and maternity may be held twice
PENSION_EMP, PENSION_RES = 110, 170
PENSIONS = {110, 120, 170}  # R06 beats R08 beats R10 inside their case (domain 3.1)
PAYING_KINDS = {"NORMAL", "ARREARS", "RETRO", "PREPAID"}
NO_MONTH: Callable[[int], bool] = set[int]().__contains__
SETTLE_DAYS, SETTLE_DAY_OF_MONTH, CONTRADICTED_DAYS, UNDO_WORKDAYS, SATURDAY = 7, 25, 2, 5, 5
HOLIDAYS = {dt.date(2024, 6, 10), dt.date(2024, 9, 16), dt.date(2024, 9, 17)}  # weekdays off from the first day of a history on
WORKED = {dt.date(2024, 9, 14), dt.date(2024, 9, 29)}


def settled(month: int, today: dt.date) -> bool:
    """The 25th of the month after `month` is over (domain 3.4 `contrib.settle_day`)."""
    year, number = (month // 100 + 1, 1) if month % 100 == 12 else (month // 100, month % 100 + 1)
    return today > dt.date(year, number, SETTLE_DAY_OF_MONTH)


def answer(history: History, today: dt.date) -> Answer:
    """Everything that holds at the end of a day."""
    arrived = [(day, step) for day, step in history if day <= today]
    last: dict[str, Row] = {}
    for _, step in arrived:
        last[step["row"]] = step
    rows = said_once([row for row in newest_last(arrived, last) if row.get("change") != "ANNULLED"])
    claims = claims_in_force(arrived, rows)
    entries, found = entries_of(rows), Answer()
    doubted = contradicted(rows, claims)
    if doubted:
        found["R24", ()] = ("ALERT", [], 0, 0)
    if claims:
        fixed = [claim for claim in claims if claim["origin"] == "COURT"] or claims  # a judgment fixes the month (R01, judicial death)
        months = sorted(100 * claim["died"].year + claim["died"].month for claim in fixed)
        death = {
            "first": months[0],
            "last": months[-1],
            "known": min(claim["known"] for claim in claims),
            "sure": all(claim["proven"] for claim in claims) and len(independent(claims, named=any(has_name(row) for row in rows))) > 1,
        }
        death["held"] = (doubted and not death["sure"]) or not all(claim["proven"] for claim in claims)
        death["level"] = "ALERT" if death["sure"] or (not death["held"] and (today - death["known"]).days >= SETTLE_DAYS) else "SIGNAL"
        benefits_after_death(rows, death, found)
        contributions_after_death(entries, death, today, found)
    two_pensions(rows, found)
    beaten = {month for (rule, _), (_, months, _, _) in found.items() if rule == "R06" for month in months}  # same month (domain 3.3)
    drawn = draws_and_pays(rows, entries) - beaten
    if drawn:
        found["R08", (min(drawn) // 100,)] = ("ALERT" if settled(min(drawn), today) else "SIGNAL", sorted(drawn), 0, 0)
    beaten |= drawn
    for scheme in sorted({key[0] for key in entries} & DUPLICATE_SCHEMES):
        for month in sorted({key[1] for key in entries if key[0] == scheme} - (beaten if scheme in PENSIONS else set())):
            two_contributions(entries, scheme, month, today, found)
    return found


def newest_last(arrived: History, last: dict[str, Row]) -> list[Row]:
    """What each row says, the one that spoke last at the end."""
    spoke = {step["row"]: number for number, (_, step) in enumerate(arrived)}
    return sorted(last.values(), key=lambda row: spoke[row["row"]])


def said_once(rows: list[Row]) -> list[Row]:
    """A deleted row stays (archiving), unless another row says the same payment, refund or record: then that one, or the last of them.

    One payment is (record, month, item, run, leg): however many rows report it, the newest speaks (domain R06).
    """
    kept: list[Row] = []
    for number, row in enumerate(rows):
        same = [other for other in rows if what(other) and what(other) == what(row)]
        standing = [other for other in same if other.get("change") != "DELETED"]
        if row.get("change") == "DELETED" and (standing or any(other is not row for other in same[same.index(row) + 1 :])):
            continue
        paid_again = [one for one in rows[number + 1 :] if what(one) == what(row) and one.get("change") != "DELETED"]
        if row["event"] == "BENEFIT_PAID" and any(one["leg"] == row["leg"] for one in paid_again):
            continue
        kept.append(row)
    return kept


def what(row: Row) -> tuple[Any, ...]:
    """What a row is about, apart from its own number; () = nothing that another row could say again."""
    if row["event"] == "BENEFIT_PAID":
        return "paid", row["record"], row["month"], row["item"]
    if row["event"] in {"BENEFIT_RETURNED", "BENEFIT_REFUNDED"}:
        return row["event"], row["record"], row["month"], row["amount_fen"]
    if row["event"].startswith("BENEFIT_") and "scheme" in row:
        return "record", row["record"], row.get("benefit", "PENSION")
    return ()


def origin_of(row: Row) -> str:
    """Origin group of the death that a row claims; empty = it claims none (domain R04)."""
    if row["event"] == "HUKOU_CANCELLED":
        return {"DEATH": "POLICE", "DECLARED_DEAD": "COURT"}.get(row["cancel_reason"], "")
    return ORIGINS.get(row["event"], "")


def claims_in_force(arrived: History, rows: list[Row]) -> list[Row]:
    """Death claims that stand and count, each with the day since which its row has claimed a death without a break.

    One under a 15-digit number is proven when a register has its name (domain 2.1); unproven ones count only where there is no other.
    """
    found = []
    taken_back: list[Row] = []
    for name in {step["row"]: None for _, step in arrived}:
        claim: Row | None = None
        for day, step in [(day, step) for day, step in arrived if step["row"] == name]:
            if origin_of(step) and step.get("change") != "ANNULLED":
                known = claim["known"] if claim else day
                proven = step.get("id_form") != 15 or (step.get("name") != "" and any(has_name(row) for row in rows))
                died = dt.date.fromisoformat(step["died_on"])
                claim = {**step, "origin": origin_of(step), "died": died, "known": known, "proven": proven}
            elif claim:
                taken_back.append({**claim, "gone": day})
                claim = None
        if claim:
            taken_back = [gone for gone in taken_back if gone["row"] != name]
            found.append(claim)
    assert {claim["row"] for claim in found} <= {row["row"] for row in rows}
    bookings = [claim for claim in found if booked_by_agency(claim)]
    others = [claim for claim in found if not booked_by_agency(claim)]
    if not any(claim["proven"] for claim in others) and all(any(echoes(claim, gone) for gone in taken_back) for claim in bookings):
        found = others
    return [claim for claim in found if claim["proven"]] or found


def booked_by_agency(claim: Row) -> bool:
    """The agency's own booking (domain 3.4: it counts as a claim of family and community)."""
    return bool(claim["origin"] == "FAMILY_COMMUNITY")


def echoes(booking: Row, gone: Row) -> bool:
    """Whether a booking only followed a claim that was taken back: after it, of the same day, not long after it was gone."""
    linked = gone["known"] <= booking["known"] <= workdays_later(gone["gone"], UNDO_WORKDAYS)
    return linked and booking["died"] == gone["died"] and not booked_by_agency(gone)


def workdays_later(day: dt.date, count: int) -> dt.date:
    """So many working days later."""
    while count:
        day += dt.timedelta(days=1)
        count -= day in WORKED or (day.weekday() < SATURDAY and day not in HOLIDAYS)
    return day


def has_name(row: Row) -> bool:
    """Whether a row tells the name by which a register knows the person: households and records do (all names here are the same)."""
    return row["event"].startswith("HUKOU") or (row["event"].startswith("BENEFIT_") and "scheme" in row)


def independent(claims: list[Row], *, named: bool) -> set[str]:
    """Origin groups that saw the death themselves.

    Copies are police rows that repeat an earlier cremation or quote a certificate, and a cremation that quotes one while no register has
    a name with which its own could agree (domain 3.4 `corroboration`).
    """
    groups = set()
    for claim in claims:
        copied = []
        for other in claims:
            quoted = claim.get("certificate") and claim.get("certificate") == other.get("certificate")
            repeated = other["origin"] == "FUNERAL" and other["died"] == claim["died"] and other["known"] <= claim["known"]
            if claim["origin"] == "POLICE" and other["origin"] in {"FUNERAL", "MEDICAL"} and (quoted or repeated):
                copied.append(other)
            if claim["origin"] == "FUNERAL" and other["origin"] == "MEDICAL" and quoted and not named:
                copied.append(other)
        if not copied:
            groups.add(claim["origin"])
    return groups


def contradicted(rows: list[Row], claims: list[Row]) -> bool:
    """R24: seen in person at least two days after a claimed death, and no court has found the death."""
    seen = [
        dt.date.fromisoformat(row["seen_on"])
        for row in rows
        if row["event"] in {"LIFE_CERTIFIED", "MED_SETTLED"} and row["alive"] in IN_PERSON
    ]
    late = any((day - claim["died"]).days >= CONTRADICTED_DAYS for day in seen for claim in claims)
    return late and all(claim["origin"] != "COURT" or not claim["proven"] for claim in claims)


def paid_by_month(rows: list[Row], record: str, classes: set[str], loose_from: Callable[[int], bool]) -> dict[int, int]:
    """PAID less RETURNED of one record by benefit month; months that net to nothing are left out.

    A return without month comes off the oldest of the months that are in question (domain 3.1c).
    """
    paid: dict[int, int] = {}
    for row in rows:
        if row.get("record") == record and row["event"] == "BENEFIT_PAID" and row["leg"] == "PAID" and row["item_class"] in classes:
            paid[row["month"]] = paid.get(row["month"], 0) + row["amount_fen"]
    for row in rows:
        if row.get("record") == record and row["event"] == "BENEFIT_RETURNED" and row["month"] in paid:
            paid[row["month"]] -= row["amount_fen"]
    loose = sum(row["amount_fen"] for row in rows if row["event"] == "BENEFIT_RETURNED" and row["record"] == record and not row["month"])
    for month in filter(loose_from, sorted(paid)):
        taken = min(loose, max(paid[month], 0))
        paid[month], loose = paid[month] - taken, loose - taken
    return {month: amount for month, amount in sorted(paid.items()) if amount > 0}


def recovered(rows: list[Row], record: str, wanted: Callable[[int], bool]) -> int:
    """Refunds, offsets and write-offs of one record that name a wanted month, or none."""
    mine = [row for row in rows if row["event"] in {"BENEFIT_REFUNDED", "OFFSET_POSTED", "WRITE_OFF"} and row["record"] == record]
    return sum(row["amount_fen"] for row in mine if row["month"] == 0 or wanted(row["month"]))


def benefit_records(rows: list[Row]) -> dict[str, Row]:
    """The person's own benefit records by name: a funeral grant registered under the same number is no pension (R01 F)."""
    own = [row for row in rows if row["event"].startswith("BENEFIT_") and "scheme" in row and row.get("benefit", "PENSION") == "PENSION"]
    return {row["record"]: row for row in own}


def benefits_after_death(rows: list[Row], death: Row, found: Answer) -> None:
    """R01: net paid for months after the earliest death month. R01A: no such money is open, record not ended."""
    for record, row in benefit_records(rows).items():
        net = paid_by_month(rows, record, PENSION_ITEMS, lambda month: bool(month > death["first"]))
        paid = {month: fen for month, fen in net.items() if month > death["first"]}
        total, certain = sum(paid.values()), sum(fen for month, fen in paid.items() if month > death["last"])
        if paid and recovered(rows, record, lambda month: bool(month > death["first"])) < total:
            found["R01", (record,)] = (death["level"], list(paid), total, certain)
        elif row["event"] != "BENEFIT_ENDED":
            found["R01A", (record,)] = (death["level"], [], 0, 0)


def contributions_after_death(entries: dict[Any, Row], death: Row, today: dt.date, found: Answer) -> None:
    """R02 (b): booked monthly contributions for months after the death month, one finding a scheme."""
    for scheme in sorted({key[0] for key in entries}):
        late = [(key[1], entry["net"]) for key, entry in entries.items() if key[0] == scheme and counts(entry) and key[1] > death["first"]]
        if late:
            months = sorted({month for month, _ in late})
            level = "ALERT" if settled(months[0], today) and not death["held"] else "SIGNAL"
            found["R02", (scheme,)] = (level, months, sum(net for _, net in late), sum(net for month, net in late if month > death["last"]))


def two_pensions(rows: list[Row], found: Answer) -> None:
    """R06: two records paid for one month; the 170 record is cleared, of two 170 records the one that began later."""
    records = benefit_records(rows)
    for one, two in combinations(sorted(records), 2):
        shared = set.intersection(*[set(paid_by_month(rows, name, PENSION_ITEMS, NO_MONTH)) for name in (one, two)])
        both = sorted(set.intersection(*[set(paid_by_month(rows, name, PENSION_ITEMS, shared.__contains__)) for name in (one, two)]))
        residents = [name for name in (one, two) if records[name]["scheme"] == 170]
        if not both or not residents:
            continue
        clear = max(residents, key=lambda name: int(records[name]["start_month"]))
        basic = sum(fen for month, fen in paid_by_month(rows, clear, {"BASIC"}, shared.__contains__).items() if month in both)
        if records[clear]["event"] != "BENEFIT_ENDED" or recovered(rows, clear, both.__contains__) < basic:
            found["R06", (one, two)] = ("ALERT", both, basic, 0)


def draws_and_pays(rows: list[Row], entries: dict[Any, Row]) -> set[int]:
    """R08 DRAW_AND_PAY: months of one year with 110 money in which a 170 pension was paid, or stood as payable since its start."""
    paid = {key[1] for key, entry in entries.items() if key[0] == PENSION_EMP and counts(entry)}
    drawn: set[int] = set()
    for record, row in benefit_records(rows).items():
        if row["scheme"] == PENSION_RES:
            drawn |= set(paid_by_month(rows, record, PENSION_ITEMS, NO_MONTH))
            drawn |= {month for month in paid if row["event"] != "BENEFIT_ENDED" and month >= row["start_month"]}
    return paid & drawn


def counts(entry: Row) -> bool:
    """Booked, with money left after refunds (domain 3.1b)."""
    return bool(entry["kind"] in PAYING_KINDS and entry["booked"] and entry["net"] > 0)


def entries_of(rows: list[Row]) -> dict[Any, Row]:
    """Entries by (scheme, month, payer, bill): what was paid once, whoever reports it; bill "" = rows without number that match none.

    Tax and booking may use different numbers for one bill (R10): such an entry lies under the number of the booking.
    """
    entries: dict[Any, Row] = {}
    money = [row for row in rows if row["event"] in {"CONTRIB_PAID", "CONTRIB_BOOKED"}]
    for row in [row for row in money if row["bill"]]:
        put_in(entries, (row["scheme"], row["month"], row["payer"], row["bill"], row["kind"]), row)
    one_number(entries)
    for row in [row for row in money if not row["bill"]]:
        paid, amounts = (row["scheme"], row["month"], row["payer"]), shares(row)
        like = [k for k, e in entries.items() if k[:3] == paid and k[3] and (e["kind"], e["amounts"]) == (row["kind"], amounts)]
        if len(like) < 2:  # several: unmatched, counts nowhere
            put_in(entries, like[0] if like else (*paid, "", row["kind"], *amounts), row)
    give_back(entries, [row for row in rows if row["event"] in {"REFUND_POSTED", "CONTRIB_REFUNDED"}])
    return entries


def give_back(entries: dict[Any, Row], reports: list[Row]) -> None:
    """Take refunds off: what two offices report of one refund is one, by its document or, where one gives no number, by its money."""
    offices: dict[str, set[str]] = {}
    for row in reports:
        offices.setdefault(row["refund"], set()).add(row["event"])
    numbered = []
    for row in sorted({row["refund"]: row for row in reports}.values(), key=lambda row: row["bill"] == ""):
        mine = [e for k, e in entries.items() if k[:3] == (row["scheme"], row["month"], row["payer"])]
        if row["bill"]:
            like = first_paying([e for e in mine if row["bill"] in e["bills"]])
            numbered += [row] if like else []
        else:  # of equal payments of one payer the later one left
            money = (row["scheme"], row["month"], row["payer"], *shares(row))
            same = [r for r in numbered if (r["scheme"], r["month"], r["payer"], *shares(r)) == money]
            twin = next((r for r in same if not offices[r["refund"]] & offices[row["refund"]]), None)
            if twin:
                numbered.remove(twin)
                continue
            standing = first_paying([e for e in mine if e["amounts"] == shares(row) and e["net"] > 0])
            like = sorted(standing, key=lambda e: str(e["paid_on"]))[-1:]
        for entry in like:
            entry["net"] -= sum(shares(row))


def first_paying(entries: list[Row]) -> list[Row]:
    """The entries that pay; where there are none, those that only adjust a base or rate."""
    return [entry for entry in entries if entry["kind"] in PAYING_KINDS] or entries


def shares(row: Row) -> tuple[int, int]:
    """Personal and employer money."""
    return row["person_fen"], row["employer_fen"]


def put_in(entries: dict[Any, Row], key: Any, row: Row) -> None:
    """Make a row part of an entry, which it may begin."""
    new = {"kind": row["kind"], "amounts": shares(row), "net": sum(shares(row)), "booked": "", "paid_on": "", "bills": set(), "told": set()}
    entry = entries.setdefault(key, new)
    entry["bills"] |= {row["bill"]}
    entry["told"] |= {row["event"]}
    entry["paid_on"] = max(entry["paid_on"], row["paid_on"])
    if row["event"] == "CONTRIB_BOOKED":
        entry["booked"] = min(entry["booked"] or "9", row["paid_on"])


def one_number(entries: dict[Any, Row]) -> None:
    """Join what only the tax reports to what only the booking reports: equal payer, month, kind and amounts, in the order of payment."""
    for key in sorted(entries, key=lambda key: str(entries[key]["paid_on"])):
        tax = entries[key]
        if tax["told"] != {"CONTRIB_PAID"}:
            continue
        same = [k for k, e in entries.items() if k[:3] == key[:3] and (e["kind"], e["amounts"]) == (tax["kind"], tax["amounts"])]
        booked = sorted((entries[k] for k in same if entries[k]["told"] == {"CONTRIB_BOOKED"}), key=lambda e: str(e["paid_on"]))
        if booked:
            booked[0]["bills"] |= tax["bills"]
            booked[0]["told"] |= tax["told"]
            del entries[key]


def two_contributions(entries: dict[Any, Row], scheme: int, month: int, today: dt.date, found: Answer) -> None:
    """R10: more than one numbered booked entry in a month; the first booked stays, the others would go."""
    same = [entry for key, entry in entries.items() if key[:2] == (scheme, month) and key[3] and counts(entry)]
    if len(same) > 1:
        go = sum(entry["net"] for entry in same) - min(same, key=lambda entry: str(entry["booked"]))["net"]
        found["R10", (scheme, month)] = ("ALERT" if settled(month, today) else "SIGNAL", [month], go, 0)
