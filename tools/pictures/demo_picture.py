"""Draws the recording of the demo as an animated SVG: one slide for each step."""

from __future__ import annotations

from recording import COLUMNS
from svg import MONOSPACE, document, element, number, text
from transcript import Slide, Span, slides

CELL_WIDTH, LINE_HEIGHT, FONT_SIZE = 8.4, 19.0, 14
MARGIN, BAR = 18.0, 34.0
# Seconds between beats, and for each line of output that has to be read.
PAUSE, LINE_SECONDS, LAST_SECONDS = 1.2, 0.16, 3.5

BACKGROUND, FOREGROUND, BAR_COLOR = "#1b1f27", "#d7dce4", "#2a303b"
COLORS = ["#8b949e", "#ff7b72", "#7ee787", "#e3b341", "#79b8ff", "#d2a8ff", "#56d4dd", "#d7dce4"]


def draw(transcript: str) -> str:
    """Return the picture of a transcript."""
    steps = slides(transcript)
    rows = max(slide.rows() for slide in steps)
    width, height = 2 * MARGIN + COLUMNS * CELL_WIDTH, BAR + 2 * MARGIN + rows * LINE_HEIGHT
    bar = f"M0 {number(BAR)}V8a8 8 0 0 1 8-8H{number(width - 8)}a8 8 0 0 1 8 8V{number(BAR)}z"
    body = [
        element("rect", width=width, height=height, rx=8, fill=BACKGROUND),
        element("path", d=bar, fill=BAR_COLOR),
        text("make demo", width / 2, BAR / 2 + 5, text_anchor="middle", fill="#9aa4b2"),
    ]
    body += [element("circle", cx=20 + 20 * at, cy=BAR / 2, r=6, fill=fill) for at, fill in enumerate(COLORS[1:4])]
    drawn, rules = _animated(steps)
    style = [f"text {{ font-family: {MONOSPACE}; font-size: {FONT_SIZE}px; }}", ".later { opacity: 0; }", *rules]
    style.append("@media (prefers-reduced-motion: reduce) { g { animation: none !important; } }")
    return document(width, height, "Recording of make demo", "\n".join(style), body + drawn)


def _animated(steps: list[Slide]) -> tuple[list[str], list[str]]:
    """Return the beats of all slides, and the rules that show them one after the other in an endless loop."""
    starts, at = [], 0.0
    for slide in steps:
        shown = []
        for beat in slide.beats:
            shown.append(at)
            at += PAUSE + LINE_SECONDS * len(beat)
        at += LAST_SECONDS
        starts.append((shown, at))
    total = at
    drawn, rules = [], []
    for index, (slide, (shown, end)) in enumerate(zip(steps, starts, strict=True)):
        row = 0
        for position, (beat, start) in enumerate(zip(slide.beats, shown, strict=True)):
            name = f"s{index + 1}b{position + 1}"
            content = "".join(_line(spans, row + offset) for offset, spans in enumerate(beat))
            # A viewer without animation shows the first slide.
            drawn.append(element("g", content, id=name, class_="first" if index == 0 else "later"))
            rules += _rules(name, 100 * start / total, 100 * end / total, total)
            row += len(beat)
    return drawn, rules


def _rules(name: str, start: float, end: float, total: float) -> list[str]:
    steps = [f"{number(start)}% {{ opacity: 1; }}", f"{number(end)}% {{ opacity: 0; }}", "100% { opacity: 0; }"]
    if start > 0:
        steps.insert(0, "0% { opacity: 0; }")
    if end >= 100:
        steps = [*steps[:-2], "100% { opacity: 1; }"]
    return [
        f"@keyframes {name} {{ {' '.join(steps)} }}",
        f"#{name} {{ animation: {name} {number(total)}s step-end infinite; }}",
    ]


def _line(spans: list[Span], row: int) -> str:
    y = BAR + MARGIN + row * LINE_HEIGHT + FONT_SIZE
    return "".join(_span(span, y) for span in spans)


def _span(span: Span, y: float) -> str:
    style = span.style
    attributes: dict[str, object] = {"fill": FOREGROUND if style.color is None else COLORS[style.color % 8]}
    if style.bold:
        attributes["font_weight"] = "bold"
    if style.dim:
        attributes["opacity"] = 0.7
    if style.underlined:
        attributes["text_decoration"] = "underline"
    # The width keeps the columns aligned in any monospaced font.
    width = {"textLength": number(len(span.text) * CELL_WIDTH), "lengthAdjust": "spacingAndGlyphs"}
    return text(span.text, MARGIN + span.column * CELL_WIDTH, y, **width, **attributes)
