"""Runs a program in a pseudo-terminal and returns what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

COLUMNS, ROWS = 100, 40


class RecordingError(Exception):
    """The program failed."""


def record(command: list[str | Path]) -> str:
    """Run the program to its end. Its output also appears on standard error, because it takes a while."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True
    )
    os.close(terminal)
    written = bytearray()
    try:
        while chunk := _read(controller):
            written += chunk
            sys.stderr.buffer.write(chunk)
            sys.stderr.buffer.flush()
        process.wait()
    finally:
        # The program is in a session of its own, which Ctrl-C does not reach.
        process.terminate()
        os.close(controller)
    if process.returncode != 0:
        raise RecordingError(f"{command[-2]} ended with exit code {process.returncode}")
    return written.decode().replace("\r\n", "\n")


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 1 << 16)
    except OSError:
        # Linux reports the end of the last writer as an error.
        return b""
