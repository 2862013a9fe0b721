"""Elements of SVG as text."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
SANS_SERIF = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


def number(value: float) -> str:
    """Format a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(name: str, content: str = "", **attributes: object) -> str:
    """Return an element. In attribute names, a trailing `_` is removed, and each other `_` is replaced by `-`."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(number(value) if isinstance(value, float) else str(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text(content: str, x: float, y: float, **attributes: object) -> str:
    """Return a line of text."""
    return element("text", escape(content), x=float(x), y=float(y), **attributes)


def document(width: float, height: float, title: str, style: str, body: list[str]) -> str:
    """Return a document that scales to the width of the page."""
    size = {"viewBox": f"0 0 {number(width)} {number(height)}", "width": number(width), "height": number(height)}
    head = [element("title", escape(title)), element("style", f"\n{style}\n")]
    content = "\n" + "\n".join([*head, *body]) + "\n"
    return element("svg", content, xmlns="http://www.w3.org/2000/svg", role="img", **size) + "\n"
