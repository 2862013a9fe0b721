"""The table that the bench prints."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

WIDTHS = (58, 5, 10, 10, 10)


@dataclass(slots=True)
class Row:
    """One figure: the values of its runs in one unit, and what they are to be held against."""

    name: str
    unit: str
    values: Sequence[float]
    limit: float | None = None
    peer: str = ""

    def text(self) -> str:
        """Name, number of runs, least, median, greatest, limit or peer."""
        ordered = [min(self.values), statistics.median(self.values), max(self.values)]
        cells = [f"{self.name} ({self.unit})", str(len(self.values)), *(number(value) for value in ordered)]
        beside = []
        if self.limit is not None:
            beside.append(f"limit {number(self.limit)}{'' if max(self.values) <= self.limit else ': EXCEEDED'}")
        if self.peer:
            beside.append(f"peer: {self.peer}")
        return (_line(cells) + "   " + "; ".join(beside)).rstrip()


@dataclass(slots=True)
class Table:
    """Rows under headings that say which command was measured."""

    lines: list[str] = field(default_factory=list)

    def heading(self, title: str, command: str) -> None:
        """Begin a group of rows."""
        self.lines += ["", title, f"  $ {command}", _line(["", "runs", "min", "median", "max"])]

    def add(self, *rows: Row) -> None:
        """Add rows to the last heading."""
        self.lines += [row.text() for row in rows]

    def print(self) -> None:
        """Print everything."""
        print("\n".join(self.lines), flush=True)


def number(value: float) -> str:
    """At most four digits that matter, as people write numbers."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{1 if abs(value) >= 100 else 2}f}"


def machine(root: Path) -> list[str]:
    """What was measured on, and what was measured."""
    model = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    commit = _output(["git", "-C", str(root), "describe", "--always", "--dirty"])
    return [
        f"machine   {os.cpu_count()} CPUs ({model}), {memory:.0f} GB, {platform.system()} {platform.release()}",
        f"load      {load} before the first run (1, 5 and 15 minutes); all processes share the CPUs",
        f"compiler  {_output(['rustc', '--version'])}; commit {commit or 'unknown'}",
    ]


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def _line(cells: Sequence[str]) -> str:
    name, *numbers = cells
    return "  " + name.ljust(WIDTHS[0]) + "".join(map(str.rjust, numbers, WIDTHS[1:]))
