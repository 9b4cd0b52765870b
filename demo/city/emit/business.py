"""社保业务库 (PostgreSQL through Debezium)."""

from demo.city.emit.plain import Columns, compact, flag, insured, insured_master, or_none, yuan, yyyymm
from demo.city.records import Benefit, Booking, Certification, Enrolment, Payment, Recovery, Refund


def enrolment(record: Enrolment, _version: int) -> Columns:
    """A row of `enrolment`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured_master(record.who),
        "aae140": str(record.scheme),
        "aac008": record.pair[0],
        "aac031": record.pair[1],
        "aac060": None,
        "aac049": yyyymm(record.first_month),
        "aac084": flag(record.retired),
        "payer_kind": record.payer_kind,
        "gov_pay_flag": "0",
        "bab010": or_none(record.employer),
        "aae160": or_none(record.reason),
        "aae138": compact(record.died_on),
        "aae030": compact(record.since),
        "aae031": compact(record.until),
        "aae035": compact(record.changed_on),
        "aab301": str(record.place),
        "aab034": f"{record.place}01",
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }


def benefit(record: Benefit, _version: int) -> Columns:
    """A row of `benefit_record`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured_master(record.who),
        "insured_id": or_none(record.insured),
        "aae140": str(record.scheme),
        "benefit_kind": record.benefit,
        "aae116": record.state,
        "aae160": or_none(record.reason),
        "aae035": compact(record.changed_on),
        "aae138": compact(record.died_on),
        "aic160": yyyymm(record.start),
        "end_month": yyyymm(record.end),
        "certified_on": None,
        "aab301": str(record.place),
        "aab034": f"{record.place}01",
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }


def payment(record: Payment, _version: int) -> Columns:
    """A row of `benefit_payment`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured(record.who),
        "aae140": str(record.scheme),
        "aaa036": record.item,
        "eac064": yyyymm(record.month),
        "aae019": yuan(record.amount_fen),
        "pay_state": record.state,
        "paid_on": compact(record.paid_on),
        "run_id": record.run,
        "aae133": None,
        "aae136": or_none(record.payee),
        "aab301": str(record.place),
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }


def recovery(record: Recovery, _version: int) -> Columns:
    """A row of `benefit_return`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured(record.who),
        "aae140": str(record.scheme),
        "eac064": yyyymm(record.month),
        "recovery_kind": record.kind,
        "aae019": yuan(record.amount_fen),
        "pay_state": "1",
        "booked_on": compact(record.noted),
        "aab301": str(record.place),
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }


def booking(record: Booking, _version: int) -> Columns:
    """A row of `contribution`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured(record.who),
        "aae140": str(record.scheme),
        "aae003": yyyymm(record.month),
        "months": record.months,
        "aae002": yyyymm(record.settled),
        "bab010": or_none(record.payer),
        "payer_kind": record.payer_kind,
        "bill_no": or_none(record.bill),
        "aaa115": record.kind,
        "payer_item": or_none(record.item),
        "aae082": yuan(record.person_fen),
        "aae080": yuan(record.employer_fen),
        "public_amount": yuan(record.public_fen),
        "ead131": compact(record.paid_on),
        "aae112": "1",
        "aae114": "7" if record.reversed else "1",
        "aae180": yuan(record.base_fen) if record.base_fen else None,
        "aab301": str(record.place),
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }


def refund(record: Refund, _version: int) -> Columns:
    """A row of `contribution_refund`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured(record.who),
        "aae140": str(record.scheme),
        "aae003": yyyymm(record.month),
        "months": record.months,
        "bab010": or_none(record.payer),
        "bill_no": or_none(record.bill),
        "refund_no": or_none(record.document),
        "refund_type": record.refund_type,
        "aae082": yuan(record.person_fen),
        "aae080": yuan(record.employer_fen),
        "pay_state": record.state,
        "posted_on": compact(record.noted),
        "aab301": str(record.place),
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }


def certification(record: Certification, _version: int) -> Columns:
    """A row of `life_certification`."""
    return {
        "id": record.row,
        "aac001": record.account,
        "aac058": None,
        **insured(record.who),
        "aae140": str(record.scheme),
        "certify_way": record.way,
        "certified_on": compact(record.seen_on),
        "aab301": str(record.place),
        "valid_flag": "1",
        "zzz003": compact(record.noted),
    }
