"""Splits the output of the demo into slides and beats, and its lines into runs of one style."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

STYLE = re.compile(r"\x1b\[([0-9;]*)m")
WORDS = re.compile(r"\S+(?: \S+)*")
HEADING = re.compile(r"^\d/\d ")


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a character."""

    color: int | None = None
    bold: bool = False
    dim: bool = False
    underlined: bool = False

    def after(self, codes: str) -> Style:
        """Return the style after an escape sequence."""
        style = self
        for code in [int(each or 0) for each in codes.split(";")]:
            match code:
                case 0:
                    style = Style()
                case 1:
                    style = replace(style, bold=True)
                case 2:
                    style = replace(style, dim=True)
                case 4:
                    style = replace(style, underlined=True)
                case 22:
                    style = replace(style, bold=False, dim=False)
                case 24:
                    style = replace(style, underlined=False)
                case 39:
                    style = replace(style, color=None)
                case _ if 30 <= code <= 37:
                    style = replace(style, color=code - 30)
                case _ if 90 <= code <= 97:
                    style = replace(style, color=code - 82)
        return style


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters of one style."""

    column: int
    text: str
    style: Style


@dataclass(slots=True)
class Slide:
    """The lines of one step. A beat is a group of lines that appear at the same time."""

    beats: list[list[list[Span]]] = field(default_factory=list)

    def rows(self) -> int:
        """Return the number of lines."""
        return sum(len(beat) for beat in self.beats)


def slides(transcript: str) -> list[Slide]:
    """Split a transcript at the headings of its steps. The lines before the first heading are omitted."""
    found: list[Slide] = []
    was_command = False
    for raw in transcript.rstrip().split("\n"):
        plain = STYLE.sub("", raw)
        if HEADING.match(plain):
            found.append(Slide([[]]))
        elif not found:
            continue
        is_command = plain.startswith("  $ ")
        if is_command or was_command or plain.startswith("  ✓ "):
            found[-1].beats.append([])
        was_command = is_command
        found[-1].beats[-1].append(spans(raw))
    for slide in found:
        last = slide.beats[-1]
        while last and not last[-1]:
            last.pop()
    return found


def spans(raw: str) -> list[Span]:
    """Split a line into runs of one style. A run ends at several blanks, which viewers of SVG collapse."""
    found, column, style, at = [], 0, Style(), 0
    for match in [*STYLE.finditer(raw), None]:
        run = raw[at : match.start() if match else len(raw)]
        found += [Span(column + words.start(), words[0], style) for words in WORDS.finditer(run)]
        column += len(run)
        if match:
            style, at = style.after(match[1]), match.end()
    return found
