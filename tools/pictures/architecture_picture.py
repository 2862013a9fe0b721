"""Draws boxes and arrows that a TOML file describes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from svg import SANS_SERIF, document, element, number, text

BOX_WIDTH, BOX_HEIGHT = 250.0, 58.0
COLUMN_GAP, ROW_GAP = 96.0, 34.0
MARGIN, FRAME, FRAME_LABEL = 24.0, 18.0, 24.0
CORNER = 8

STYLE = f"""\
text {{ font-family: {SANS_SERIF}; fill: #1f2937; }}
.label {{ font-size: 15px; font-weight: 600; }}
.note, .arrow {{ font-size: 12px; fill: #4b5563; }}
.frame {{ font-size: 13px; font-weight: 600; fill: #1d4ed8; }}
.line {{ fill: none; stroke: #6b7280; stroke-width: 1.5; marker-end: url(#head); }}"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box at its place."""

    x: float
    y: float
    label: str
    note: str

    @property
    def center(self) -> tuple[float, float]:
        """The middle of the box."""
        return self.x + BOX_WIDTH / 2, self.y + BOX_HEIGHT / 2


def draw(description: str) -> str:
    """Return the picture of a description."""
    picture = tomllib.loads(description)
    boxes = {box["id"]: _box(box) for box in picture["box"]}
    width = max(box.x for box in boxes.values()) + BOX_WIDTH + MARGIN + FRAME
    height = max(box.y for box in boxes.values()) + BOX_HEIGHT + MARGIN + FRAME
    head = element("path", d="M0 0L8 4L0 8z", fill="#6b7280")
    marker = element("marker", head, id="head", markerWidth=8, markerHeight=8, refX=8, refY=4, orient="auto")
    body = [
        element("defs", marker),
        _rectangle(0.0, 0.0, width, height, fill="#ffffff", stroke="#d1d5db"),
    ]
    body += [_frame(frame["label"], [boxes[name] for name in frame["boxes"]]) for frame in picture["frame"]]
    body += [_draw_box(box) for box in boxes.values()]
    for arrow in picture["arrow"]:
        body += _arrow(boxes[arrow["from"]], boxes[arrow["to"]], arrow.get("label", ""))
    return document(width, height, picture["title"], STYLE, body)


def _box(box: dict[str, Any]) -> Box:
    x = MARGIN + FRAME + box["column"] * (BOX_WIDTH + COLUMN_GAP)
    y = MARGIN + FRAME + FRAME_LABEL + box["row"] * (BOX_HEIGHT + ROW_GAP)
    return Box(x, y, box["label"], box["note"])


def _draw_box(box: Box) -> str:
    x, y = box.center
    parts = [
        _rectangle(box.x, box.y, BOX_WIDTH, BOX_HEIGHT, fill="#f9fafb", stroke="#9ca3af"),
        text(box.label, x, y - 4, class_="label", text_anchor="middle"),
        text(box.note, x, y + 16, class_="note", text_anchor="middle"),
    ]
    return "".join(parts)


def _rectangle(x: float, y: float, width: float, height: float, fill: str, stroke: str) -> str:
    return element("rect", x=x, y=y, width=width, height=height, rx=CORNER, fill=fill, stroke=stroke)


def _frame(label: str, boxes: list[Box]) -> str:
    left, top = min(box.x for box in boxes) - FRAME, min(box.y for box in boxes) - FRAME - FRAME_LABEL
    right = max(box.x for box in boxes) + BOX_WIDTH + FRAME
    bottom = max(box.y for box in boxes) + BOX_HEIGHT + FRAME
    rectangle = _rectangle(left, top, right - left, bottom - top, fill="#eff6ff", stroke="#93c5fd")
    return rectangle + text(label, (left + right) / 2, top + 24, class_="frame", text_anchor="middle")


def _arrow(start: Box, end: Box, label: str) -> list[str]:
    (start_x, start_y), (end_x, end_y) = start.center, end.center
    if start.x == end.x:
        down = end_y > start_y
        edge = BOX_HEIGHT / 2 if down else -BOX_HEIGHT / 2
        path = f"M{number(start_x)} {number(start_y + edge)}V{number(end_y - edge)}"
        place, anchor = (start_x + 8, (start_y + end_y) / 2 + 4), "start"
    else:
        edge = BOX_WIDTH / 2 if end_x > start_x else -BOX_WIDTH / 2
        middle = (start_x + end_x) / 2
        path = f"M{number(start_x + edge)} {number(start_y)}H{number(middle)}V{number(end_y)}H{number(end_x - edge)}"
        place, anchor = (middle, min(start_y, end_y) - 8), "middle"
    drawn = [element("path", d=path, class_="line")]
    if label:
        drawn.append(text(label, *place, class_="arrow", text_anchor=anchor))
    return drawn
