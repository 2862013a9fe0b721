"""The steps of the demo. Each shows one promise of the provider, and fails if the promise does not hold."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from config_map_server import ConfigMapServer
from former_state import ADDRESS as FORMER_ADDRESS
from local_aws import CLUSTER, NODE_GROUP, ROOT, Sandbox
from terminal import DemoError, Line, Terminal, between
from workspace import Cli, Run, Workspace

DIRECTORY = ROOT / "tools/demo"
ADDRESS = f"ekscompute_node_group.{NODE_GROUP}"
NEW_RELEASE = "1.33.5-20251120"
NO_CHANGES = r"^No changes\."
SUMMARY = r"^Plan: "
APPLIED = r"^Apply complete!"

# Exit codes of `plan -detailed-exitcode`.
EMPTY, FAILED, CHANGES = 0, 1, 2

# Text in the formats of several tools, which the provider must not reformat.
MAP_ROLES = """\
# Owned by the platform team. Do not reorder.
- rolearn: "arn:aws:iam::123456789012:role/demo-node"   # nodes
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
- rolearn: arn:aws:iam::123456789012:role/ops
  username: ops
  groups:
    - viewers
# Deployments
- {rolearn: 'arn:aws:iam::123456789012:role/ci', username: ci, groups: [ci-deployers]}
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything that the steps use."""

    terminal: Terminal
    cli: Cli
    sandbox: Sandbox
    config_map: ConfigMapServer
    wrong_role: Workspace
    migration: Workspace

    def run_steps(self) -> None:
        """Run all steps."""
        for step in STEPS:
            step(self)

    def plan(self, workspace: Workspace, *arguments: str) -> Run:
        """Show and run a plan."""
        self.terminal.command(" ".join([self.cli.name, "plan", *arguments]))
        return workspace.run("plan", "-detailed-exitcode", *arguments)

    def apply(self, workspace: Workspace) -> Run:
        """Show and run an apply, which must succeed."""
        self.terminal.command(f"{self.cli.name} apply -auto-approve")
        run = workspace.run("apply", "-auto-approve")
        expect(run.code == 0, f"the apply failed:\n{run.text}")
        return run

    def plan_without_changes(self) -> None:
        """Run a plan that must show no changes."""
        run = self.plan(self.migration)
        expect(run.code == EMPTY, f"the plan shows changes:\n{run.text}")
        self.terminal.excerpt(between(run.output, NO_CHANGES, NO_CHANGES))


def expect(holds: bool, otherwise: str) -> None:
    """Fail with a reason if something does not hold."""
    if not holds:
        raise DemoError(otherwise)


def changed_lines(output: list[Line]) -> list[Line]:
    """Return the change of a resource without the unchanged attributes that Terraform repeats."""
    return [line for line in output if not re.match(r" {8}\w+ += ", line.plain)]


def error_message(output: list[Line]) -> list[Line]:
    """Return the error without the warnings of the same plan. In color, Terraform draws a frame around each of them."""
    message = between(output, r"Error: ", None)
    if not message[0].plain.startswith("│"):
        return message
    frame = output[len(output) - len(message) - 1]
    return [frame, *between(message, r"Error: ", r"^╵")]


def wrong_role(demo: Demo) -> None:
    """A plan fails at the line of a wrong argument, before anything is created."""
    demo.terminal.step(
        "A wrong role stops the plan at its line",
        "A new node group uses the cluster role. Without the check, EKS rejects it during apply.",
    )
    configuration = (demo.wrong_role.directory / "main.tf").read_text().splitlines()
    line = next(number for number, text in enumerate(configuration, 1) if "node_role_arn" in text)
    demo.sandbox.forget_calls()
    run = demo.plan(demo.wrong_role)
    expect(run.code == FAILED, f"the plan should fail, but ended with exit code {run.code}:\n{run.text}")
    demo.terminal.excerpt(error_message(run.output))
    expect("Error: Node role is the cluster role" in run.text, "the plan fails for another reason")
    expect(f"on main.tf line {line}," in run.text, f"the error is not at line {line} of main.tf")
    expect(not demo.sandbox.writes(), f"the plan called {demo.sandbox.writes()}")
    expect(demo.sandbox.node_groups() == [NODE_GROUP], f"there are the node groups {demo.sandbox.node_groups()}")
    demo.terminal.result(f"The plan failed at main.tf line {line}. Nothing was created.")


def moved(demo: Demo) -> None:
    """A `moved` block changes the resource type of a node group, and nothing else."""
    demo.terminal.step(
        "A moved block migrates from the AWS provider without changes",
        "The state is as the AWS provider writes it. The configuration adds a moved block.",
    )
    before = demo.sandbox.node_group()
    demo.sandbox.forget_calls()
    run = demo.apply(demo.migration)
    demo.terminal.excerpt(between(run.output, r"has moved to", APPLIED))
    expect(f"{FORMER_ADDRESS} has moved to {ADDRESS}" in run.text, "the state was not moved")
    expect("0 added, 0 changed, 0 destroyed" in run.text, "the apply changed something")
    expect(demo.migration.addresses() == [ADDRESS], f"the state contains {demo.migration.addresses()}")
    expect(not demo.sandbox.writes(), f"the apply called {demo.sandbox.writes()}")
    expect(demo.sandbox.node_group() == before, "the node group has changed")
    demo.terminal.result("The state has moved. AWS received only read calls.")


def autoscaler(demo: Demo) -> None:
    """The size that an autoscaler sets is not drift."""
    demo.terminal.step(
        "The node count of an autoscaler is not drift",
        "An autoscaler changes the size from 2 to 4 nodes. The configuration does not set desired_size.",
    )
    change = {"cluster": CLUSTER, "nodegroup": NODE_GROUP, "action": "set_desired_size", "value": 4}
    demo.sandbox.control("POST", "drift", change)
    demo.plan_without_changes()
    size = demo.sandbox.node_group()["scalingConfig"]["desiredSize"]
    expect(size == 4, f"the node group has {size} nodes")
    demo.terminal.result("The plan shows no changes, and the node group keeps its 4 nodes.")


def upgrade(demo: Demo) -> None:
    """A newer AMI release is installed only if the plan shows it."""
    demo.terminal.step(
        "An AMI upgrade appears in the plan",
        f"AWS publishes AMI release {NEW_RELEASE}. By default, the node group keeps its release.",
    )
    node_group = demo.sandbox.node_group()
    release = {"version": node_group["version"], "ami_type": node_group["amiType"], "release": NEW_RELEASE}
    demo.sandbox.control("POST", "releases", release)
    demo.plan_without_changes()
    run = demo.plan(demo.migration, "-var", "ami_update_policy=latest")
    expect(run.code == CHANGES, f"the plan should show a change, but ended with exit code {run.code}:\n{run.text}")
    change = between(run.output, rf"# {re.escape(ADDRESS)} will be updated in-place", SUMMARY)
    demo.terminal.excerpt(changed_lines(change))
    shown = rf'release_version += "{re.escape(node_group["releaseVersion"])}" -> "{re.escape(NEW_RELEASE)}"'
    expect(re.search(shown, run.text) is not None, "the plan does not show the new release")
    expect("0 to add, 1 to change, 0 to destroy" in run.text, "the plan shows other changes")
    demo.terminal.result("The release changes only on request, and the plan shows the old and the new release.")


def aws_auth(demo: Demo) -> None:
    """One entry of the ConfigMap changes. The rest is unchanged byte for byte."""
    demo.terminal.step(
        "One aws-auth entry changes, all other lines are unchanged",
        "The existing entry of the role ops is imported, and its group changes from viewers to editors.",
    )
    demo.migration.add(DIRECTORY / "migration/aws_auth.tf")
    before = demo.config_map.map_roles
    run = demo.apply(demo.migration)
    change = between(run.output, r"# ekscompute_aws_auth_map_role\.ops will be updated in-place", SUMMARY)
    demo.terminal.excerpt(changed_lines(change))
    demo.terminal.excerpt(between(run.output, APPLIED, APPLIED))
    expect("1 imported, 0 added, 1 changed, 0 destroyed" in run.text, f"the apply changed something else:\n{run.text}")
    after = demo.config_map.map_roles
    demo.terminal.write("", "    mapRoles before and after:")
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), n=len(before), lineterm="")
    demo.terminal.diff(list(difference)[3:])
    expect(after == MAP_ROLES.replace("- viewers\n", "- editors\n"), f"mapRoles is not as expected:\n{after}")
    expect(demo.config_map.writes == 1, f"the ConfigMap was written {demo.config_map.writes} times")
    demo.terminal.result("One write changed one line. All other lines are unchanged byte for byte.")


STEPS = (wrong_role, moved, autoscaler, upgrade, aws_auth)
