"""The process: port file, parent process, signals, and keep-alive."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Sandbox, wait_for


def start(port_file: Path, parent: int) -> subprocess.Popen[bytes]:
    arguments = ["--port-file", str(port_file), "--parent-pid", str(parent)]
    return subprocess.Popen([sys.executable, "-m", "ekscompute_sandbox", *arguments], stdout=subprocess.DEVNULL)


def test_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(["sleep", "60"])
    process = start(tmp_path / "port", parent.pid)
    try:
        wait_for((tmp_path / "port").exists)
        with socket.create_connection(("127.0.0.1", int((tmp_path / "port").read_text()))):
            pass
        parent.kill()
        parent.wait()
        assert process.wait(timeout=20) == 0
    finally:
        parent.kill()
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path / "port", os.getpid())
    try:
        wait_for((tmp_path / "port").exists)
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()


def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    process = subprocess.run(
        [sys.executable, "-m", "ekscompute_sandbox", "--port", port], capture_output=True, text=True, check=False
    )
    assert process.returncode == 1
    assert f"port {port} cannot be used" in process.stderr


def test_connections_are_kept(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    connection.request("GET", "/_sandbox/health")
    connection.getresponse().read()
    kept = connection.sock
    connection.request("GET", "/_sandbox/health")
    assert connection.getresponse().status == 200
    assert connection.sock is kept


def test_listens_on_loopback_only(sandbox: Sandbox) -> None:
    address = next((each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)), "127.0.0.1")
    if address.startswith("127."):
        # Only 127.0.0.1 must be open. Every other loopback address must be closed.
        address = "127.0.0.2"
    with pytest.raises(OSError):
        socket.create_connection((address, int(sandbox.url.rpartition(":")[2])), timeout=5)
