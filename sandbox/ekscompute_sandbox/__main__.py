"""Runs the sandbox: `python -m ekscompute_sandbox --port 0 --port-file FILE`."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from .app import make_gateway
from .http_server import SandboxServer

PARENT_POLL_SECONDS = 0.5


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ekscompute_sandbox", description="An AWS API for development and tests.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 selects a free port (default)")
    parser.add_argument("--port-file", type=Path, help="file for the port, written when the sandbox is ready")
    parser.add_argument("--parent-pid", type=int, help="exit when this process ends")
    return parser.parse_args()


def _write_port(path: Path, port: int) -> None:
    """Write by rename, so that a reader never sees a partial number."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n")
    temporary.replace(path)


def _exit_with(parent_pid: int) -> None:
    while True:
        try:
            os.kill(parent_pid, 0)
        except ProcessLookupError:
            os._exit(0)
        except PermissionError:
            # The process exists and belongs to another user.
            pass
        time.sleep(PARENT_POLL_SECONDS)


def _stop(signal_number: int, frame: FrameType | None) -> None:
    # There is nothing to save, and freeing thousands of objects individually would take seconds.
    os._exit(0)


def main() -> None:
    """Serve until a signal arrives or the parent process ends."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if arguments.parent_pid:
        threading.Thread(target=_exit_with, args=(arguments.parent_pid,), daemon=True).start()
    try:
        gateway = make_gateway()
        server = SandboxServer(arguments.port, gateway)
    except OSError as error:
        raise SystemExit(f"sandbox: port {arguments.port} cannot be used: {error}") from None
    gateway.listens_on(f"http://127.0.0.1:{server.port}")
    # The socket listens from here on: a client that connects now waits for the response.
    if arguments.port_file:
        _write_port(arguments.port_file, server.port)
    print(f"sandbox: listening on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
