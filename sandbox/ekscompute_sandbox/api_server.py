"""A real kube-apiserver with its etcd, which can be started, called, stopped, and restarted with its data."""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from .api_server_files import HOST, Ports, Tokens, write_commands, write_identity

START_SECONDS = 60.0
# Below the range of ephemeral ports for outgoing connections, so that a free port stays free.
PORTS = range(20000, 32000)
READY = ("/readyz", "/api/v1/namespaces/kube-system")
PREFIX = "ekscompute-kubernetes-"
# The file in a directory that contains the ID of its process.
OWNER = "owner"
GUARDIAN = Path(__file__).with_name("guardian.py")


class ApiServerError(Exception):
    """The API server cannot be started or does not respond."""


class Stream:
    """The events of a watch. Another thread can close it."""

    def __init__(self, connection: http.client.HTTPSConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Return the events until the stream ends."""
        while line := self._response.readline():
            yield json.loads(line)

    def close(self) -> None:
        """End the stream, also while it is being read."""
        # Closing a socket does not wake a thread that reads from it.
        with suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)


def programs() -> Path:
    """Return the directory with kube-apiserver and etcd."""
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS") or Path(__file__).parents[2] / ".build/kubernetes")
    for name in ("kube-apiserver", "etcd"):
        if not (folder / name).exists():
            raise ApiServerError(f"{folder / name} is missing: run sandbox/kubernetes/setup.sh")
    return folder


def _sweep() -> None:
    """Remove the directories of API servers whose process and guardian were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            os.kill(int((folder / OWNER).read_text(encoding="utf-8")), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue


class ApiServer:
    """Listens on loopback from `start` to `stop`. Address, CA, tokens, and data survive a restart."""

    def __init__(self, name: str, webhook: str) -> None:
        self.name = name
        self.tokens = Tokens.make()
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        (self._folder / OWNER).write_text(str(os.getpid()), encoding="utf-8")
        self._authority = write_identity(self._folder, self.tokens, webhook)
        self._ports = _free_ports()
        self._guardian: subprocess.Popen[bytes] | None = None
        self._trust = ssl.create_default_context(cadata=self._authority.decode())
        self._local = threading.local()
        self._changing = threading.Lock()

    @property
    def endpoint(self) -> str:
        """Return the URL for DescribeCluster."""
        return f"https://{HOST}:{self._ports.secure}"

    @property
    def certificate_authority(self) -> str:
        """Return the CA certificate for DescribeCluster: PEM in base64."""
        return base64.b64encode(self._authority).decode()

    @property
    def running(self) -> bool:
        """Whether the processes are running."""
        return self._guardian is not None and self._guardian.poll() is None

    def start(self) -> None:
        """Start the processes, which are ready a few seconds later (see `wait`)."""
        with self._changing:
            if self.running:
                return
            write_commands(self._folder, programs(), self._ports)
            command = [sys.executable, "-IS", str(GUARDIAN), str(self._folder)]
            self._guardian = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        """Wait until the API server is ready."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise ApiServerError(f"the API server ended: {self._last_words()}")
            try:
                # It creates roles and namespaces shortly after it starts to respond.
                if all(self.request("GET", path)[0] == 200 for path in READY):
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise ApiServerError(f"the API server does not respond: {self._last_words()}")

    def stop(self, keep: bool = False) -> None:
        """Kill the processes. The data is deleted, unless it is kept for another start."""
        with self._changing:
            guardian, self._guardian = self._guardian, None
            if guardian is None:
                return
            try:
                guardian.communicate(b"keep" if keep else b"", timeout=20)
            except subprocess.TimeoutExpired:
                guardian.kill()
                guardian.wait()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> tuple[int, Any]:
        """Send a request, as administrator or with a token. Return the status and the JSON of the response."""
        token = token or self.tokens.administrator
        headers = {"authorization": f"Bearer {token}", "content-type": content_type, "accept": accept}
        data = None if body is None else json.dumps(body)
        for fresh in (False, True):
            connection = self._connection(fresh)
            try:
                connection.request(method, path, data, headers)
                response = connection.getresponse()
                text = response.read()
                is_json = response.headers.get_content_type() == "application/json"
                return response.status, json.loads(text, object_hook=_without_nulls) if is_json else text.decode()
            except (http.client.HTTPException, OSError):
                connection.close()
                # A kept connection may have been closed by a restart. Reads and guarded writes can be repeated.
                if fresh:
                    raise
        raise AssertionError("the second round returns or raises")

    def stream(self, path: str, seconds: float) -> Stream:
        """Start a watch with a separate connection, which fails after this time without an event."""
        connection = http.client.HTTPSConnection(HOST, self._ports.secure, context=self._trust, timeout=seconds + 10)
        connection.request("GET", path, headers={"authorization": f"Bearer {self.tokens.administrator}"})
        response = connection.getresponse()
        if response.status != 200:
            raise ApiServerError(f"{path}: {response.status} {response.read()!r}")
        return Stream(connection, response)

    def _connection(self, fresh: bool) -> http.client.HTTPSConnection:
        """Return the connection of the thread."""
        connection: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if connection is None or fresh:
            connection = http.client.HTTPSConnection(HOST, self._ports.secure, context=self._trust, timeout=20)
            self._local.connection = connection
        return connection

    def _last_words(self) -> str:
        words = []
        for name in ("etcd", "kube-apiserver"):
            log = self._folder / f"{name}.log"
            lines = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
            words += [f"{name}: {line}" for line in lines]
        return " | ".join(words) or "no output"


def _free_ports() -> Ports:
    found: list[int] = []
    while len(found) < 3:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return Ports(*found)


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    """Drop null members.

    Go encodes an unset list or map as null, such as the conditions of a CRD that was just created. Clients of the
    sandbox treat null and missing members as equal.
    """
    return {name: member for name, member in members.items() if member is not None}
