"""Writes the demo to standard output: steps, commands, excerpts of their output, and results."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass

STYLE = re.compile(r"\x1b\[([0-9;]*)m")
BOLD, DIM, RED, GREEN, CYAN = "1", "2", "31", "32", "36"


class DemoError(Exception):
    """A step does not show what it claims, or the demo cannot run."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output without styles, and the same line with styles that do not reach beyond it."""

    plain: str
    styled: str


def lines(text: str) -> list[Line]:
    """Split the output of a command. A style that covers several lines is repeated in each line."""
    found, active = [], ""
    for raw in text.splitlines():
        styled = active + raw
        for style in STYLE.finditer(raw):
            active = "" if style[1] in ("", "0") else active + style[0]
        found.append(Line(STYLE.sub("", raw).rstrip(), styled + ("\x1b[0m" if STYLE.search(styled) else "")))
    return found


def between(output: list[Line], first: str, last: str | None) -> list[Line]:
    """Return the lines from the first match of one expression to the next match of the other, or to the end."""
    start = next((at for at, line in enumerate(output) if re.search(first, line.plain)), None)
    if start is not None:
        found = output[start:]
        if last is None:
            return found
        end = next((at for at, line in enumerate(found) if re.search(last, line.plain)), None)
        if end is not None:
            return found[: end + 1]
    text = "\n".join(line.plain for line in output)
    raise DemoError(f"the output does not contain {first!r} followed by {last!r}:\n{text}")


class Terminal:
    """Standard output, in color if it is a terminal and NO_COLOR is not set."""

    def __init__(self, steps: int) -> None:
        self.colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._steps = steps
        self._step = 0

    def step(self, title: str, explanation: str) -> None:
        """Start a step with its number, title, and one line of explanation."""
        self._step += 1
        self.write("", self._styled(f"{self._step}/{self._steps} {title}", BOLD, CYAN), f"    {explanation}")

    def command(self, text: str) -> None:
        """Show a command before it runs."""
        self.write(self._styled(f"  $ {text}", BOLD))

    def excerpt(self, output: list[Line]) -> None:
        """Show a part of the output of a command. Repeated blank lines are written once."""
        blank = False
        for at, line in enumerate(output):
            if line.plain:
                if blank and at:
                    self.write("")
                self.write(f"    {line.styled if self.colored else line.plain}".rstrip())
            blank = not line.plain

    def diff(self, changed: list[str]) -> None:
        """Show a unified diff."""
        for line in changed:
            color = {"-": RED, "+": GREEN}.get(line[:1])
            self.write(f"    {self._styled(line, color) if color else line}".rstrip())

    def result(self, text: str) -> None:
        """Report what a step has shown."""
        self.write(self._styled(f"  ✓ {text}", BOLD, GREEN))

    def note(self, text: str) -> None:
        """Write a line that does not belong to a step."""
        self.write(self._styled(text, DIM))

    def write(self, *texts: str) -> None:
        """Write lines, each at once, because a step takes seconds."""
        for text in texts:
            print(text, flush=True)

    def _styled(self, text: str, *styles: str) -> str:
        return f"\x1b[{';'.join(styles)}m{text}\x1b[0m" if self.colored else text
