"""Starts one sandbox for all tests, and resets it before each test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from workload_cluster import WorkloadCluster

REGION = "us-east-1"


@dataclass
class Sandbox:
    """The running sandbox: its control API, and boto3 clients without retries and validation."""

    url: str
    clients: dict[str, Any] = field(default_factory=dict)

    def control(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        """Send a control call and return its JSON response."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                status, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        assert status == expect, text
        return json.loads(text)

    def client(self, service: str, access_key: str = "AKIASANDBOXTESTS0000", **config: Any) -> Any:
        """Return a client that leaves validation to the server and returns responses unchanged."""
        settings = {"parameter_validation": False, "retries": {"total_max_attempts": 1}, **config}
        key = json.dumps([service, access_key, settings])
        if key not in self.clients:
            self.clients[key] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                aws_access_key_id=access_key,
                aws_secret_access_key="secret",
                config=Config(**settings),
            )
        return self.clients[key]

    def seed(self, **plan: Any) -> dict[str, Any]:
        return self.control("POST", "seed", plan)

    def fault(self, **rule: Any) -> int:
        return self.control("POST", "faults", rule)["ids"][0]

    def pace(self, **paces: Any) -> None:
        self.control("POST", "transitions", paces)

    def step(self, **which: str) -> list[dict[str, str]]:
        return self.control("POST", "step", which)["ended"]


def wait_for(condition: Any, seconds: float = 20.0) -> Any:
    """Poll until the condition returns a truthy value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError("the condition was not met in time")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    port_file: Path = tmp_path_factory.mktemp("sandbox") / "port"
    arguments = ["--port", "0", "--port-file", str(port_file), "--parent-pid", str(os.getpid())]
    # A time zone other than UTC reveals times that are read as local times.
    environment = {**os.environ, "TZ": "Asia/Kolkata"}
    process = subprocess.Popen([sys.executable, "-m", "ekscompute_sandbox", *arguments], env=environment)
    try:
        wait_for(lambda: port_file.exists() or process.poll() is not None)
        assert process.poll() is None, "the sandbox did not start"
        yield Sandbox(f"http://127.0.0.1:{port_file.read_text().strip()}")
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def started(running: Sandbox) -> Iterator[WorkloadCluster]:
    """A cluster with workloads, for all tests of a file."""
    # That module imports this one.
    from workload_cluster import WorkloadCluster

    running.control("POST", "reset", {})
    yield WorkloadCluster(running)
    running.control("POST", "reset", {})


@pytest.fixture
def cluster(started: WorkloadCluster) -> WorkloadCluster:
    """The same, without the node groups and pods of earlier tests."""
    started.clear()
    return started


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """An empty sandbox in which transitions end only on request."""
    running.control("POST", "reset", {})
    running.pace(**{"*": "manual"})
    return running


@pytest.fixture
def eks(sandbox: Sandbox) -> Any:
    return sandbox.client("eks")


@dataclass
class Made:
    """A seeded cluster, and the resources for a node group."""

    ids: dict[str, Any]

    def request(self, **overrides: Any) -> dict[str, Any]:
        """Return a CreateNodegroup request. An override of None omits the member."""
        request = {
            "clusterName": self.ids["cluster"],
            "nodegroupName": "blue",
            "nodeRole": self.ids["node_role_arn"],
            "subnets": self.ids["private_subnet_ids"],
            **overrides,
        }
        return {name: value for name, value in request.items() if value is not None}


@pytest.fixture
def made(sandbox: Sandbox) -> Made:
    return Made(sandbox.seed())


class Refusal:
    """Captures the ClientError of a call that must fail."""

    def __init__(self, code: str, text: str = "", status: int = 0) -> None:
        self.code, self.text, self.status = code, text, status

    def __enter__(self) -> Refusal:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        assert isinstance(error, ClientError), f"expected {self.code}, got {error!r}"
        assert error.response["Error"]["Code"] == self.code, error
        assert self.text in error.response["Error"]["Message"], error
        if self.status:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == self.status
        self.response = error.response
        return True


def refused(code: str, text: str = "", status: int = 0) -> Refusal:
    """`with refused("SomeException", "text"): call` asserts the code, message, and HTTP status of the error."""
    return Refusal(code, text, status)
