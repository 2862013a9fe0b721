"""The sandbox and the Terraform workspaces that the bench measures in."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / ".build/clis/terraform-path"
TRANSITION_SECONDS = 0.2

CONFIGURATION = """
terraform {
  required_providers {
    ekscompute = { source = "ekscompute/ekscompute" }
  }
}
locals {
  clusters = %(clusters)s
}
resource "ekscompute_node_group" "bench" {
  count           = %(number)d
  cluster_name    = local.clusters[count.index %% length(local.clusters)].cluster
  node_group_name = "bench-${count.index}"
  node_role_arn   = local.clusters[count.index %% length(local.clusters)].node_role_arn
  subnet_ids      = local.clusters[count.index %% length(local.clusters)].private_subnet_ids
  instance_types  = ["t3.medium"]
  labels          = { team = "bench" }
  tags            = { team = "bench" }
%(arguments)s"""

# The arguments that do not change in most measurements.
SCALING = """  scaling_config {
    min_size = 0
    max_size = 3
  }
}
"""


@dataclass(slots=True)
class Cost:
    """What one Terraform command cost: seconds, bytes, and AWS calls by operation."""

    wall: float
    provider_cpu: float
    provider_peak: int
    provider_starts: int
    sandbox_cpu: float
    calls: dict[str, int]


class Meter:
    """The provider behind the program that measures it, and that program's records."""

    def __init__(self, provider: Path, directory: Path) -> None:
        self.folder = directory / "provider"
        self.folder.mkdir()
        self.program = self.folder / "terraform-provider-ekscompute"
        code = (Path(__file__).parent / "measured.py").read_text()
        # -I and -S: a start of 15 ms, which is outside of what is measured.
        self.program.write_text(f"#!{sys.executable} -IS\n{code}")
        self.program.chmod(0o755)
        self._record = directory / "record"
        self.environment = {"BENCH_PROVIDER": str(provider), "BENCH_RECORD": str(self._record)}

    def clear(self) -> None:
        """Forget what was recorded."""
        self._record.write_text("")

    def records(self) -> list[dict[str, Any]]:
        """One record a process of the provider since the last `clear`."""
        return [json.loads(line) for line in self._record.read_text().splitlines()]


class Sandbox:
    """An AWS stand-in of the bench's own."""

    def __init__(self, directory: Path) -> None:
        port_file = directory / "port"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ekscompute_sandbox", "--port-file", port_file, "--parent-pid", str(os.getpid())],
            env=os.environ | {"PYTHONPATH": str(ROOT / "sandbox")},
            stdout=subprocess.DEVNULL,
        )
        while not port_file.exists():
            if self._process.poll() is not None:
                raise SystemExit("bench: the sandbox did not start")
            time.sleep(0.05)
        self.port = int(port_file.read_text())

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the control API."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, f"/_sandbox/{path}", None if body is None else json.dumps(body))
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise SystemExit(f"bench: {method} {path}: {answer.decode()}")
        return json.loads(answer)

    def fresh_clusters(self, number: int) -> list[dict[str, Any]]:
        """Empty the account, then make clusters, each with its network and roles."""
        self.control("POST", "reset", {})
        self.control("POST", "transitions", {"*": TRANSITION_SECONDS})
        return [self.control("POST", "seed", {"cluster": f"bench-{index}"}) for index in range(number)]

    def cpu(self) -> float:
        """CPU seconds so far; zero where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


class Workspace:
    """A configuration of some node groups, and the real Terraform over the sandbox."""

    def __init__(self, directory: Path, meter: Meter, sandbox: Sandbox, number: int, clusters: int = 1) -> None:
        self._meter, self._sandbox = meter, sandbox
        self._folder = directory / f"{number}-node-groups-of-{clusters}"
        self._folder.mkdir(exist_ok=True)
        made = sandbox.fresh_clusters(clusters)
        members = ("cluster", "node_role_arn", "private_subnet_ids")
        used = [{name: cluster[name] for name in members} for cluster in made]
        self.clusters = [cluster["cluster"] for cluster in made]
        self._values = {"number": number, "clusters": json.dumps(used)}
        self.configure(SCALING)
        settings = self._folder / "cli.tfrc"
        settings.write_text(
            f'provider_installation {{\n  dev_overrides {{\n    "ekscompute/ekscompute" = "{meter.folder}"\n  }}\n}}\n'
        )
        self._environment = meter.environment | {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": str(settings),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{sandbox.port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIABENCH",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def configure(self, arguments: str) -> None:
        """Write the node groups with these arguments, which end the block."""
        (self._folder / "main.tf").write_text(CONFIGURATION % (self._values | {"arguments": arguments}))

    def logged(self, *arguments: str, expect: int = 0) -> str:
        """Run one command, and return the log of the provider."""
        return self._run(arguments, expect, {"TF_LOG_PROVIDER": "DEBUG"}).stderr

    def _run(
        self, arguments: tuple[str, ...], expect: int, more: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        environment = self._environment | more
        run = subprocess.run(
            [TERRAFORM, *arguments], cwd=self._folder, env=environment, capture_output=True, text=True
        )
        if run.returncode != expect:
            raise SystemExit(f"bench: terraform {' '.join(arguments)}: {run.returncode}\n{run.stdout}{run.stderr}")
        return run

    def terraform(self, *arguments: str, expect: int = 0) -> Cost:
        """Run one command; what it should exit with is part of the measurement being one of the right thing."""
        self._meter.clear()
        self._sandbox.control("DELETE", "calls")
        sandbox_before, started = self._sandbox.cpu(), time.monotonic()
        self._run(arguments, expect, {})
        wall = time.monotonic() - started
        records = self._meter.records()
        return Cost(
            wall=wall,
            provider_cpu=sum(record["cpu"] for record in records),
            provider_peak=max(record["peak"] for record in records),
            provider_starts=len(records),
            sandbox_cpu=self._sandbox.cpu() - sandbox_before,
            calls=self._sandbox.control("GET", "calls/counts")["operations"],
        )


def terraform_version() -> str:
    """The program and what it says it is."""
    environment = {"PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    run = subprocess.run([TERRAFORM, "version"], env=environment, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[0]
