"""How a figure is printed: with what gives it again, the machine and the date."""

import datetime as dt
import os
import platform
import sys
from pathlib import Path

from streams.python_build import build_of


def machine() -> str:
    """Processor, cores, memory, Python and its build, load."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {sys.version.split()[0]} ({build_of()}), load {load:.1f}"


def show(title: str, command: str, columns: list[str], rows: list[list[str]]) -> None:
    """One Markdown table."""
    print(f"\n### {title}\n")
    print(f"`{command}` · {dt.datetime.now(dt.UTC).date()} · {machine()}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")
