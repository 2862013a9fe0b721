"""Measures the sandbox: `.build/sandbox-venv/bin/python -m ekscompute_sandbox.bench`.

Prints the seeding time and the number of calls per second for increasing numbers of node groups. Compare measurements
of the provider with these numbers to separate the share of the sandbox.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SIZES = (100, 1000, 3000)
CALLS = 3000
MOTO_CALLS = 200
CONNECTIONS = 4
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIABENCH/20260101/us-east-1/eks/aws4_request, Signature=0"


def _call(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"authorization": AUTHORIZATION, "content-type": "application/json"})
    response = connection.getresponse()
    text = response.read()
    assert response.status == 200, text
    return json.loads(text)


def _describe(port: int, paths: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for path in paths:
        _call(connection, "GET", path)


def _rate(port: int, size: int) -> float:
    """Measure DescribeNodegroup calls per second over all node groups."""
    paths = [f"/clusters/demo/node-groups/workers-{index % size:04d}" for index in range(CALLS)]
    shares = [paths[share::CONNECTIONS] for share in range(CONNECTIONS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda share: _describe(port, share), shares))
    return CALLS / (time.perf_counter() - started)


def _list(connection: http.client.HTTPConnection) -> float:
    """Measure the milliseconds for one page of 100 names."""
    started, pages, token = time.perf_counter(), 0, ""
    while pages == 0 or token:
        query = f"maxResults=100&nextToken={token}" if token else "maxResults=100"
        token = _call(connection, "GET", f"/clusters/demo/node-groups?{query}").get("nextToken", "")
        pages += 1
    return (time.perf_counter() - started) * 1000 / pages


def _scaling_groups(connection: http.client.HTTPConnection) -> float:
    """Measure DescribeAutoScalingGroups calls per second by one name: the cost of a call that moto handles."""
    group = _call(connection, "GET", "/clusters/demo/node-groups/workers-0000")["nodegroup"]
    name = group["resources"]["autoScalingGroups"][0]["name"]
    body = f"Action=DescribeAutoScalingGroups&Version=2011-01-01&AutoScalingGroupNames.member.1={name}"
    headers = {
        "authorization": AUTHORIZATION.replace("/eks/", "/autoscaling/"),
        "content-type": "application/x-www-form-urlencoded",
    }
    started = time.perf_counter()
    for _ in range(MOTO_CALLS):
        connection.request("POST", "/", body, headers)
        text = connection.getresponse().read()
        assert name.encode() in text, text
    return MOTO_CALLS / (time.perf_counter() - started)


def _measure(port: int, size: int) -> None:
    control = http.client.HTTPConnection("127.0.0.1", port)
    _call(control, "POST", "/_sandbox/reset", {})
    started = time.perf_counter()
    _call(control, "POST", "/_sandbox/seed", {"nodegroups": size})
    seeded = time.perf_counter() - started
    print(
        f"{size:>6} node groups: seeded in {seeded:5.2f} s, {_rate(port, size):6.0f} DescribeNodegroup/s, "
        f"{_list(control):4.1f} ms per page of ListNodegroups, {_scaling_groups(control):5.0f} "
        "DescribeAutoScalingGroups/s"
    )


def main() -> None:
    """Start a separate sandbox, measure it, and stop it."""
    with tempfile.TemporaryDirectory() as directory:
        port_file = Path(directory) / "port"
        arguments = ["--port-file", str(port_file), "--parent-pid", str(os.getpid())]
        process = subprocess.Popen([sys.executable, "-m", "ekscompute_sandbox", *arguments], stdout=subprocess.DEVNULL)
        try:
            while not port_file.exists():
                if process.poll() is not None:
                    raise SystemExit("the sandbox did not start")
                time.sleep(0.05)
            port = int(port_file.read_text())
            print(f"{CALLS} calls over {CONNECTIONS} connections, {os.cpu_count()} CPUs shared with the client")
            for size in SIZES:
                _measure(port, size)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
