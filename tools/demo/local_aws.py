"""The AWS API stand-in of the demo: a process of the sandbox with one cluster and one node group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from terminal import DemoError

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCESS_KEY = "AKIADEMODEMODEMODEMO"
CLUSTER = "demo"
NODE_GROUP = "workers"
START_SECONDS = 30

# Requests to this machine must not use the proxy of the environment.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sandbox:
    """A running sandbox. It ends with this process."""

    def __init__(self, directory: Path) -> None:
        self._port_file = directory / "port"
        self._log = directory / "sandbox.log"
        command = [sys.executable, "-m", "ekscompute_sandbox", "--port-file", str(self._port_file)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--parent-pid", str(os.getpid())],
                cwd=ROOT / "sandbox",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = ""

    def wait(self) -> None:
        """Wait until the sandbox accepts connections."""
        deadline = time.monotonic() + START_SECONDS
        while not self._port_file.exists():
            if self._process.poll() is not None:
                raise DemoError(f"the sandbox did not start:\n{self._log.read_text(errors='replace')}")
            if time.monotonic() > deadline:
                raise DemoError(f"the sandbox did not start within {START_SECONDS} seconds")
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{self._port_file.read_text().strip()}"

    def seed(self) -> dict[str, Any]:
        """Create the network, the roles, the cluster, and a node group, and return their IDs."""
        node_group = {
            "nodegroupName": NODE_GROUP,
            "instanceTypes": ["t3.large"],
            "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 2},
        }
        seed = {"cluster": CLUSTER, "region": REGION, "version": "1.33", "nodegroups": 1, "nodegroup": node_group}
        return self.control("POST", "seed", seed)

    def control(self, method: str, call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the control API of the sandbox."""
        return self._request(method, f"/_sandbox/{call}", {"content-type": "application/json"}, body)

    def node_group(self) -> dict[str, Any]:
        """Return the node group as DescribeNodegroup returns it."""
        # The sandbox reads the service from the signature, but does not verify it.
        scope = f"{ACCESS_KEY}/20260101/{REGION}/eks/aws4_request"
        headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
        found = self._request("GET", f"/clusters/{CLUSTER}/node-groups/{NODE_GROUP}", headers)
        return dict(found["nodegroup"])

    def node_groups(self) -> list[str]:
        """Return the names of all node groups."""
        return [name.rpartition("/")[2] for name in self.control("GET", "resources").get("nodegroup", [])]

    def forget_calls(self) -> None:
        """Delete the counts of API calls."""
        self.control("DELETE", "calls")

    def writes(self) -> list[str]:
        """Return the API calls since the last `forget_calls` that are not read calls."""
        operations = self.control("GET", "calls/counts")["operations"]
        reads = ("Describe", "Get", "List", "Simulate")
        return [name for name in operations if not name.partition(":")[2].startswith(reads)]

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with _OPENER.open(request, timeout=30) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            raise DemoError(f"the sandbox rejects {method} {path}: {error.read().decode(errors='replace')}") from error
        except OSError as error:
            raise DemoError(f"the sandbox does not respond to {method} {path}: {error}") from error
