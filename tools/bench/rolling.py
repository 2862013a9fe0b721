"""Plans that replace the nodes of node groups, over a real Kubernetes API server with many pods."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

from report import Row, Table, number
from workload import Cost, Meter, Sandbox, Workspace

# Numbers of node groups of one cluster. Each has NODES nodes.
GROUPS = (1, 10)
NODES = 5
RELEASES = ("1.33.4-20250904", "1.33.5-20251016")
# For each cluster, whatever the number of node groups.
CALLS = 6
MEMORY_MB = 100
MB = 1e6

ARGUMENTS = """
  release_version = "%s"
  scaling_config {
    desired_size = %d
    min_size     = 0
    max_size     = 5
  }
}
"""
# The provider logs a line for each response of an API server.
RESPONSE = re.compile(r"Kubernetes [A-Z]+ responded")


class RollingPlans:
    """Plans of another AMI release, by the number of node groups."""

    def __init__(self, directory: Path, meter: Meter, sandbox: Sandbox) -> None:
        directory.mkdir()
        self._directory, self._meter, self._sandbox = directory, meter, sandbox
        self.costs: dict[int, list[Cost]] = {}
        self.calls: dict[int, int] = {}

    def measure(self, groups: int, runs: int) -> None:
        """Create the node groups with pods on their nodes, and plan another release."""
        workspace = Workspace(self._directory, self._meter, self._sandbox, groups)
        [cluster] = workspace.clusters
        self._sandbox.control("POST", "kubernetes", {"cluster": cluster})
        self._sandbox.control("POST", "kubernetes/workloads", {"cluster": cluster, "system": True})
        workspace.configure(ARGUMENTS % (RELEASES[0], NODES))
        workspace.terraform("apply", "-auto-approve", "-input=false", "-no-color")
        self._sandbox.control("POST", "kubernetes/workloads", {"cluster": cluster, "load": {"replicas": 25}})
        workspace.configure(ARGUMENTS % (RELEASES[1], NODES))
        plan = ("plan", "-input=false", "-detailed-exitcode", "-no-color")
        self.costs[groups] = [workspace.terraform(*plan, expect=2) for _ in range(runs + 1)][1:]
        logged = workspace.logged(*plan, expect=2)
        self.calls[groups] = len(RESPONSE.findall(logged))

    def add(self, table: Table) -> None:
        """Add the table of these plans."""
        table.heading("Plan of another AMI release, with pods and budgets", "terraform plan -input=false -detailed-exitcode")
        for groups, costs in self.costs.items():
            name = f"{groups:,} node group{'s' if groups > 1 else ''} of {NODES} nodes"
            table.add(
                Row(f"{name}: wall", "s", [cost.wall for cost in costs]),
                Row("  CPU of the provider", "s", [cost.provider_cpu for cost in costs]),
                Row("  peak memory of the provider", "MB", [cost.provider_peak / MB for cost in costs], MEMORY_MB),
                Row("  Kubernetes calls", "calls", [self.calls[groups]], CALLS),
            )
        few, many = min(self.costs), max(self.costs)
        if few < many:
            low, high = (statistics.median(cost.wall for cost in self.costs[size]) for size in (few, many))
            table.lines.append(f"  each further node group: {number((high - low) / (many - few) * 1000)} ms wall")
