"""The record of all AWS calls: counts per operation and an ordered log."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

MAX_LOG_ENTRIES = 200_000


@dataclass(slots=True)
class CallRecord:
    """A call. `status` is 0 while it is in progress, and if its connection was dropped."""

    number: int
    time: float
    service: str
    operation: str
    target: str
    request_id: str
    access_key: str
    status: int = 0
    error: str = ""
    fault: str = ""


class CallLog:
    """Counts and log. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Delete all records. Numbering restarts at 1."""
        with self._lock:
            self._numbers = itertools.count(1)
            self._records: list[CallRecord] = []
            self._counts: Counter[tuple[str, str]] = Counter()
            self.dropped_entries = 0

    def start(self, service: str, operation: str, target: str, request_id: str, access_key: str) -> CallRecord:
        """Record a call on arrival, so that the log is in the order of arrival."""
        with self._lock:
            record = CallRecord(next(self._numbers), time.time(), service, operation, target, request_id, access_key)
            if len(self._records) < MAX_LOG_ENTRIES:
                self._records.append(record)
            else:
                self.dropped_entries += 1
            self._counts[f"{service}:{operation or 'Unknown'}", access_key] += 1
            return record

    def counts(self, access_key: str = "") -> dict[str, Any]:
        """Return calls by `service:Operation` and their sum, optionally only for one access key."""
        operations: Counter[str] = Counter()
        with self._lock:
            for (operation, key), number in self._counts.items():
                if access_key in ("", key):
                    operations[operation] += number
        return {"total": operations.total(), "operations": dict(sorted(operations.items()))}

    def entries(
        self, service: str = "", operation: str = "", target: str = "", access_key: str = "", after: int = 0
    ) -> list[dict[str, Any]]:
        """Return log entries in order of arrival that match all filters. `target` is a part of the path."""
        with self._lock:
            return [
                asdict(record)
                for record in self._records
                if record.number > after
                and (not service or record.service == service)
                and (not operation or record.operation == operation)
                and target in record.target
                and access_key in ("", record.access_key)
            ]
