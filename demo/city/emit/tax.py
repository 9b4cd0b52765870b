"""税务: contributions, refunds, payroll (plain JSON)."""

from demo.city.emit.plain import Columns, compact, flag, insured, iso, or_none, yuan, yyyymm
from demo.city.records import Payroll, Refund, TaxContribution


def contribution(record: TaxContribution, version: int) -> Columns:
    """A contribution collected."""
    return {
        "record_type": "contribution",
        "row_no": f"ZS{record.row:010d}",
        "change_no": version,
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
        "stage": record.stage,
        "aae082": yuan(record.person_fen),
        "aae080": yuan(record.employer_fen),
        "public_amount": yuan(record.public_fen),
        "ead131": compact(record.paid_on),
        "aae180": yuan(record.base_fen) if record.base_fen else None,
        "reversal": flag(record.reversed),
        "row_state": "1",
        "recorded_on": iso(record.noted),
        "aab301": str(record.place),
    }


def refund(record: Refund, version: int) -> Columns:
    """A contribution given back by the tax office."""
    return {
        "record_type": "contribution_refund",
        "row_no": f"TS{record.row:010d}",
        "change_no": version,
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
        "row_state": "1",
        "recorded_on": iso(record.noted),
        "aab301": str(record.place),
    }


def payroll(record: Payroll, version: int) -> Columns:
    """Wages of one month."""
    return {
        "record_type": "payroll",
        "row_no": f"KJ{record.row:010d}",
        "change_no": version,
        **insured(record.who),
        "bab010": record.employer,
        "income_kind": record.kind,
        "income_month": yyyymm(record.month),
        "tax_month": yyyymm(record.month + 1),
        "wage": yuan(record.wage_fen),
        "row_state": "1",
        "recorded_on": iso(record.noted),
        "tax_division": str(record.place),
    }
