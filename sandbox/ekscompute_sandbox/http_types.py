"""What passes between the HTTP server and the gateway."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(slots=True)
class HttpRequest:
    """One request: `path` is still percent-encoded, header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def query_pairs(self) -> list[tuple[str, str]]:
        """Decoded query parameters in order; a key may come back several times."""
        return parse_qsl(self.query, keep_blank_values=True)

    def json(self) -> Any:
        """The body read as JSON; an empty body is an empty object."""
        return json.loads(self.body) if self.body.strip() else {}


@dataclass(slots=True)
class HttpResponse:
    """One answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class ConnectionDropped(Exception):
    """The connection is to be closed with no answer at all."""
