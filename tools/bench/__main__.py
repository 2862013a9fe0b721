"""Measures the built provider and prints one table: `make bench`.

Nothing is asserted on time: a figure stands beside its limit, or the peer it is to be compared with.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from plugin_host import Identity, serve_schema_once
from report import Row, Table, machine, number
from rolling import GROUPS, RollingPlans
from userdata import DOCUMENTS, OURS, PEER, Documents, Rendering
from workload import ROOT, TRANSITION_SECONDS, Cost, Meter, Sandbox, Workspace, terraform_version

SIZES = (1, 100, 1000)
RUNS = 5
# Node groups that the applies of one row may create in all, so that the whole stays a matter of minutes.
APPLIED_AT_MOST = 1000
DESCRIBE = "eks:DescribeNodegroup"
# Numbers of new node groups, and of the clusters they are spread over.
CREATIONS = ((1, 1), (1000, 1), (1000, 10))
MB = 1e6
# The peer cannot be measured beside us: neither its release nor its source comes from a package registry.
SOURCES = """
  (1) as reported in github.com/gruntwork-io/terragrunt/issues/6341, not measured here
  (2) an idle process, as reported in github.com/hashicorp/terraform-provider-aws/issues/29631, not measured here
  (3) a plan of two objects, as reported in github.com/hashicorp/terraform-provider-aws/pull/47425, not measured here
  (4) all of Terraform's CPU time; it checks nothing, and is one expression where ours is a node of the graph each"""


def say(text: str) -> None:
    """Tell how far it is, apart from the table."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def serve_schema(table: Table, meter: Meter, directory: Path, runs: int) -> None:
    """Binary size, and a start that ends with the schema in the host's hands."""
    provider = Path(meter.environment["BENCH_PROVIDER"])
    table.heading("Release binary", f"cargo build --release; wc -c {provider}")
    table.add(Row("size, stripped", "MB", [provider.stat().st_size / MB], 30, "hashicorp/aws 6.50: 830 (1)"))

    say(f"starting the provider {runs + 1} times")
    identity = Identity(directory)
    meter.clear()
    served = [serve_schema_once(meter.program, meter.environment, identity) for _ in range(runs + 1)][1:]
    records = meter.records()[1:]
    pairs = list(zip(served, records, strict=True))
    table.heading(
        "Start, serve the schema, shut down (magic cookie, mutual TLS, Unix socket, GetProviderSchema)",
        f"TF_PLUGIN_MAGIC_COOKIE=... {provider.name}",
    )
    table.add(
        Row("CPU of the process", "ms", [record["cpu"] * 1000 for record in records], 30),
        Row("wall, start to handshake line", "ms", [(each.handshake - at["started"]) * 1000 for each, at in pairs]),
        Row("wall, start to schema received", "ms", [(each.schema - at["started"]) * 1000 for each, at in pairs]),
        Row("wall, start to end of the process", "ms", [record["wall"] * 1000 for record in records]),
        Row("peak memory", "MB", [record["peak"] / MB for record in records], peer="hashicorp/aws: 210 (2)"),
        Row("size of the schema's message", "kB", [each.schema_bytes / 1000 for each in served]),
    )


def userdata(table: Table, meter: Meter, directory: Path, runs: int, documents: int) -> None:
    """Many userdata documents in one process, and the same documents by Terraform's own functions."""
    ours = Documents(directory, meter, "userdata", OURS, documents)
    peer = Documents(directory, meter, "userdata-template", PEER, documents)
    fixed = Documents(directory, meter, "userdata-one", OURS, 1)
    say(f"{documents:,} userdata documents: {runs + 1} plans each way")
    costs: dict[str, list[Rendering]] = {
        name: [way.plan() for _ in range(runs + 1)][1:] for name, way in (("ours", ours), ("peer", peer), ("one", fixed))
    }
    table.heading(f"{documents:,} userdata documents of Amazon Linux 2023, without credentials", "terraform plan -input=false")
    own, once = costs["ours"], statistics.median(cost.provider_cpu for cost in costs["one"])
    each = [(cost.provider_cpu - once) / documents * 1e6 for cost in own]
    others = costs["peer"]
    typical = Rendering(*(statistics.median(getattr(cost, name) for cost in others) for name in Rendering.__slots__))
    table.add(
        Row("ekscompute_userdata: CPU of the provider", "s", [cost.provider_cpu for cost in own]),
        Row("  for each document", "us", each, peer=f"{number(typical.cpu / documents * 1e6)} with templatefile (4)"),
        Row("  peak memory of the provider", "MB", [cost.provider_peak / MB for cost in own], 100),
        Row("  wall, Terraform included", "s", [cost.wall for cost in own], peer=f"{number(typical.wall)} with templatefile"),
        Row("  CPU of Terraform", "s", [cost.cpu - cost.provider_cpu for cost in own]),
        Row("templatefile, base64encode: wall", "s", [cost.wall for cost in others]),
        Row("  CPU of Terraform", "s", [cost.cpu for cost in others]),
        Row("  peak memory of Terraform", "MB", [cost.peak / MB for cost in others]),
    )


def add_costs(table: Table, size: int, costs: list[Cost], limit: float | None = None, peer: str = "") -> None:
    """The rows of one command."""
    groups = f"{size:,} node group{'s' if size > 1 else ''}"
    table.add(
        Row(f"{groups}: wall", "s", [cost.wall for cost in costs]),
        Row("  CPU of the provider", "s", [cost.provider_cpu for cost in costs]),
        Row("  CPU of the AWS stand-in", "s", [cost.sandbox_cpu for cost in costs]),
        Row("  peak memory of the provider", "MB", [cost.provider_peak / MB for cost in costs], limit, peer),
    )


def add_calls(table: Table, costs: dict[int, list[Cost]]) -> None:
    """Calls in all and for each node group, by operation; each size's greatest number of all its runs."""
    table.lines.append(f"  {'AWS calls in all (for each node group)':<40}" + "".join(f"{size:>18,}" for size in costs))
    operations = {operation for runs in costs.values() for cost in runs for operation in cost.calls}
    for operation in sorted(operations):
        cells = []
        for size, runs in costs.items():
            most = max(cost.calls.get(operation, 0) for cost in runs)
            cells.append(f"{number(most)} ({number(most / size)})".rjust(18))
        table.lines.append(f"    {operation:<38}" + "".join(cells))


def add_growth(table: Table, costs: dict[int, list[Cost]]) -> None:
    """What each further node group costs, between the two greatest sizes."""
    *_, small, large = sorted(costs)

    def slope(value: Callable[[Cost], float]) -> str:
        low, high = (statistics.median(map(value, costs[size])) for size in (small, large))
        return number((high - low) / (large - small))

    table.lines += [
        f"  each further one, from {small:,} to {large:,}: {slope(lambda cost: cost.wall * 1000)} ms wall, "
        f"{slope(lambda cost: cost.provider_cpu * 1000)} ms CPU and {slope(lambda cost: cost.provider_peak / 1000)} kB "
        f"of the provider, {slope(lambda cost: sum(cost.calls.values()))} AWS calls",
    ]


@dataclass(slots=True)
class Lifecycles:
    """Costs of each command by number of node groups."""

    schemas: list[Cost] = field(default_factory=list)
    plans: dict[int, list[Cost]] = field(default_factory=dict)
    applies: dict[int, list[Cost]] = field(default_factory=dict)
    destroys: dict[int, list[Cost]] = field(default_factory=dict)

    def measure(self, workspace: Workspace, size: int, runs: int) -> None:
        """Apply, plan and destroy some node groups; apply and destroy as often as the size allows."""
        if not self.schemas:
            say("terraform providers schema -json")
            self.schemas = measure(runs, lambda: workspace.terraform("providers", "schema", "-json"))
        times = max(1, min(runs, APPLIED_AT_MOST // size - 1))
        warm_up = times > 1
        applies, destroys = [], []
        # With -detailed-exitcode a plan that finds any change would not exit with 0.
        plan = ("plan", "-input=false", "-detailed-exitcode")
        for turn in range(times + warm_up):
            say(f"{size:,} node groups: apply {turn + 1} of {times + warm_up}")
            applies.append(workspace.terraform("apply", "-auto-approve", "-input=false", "-no-color"))
            if turn == 0:
                say(f"{size:,} node groups: {runs + 1} plans")
                self.plans[size] = measure(runs, lambda: workspace.terraform(*plan))
            say(f"{size:,} node groups: destroy {turn + 1} of {times + warm_up}")
            destroys.append(workspace.terraform("destroy", "-auto-approve", "-input=false", "-no-color"))
        self.applies[size], self.destroys[size] = applies[warm_up:], destroys[warm_up:]


def measure(runs: int, run: Callable[[], Cost]) -> list[Cost]:
    """The costs of some runs, after one that does not count."""
    return [run() for _ in range(runs + 1)][1:]


def node_groups(table: Table, measured: Lifecycles) -> None:
    """The tables of the real Terraform."""
    table.heading("The same schema through Terraform", "terraform providers schema -json")
    starts = [cost.provider_cpu * 1000 / cost.provider_starts for cost in measured.schemas]
    table.add(
        Row("wall, Terraform included", "s", [cost.wall for cost in measured.schemas]),
        Row("CPU of the provider's process", "ms", starts),
    )
    table.heading("Plan of node groups that have not changed", "terraform plan -input=false -detailed-exitcode")
    for size, costs in measured.plans.items():
        add_costs(table, size, costs, 100, "hashicorp/aws: 556 (3)")
        describes = [cost.calls.get(DESCRIBE, 0) for cost in costs]
        others = [sum(cost.calls.values()) - cost.calls.get(DESCRIBE, 0) for cost in costs]
        table.add(Row(f"  {DESCRIBE}", "calls", describes, size), Row("  all other calls", "calls", others, 20))
    _calls_and_growth(table, measured.plans)
    for title, command, costs_by_size in (
        ("Creation", "terraform apply -auto-approve -input=false -no-color", measured.applies),
        ("Deletion", "terraform destroy -auto-approve -input=false -no-color", measured.destroys),
    ):
        table.heading(f"{title} of node groups, which takes the AWS stand-in {TRANSITION_SECONDS} s each", command)
        for size, costs in costs_by_size.items():
            add_costs(table, size, costs)
        _calls_and_growth(table, costs_by_size)


def _calls_and_growth(table: Table, costs: dict[int, list[Cost]]) -> None:
    add_calls(table, costs)
    if len(costs) > 1:
        add_growth(table, costs)


def plan_creations(workspace: Callable[[int, int], Workspace], runs: int) -> dict[tuple[int, int], list[Cost]]:
    """What plans of new node groups cost, which make every preflight check, by the numbers of groups and clusters."""
    costs = {}
    for groups, clusters in CREATIONS:
        say(f"{groups:,} new node groups over {clusters} clusters: {runs + 1} plans")
        # An exit code of 2 says that there are changes.
        plan = ("plan", "-input=false", "-detailed-exitcode")
        planned = workspace(groups, clusters)
        costs[groups, clusters] = measure(runs, lambda planned=planned: planned.terraform(*plan, expect=2))
    return costs


def preflight(table: Table, measured: dict[tuple[int, int], list[Cost]]) -> None:
    """The table of plans of new node groups."""
    table.heading("Plan of new node groups, with preflight checks", "terraform plan -input=false -detailed-exitcode")
    for (groups, clusters), costs in measured.items():
        over = f"{clusters} cluster{'s' if clusters > 1 else ''}"
        facts = [sum(cost.calls.values()) - cost.calls.get(DESCRIBE, 0) for cost in costs]
        alone = measured[1, 1]
        limit = clusters * max(sum(cost.calls.values()) - cost.calls.get(DESCRIBE, 0) for cost in alone)
        table.add(
            Row(f"{groups:,} over {over}: wall", "s", [cost.wall for cost in costs]),
            Row("  CPU of the provider", "s", [cost.provider_cpu for cost in costs]),
            Row("  peak memory of the provider", "MB", [cost.provider_peak / MB for cost in costs], 100),
            Row(f"  {DESCRIBE}: is the name free", "calls", [cost.calls.get(DESCRIBE, 0) for cost in costs], groups),
            Row("  all other calls, which read facts", "calls", facts, limit),
        )
    table.lines.append("  limit of all other calls: those of one group, for each cluster")
    columns = "".join(f"{groups:,} over {clusters}".rjust(18) for groups, clusters in measured)
    table.lines.append(f"  {'AWS calls in all, by groups over clusters':<42}{columns}")
    operations = {operation for costs in measured.values() for cost in costs for operation in cost.calls}
    for operation in sorted(operations):
        counts = [max(cost.calls.get(operation, 0) for cost in costs) for costs in measured.values()]
        table.lines.append(f"    {operation:<40}" + "".join(number(count).rjust(18) for count in counts))


def main() -> None:
    """Measure everything; the table goes to standard output, progress to standard error."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--provider", type=Path, default=ROOT / "target/release/terraform-provider-ekscompute")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"after a warm-up (default {RUNS})")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help=f"of userdata (default {DOCUMENTS})")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="numbers of node groups")
    arguments = parser.parse_args()
    started = time.monotonic()
    table = Table([*machine(ROOT), f"terraform {terraform_version()}, with its default -parallelism=10"])
    with tempfile.TemporaryDirectory(prefix="ekscompute-bench-") as temporary:
        directory = Path(temporary)
        meter = Meter(arguments.provider.resolve(), directory)
        serve_schema(table, meter, directory, arguments.runs)
        userdata(table, meter, directory, arguments.runs, arguments.documents)
        sandbox = Sandbox(directory)
        measured = Lifecycles()
        try:
            for size in arguments.sizes:
                measured.measure(Workspace(directory, meter, sandbox, size), size, arguments.runs)
            rolling = RollingPlans(directory / "rolling", meter, sandbox)
            for groups in GROUPS:
                say(f"{groups} node groups with another AMI release: {arguments.runs + 1} plans")
                rolling.measure(groups, arguments.runs)
            created = plan_creations(lambda *numbers: Workspace(directory, meter, sandbox, *numbers), arguments.runs)
        finally:
            sandbox.stop()
    if measured.plans:
        node_groups(table, measured)
    rolling.add(table)
    preflight(table, created)
    seconds = time.monotonic() - started
    table.lines += [SOURCES, f"  runs come after a warm-up, except where there is one; measured in {seconds:.0f} s"]
    table.print()


if __name__ == "__main__":
    main()
