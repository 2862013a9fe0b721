"""Shows what the provider does, in five steps against the sandbox: `make demo`.

Each step runs Terraform, prints the relevant part of its output, and fails with a reason if its claim does not hold.
All files are in .build/demo.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from config_map_server import ConfigMapServer
from former_state import former_state
from local_aws import CLUSTER, ROOT, Sandbox
from steps import DIRECTORY, MAP_ROLES, STEPS, Demo
from terminal import DemoError, Terminal
from workspace import Cli, Workspace

WORK = ROOT / ".build/demo"


def main() -> None:
    """Run the demo with the provider that the argument names."""
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__.splitlines()[0])
    parser.add_argument("provider", type=Path, help="path of the built provider")
    provider = parser.parse_args().provider.resolve()
    if not provider.is_file():
        raise DemoError(f"{provider} does not exist")

    started = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    terminal = Terminal(len(STEPS))
    terminal.note("Starting a local AWS API (no AWS account) and installing the provider from a filesystem mirror.")
    sandbox = Sandbox(WORK)
    try:
        _demo(terminal, Cli(provider, WORK, terminal.colored), sandbox).run_steps()
    finally:
        sandbox.stop()
    seconds = time.monotonic() - started
    terminal.write("")
    terminal.note(f"All {len(STEPS)} steps passed in {seconds:.0f} seconds. The files are in .build/demo.")


def _demo(terminal: Terminal, cli: Cli, sandbox: Sandbox) -> Demo:
    config_map = ConfigMapServer(MAP_ROLES)
    sandbox.wait()
    cli.environment["AWS_ENDPOINT_URL"] = sandbox.url
    seed = sandbox.seed()
    variables = {"cluster_name": CLUSTER, "subnet_ids": seed["private_subnet_ids"]}
    wrong_role = Workspace(cli, WORK / "wrong_role", [DIRECTORY / "wrong_role/main.tf"], variables)
    variables |= {"node_role_arn": seed["node_role_arn"], "kubernetes_host": config_map.url}
    migration = Workspace(cli, WORK / "migration", [DIRECTORY / "migration/main.tf"], variables)
    state = former_state(sandbox.node_group(), seed["account"], cli.registry)
    (migration.directory / "terraform.tfstate").write_text(state)
    for workspace in (wrong_role, migration):
        workspace.init()
    return Demo(terminal, cli, sandbox, config_map, wrong_role, migration)


try:
    main()
except DemoError as error:
    sys.exit(f"demo: {error}")
except KeyboardInterrupt:
    sys.exit(130)
