"""医保平台 (PostgreSQL through Debezium): its own field names, some of which mean other things than in the social-insurance database."""

from demo.city.emit.plain import Columns, days, flag, instant, or_none, yuan, yyyymm
from demo.city.identity import Who
from demo.city.records import MedicalBooking, MedicalEnrolment, Settlement


def _patient(account: str, who: Who) -> Columns:
    return {"psn_no": account, "psn_cert_type": "01", "certno": who.number, "psn_name": who.name}


def enrolment(record: MedicalEnrolment, _version: int) -> Columns:
    """A row of `psn_insu`."""
    return {
        "psn_insu_id": record.row,
        **_patient(record.account, record.who),
        "gend": str(record.who.sex),
        "brdy": days(record.who.birth),
        "insutype": str(record.scheme),
        "psn_insu_stas": record.state,
        "psn_type": record.kind,
        "insutype_retr_flag": flag(record.retired),
        "payer_kind": record.payer_kind,
        "gov_pay_flag": "0",
        "emp_uscc": or_none(record.employer),
        "chg_rea": or_none(record.reason),
        "chg_date": days(record.changed_on),
        "begndate": days(record.since),
        "enddate": days(record.until),
        "fst_insu_ym": yyyymm(record.first_month),
        "entitle_begn": days(record.entitle_from),
        "entitle_end": days(record.entitle_to),
        "insu_admdvs": str(record.place),
        "vali_flag": "1",
        "updt_time": instant(record.noted),
    }


def booking(record: MedicalBooking, _version: int) -> Columns:
    """A row of `psn_clct`."""
    return {
        "psn_clct_id": record.row,
        **_patient(record.account, record.who),
        "insutype": str(record.scheme),
        "clct_ym": yyyymm(record.month),
        "clct_months": record.months,
        "setl_ym": yyyymm(record.settled),
        "emp_uscc": or_none(record.payer),
        "payer_kind": record.payer_kind,
        "clct_bill_no": or_none(record.bill),
        "clct_type": record.kind,
        "clct_flag": "1",
        "revs_flag": "F" if record.reversed else "Z",
        "psn_clct_amt": yuan(record.person_fen),
        "emp_clct_amt": yuan(record.employer_fen),
        "fin_clct_amt": yuan(record.public_fen),
        "clct_base": yuan(record.base_fen) if record.base_fen else None,
        "clct_date": days(record.paid_on),
        "insu_admdvs": str(record.place),
        "vali_flag": "1",
        "updt_time": instant(record.noted),
    }


def settlement(record: Settlement, _version: int) -> Columns:
    """A row of `setl`."""
    return {
        "setl_id": record.row,
        **_patient(record.account, record.who),
        "last_treat_date": days(record.treated_on),
        "setl_date": days(record.noted),
        "id_check": flag(record.checked),
        "fix_admdvs": str(record.place),
        "vali_flag": "0" if record.void else "1",
        "updt_time": instant(record.noted),
    }
