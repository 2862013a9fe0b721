"""The types that the HTTP server and the gateway exchange."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(slots=True)
class HttpRequest:
    """A request. `path` is percent-encoded, and header names are lowercase."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def query_pairs(self) -> list[tuple[str, str]]:
        """Return the decoded query parameters in order. A key can occur several times."""
        return parse_qsl(self.query, keep_blank_values=True)

    def json(self) -> Any:
        """Parse the body as JSON. An empty body is an empty object."""
        return json.loads(self.body) if self.body.strip() else {}


@dataclass(slots=True)
class HttpResponse:
    """A response."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class ConnectionDropped(Exception):
    """The connection must be closed without a response."""
