"""Lists to take away: XLSX and CSV, masked, with who and when, safe against formulas."""

import csv
import io
from collections.abc import Iterable, Iterator

import xlsxwriter

from sinks.desk.brief import Brief
from sinks.web.rights import User
from sinks.web.wording import clock_zh, day_iso, division_zh, label, short_key, span_zh, yuan

ROWS_MAX = 10_000
DOCTRINE = "待核实，不作为停发依据"
HEADS = (
    ("预警编号", 12),
    ("人员标识（脱敏）", 16),
    ("规则", 8),
    ("事项", 24),
    ("级别", 8),
    ("严重程度", 10),
    ("队列", 12),
    ("办理期限", 12),
    ("处理状态", 10),
    ("主办部门", 10),
    ("经办地", 12),
    ("险种", 14),
    ("涉及月份", 26),
    ("涉及金额（元）", 16),
    ("发现日期", 12),
    ("截至日期", 12),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
ID_DIGITS = 8


def cells_of(alert: Brief) -> list[str]:
    """One row. The person's key is masked; no cell can start a formula."""
    cells = [
        alert.alert_id[:ID_DIGITS],
        short_key(alert.person),
        alert.rule,
        alert.title,
        label("level", alert.level),
        label("severity", alert.severity),
        label("queue", alert.queue),
        day_iso(alert.due),
        label("handling", alert.handling),
        label("agency", alert.owner_agency),
        division_zh(alert.division),
        label("scheme", alert.scheme) if alert.scheme else "—",
        span_zh(alert.first_month, alert.last_month, alert.months),
        yuan(alert.amount_fen),
        day_iso(alert.detected_on),
        day_iso(alert.as_of),
    ]
    return [harmless(cell) for cell in cells]


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def watermark(user: User, now_ms: int, total: int) -> str:
    """Who took what when: the first line of every file."""
    return f"{DOCTRINE}。导出人：{user.name or user.subject}（{label('role', user.role)}，{division_zh(user.division)}），导出时间：{clock_zh(now_ms)}，共 {total} 条"


def csv_of(alerts: Iterable[Brief], head: str) -> Iterator[bytes]:
    """The file in pieces, UTF-8 with the mark by which Excel knows it."""
    yield b"\xef\xbb\xbf" + _line([harmless(head)]) + _line([name for name, _ in HEADS])
    for alert in alerts:
        yield _line(cells_of(alert))


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def xlsx_of(alerts: Iterable[Brief], head: str) -> bytes:
    """The workbook: every cell a text, frozen heads, prints on one page's width."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("预警")
        bold = book.add_format({"bold": True, "bg_color": "#DCE6F2", "border": 1})
        plain = book.add_format({"num_format": "@", "border": 1, "text_wrap": False})
        sheet.write_string(0, 0, harmless(head))
        for column, (name, width) in enumerate(HEADS):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, name, bold)
        for row, alert in enumerate(alerts, start=2):
            for column, cell in enumerate(cells_of(alert)):
                sheet.write_string(row, column, cell, plain)
        sheet.freeze_panes(2, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
        sheet.set_footer("&L" + DOCTRINE + "&R第 &P 页，共 &N 页")
    return file.getvalue()
