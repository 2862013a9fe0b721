"""Terraform or OpenTofu with the built provider in a filesystem mirror, and the directories of the configurations."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local_aws import ACCESS_KEY, REGION, ROOT
from terminal import DemoError, Line, lines

SOURCE = "ekscompute/ekscompute"
# Terraform requires an installed provider for a resource in the state, but does not call it to move the resource. The
# built provider is also installed under the address of the AWS provider.
FORMER_SOURCE = "hashicorp/aws"
FORMER_VERSION = "0.0.1"
PROGRAM = ROOT / ".build/clis/terraform-path"
COMMAND_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Run:
    """A command that has ended."""

    code: int
    output: list[Line]

    @property
    def text(self) -> str:
        """The output without styles."""
        return "\n".join(line.plain for line in self.output)


class Cli:
    """The program, its mirror, and its environment."""

    def __init__(self, provider: Path, directory: Path, colored: bool) -> None:
        target = PROGRAM.resolve().name
        self.name = "tofu" if target.startswith("tofu") else "terraform"
        self.registry = "registry.opentofu.org" if self.name == "tofu" else "registry.terraform.io"
        self.version = _output([provider, "--version"]).split()[-1].removeprefix("v")
        self._mirror = directory / "mirror"
        self._install(provider, SOURCE, self.version)
        self._install(provider, FORMER_SOURCE, FORMER_VERSION)
        config = directory / "cli.tfrc"
        mirror = json.dumps(self._mirror.as_posix())
        config.write_text(f"provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n")
        self.environment = _environment() | {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(config),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }
        self.options = [] if colored else ["-no-color"]

    def _install(self, provider: Path, source: str, version: str) -> None:
        directory = self._mirror / self.registry / source / version / _platform()
        directory.mkdir(parents=True)
        installed = directory / f"terraform-provider-{source.rpartition('/')[2]}_v{version}"
        try:
            os.link(provider, installed)
        except OSError:
            # The directories are on different file systems.
            shutil.copy(provider, installed)


class Workspace:
    """A directory with a configuration and its state."""

    def __init__(self, cli: Cli, directory: Path, files: list[Path], variables: dict[str, object]) -> None:
        self._cli = cli
        self.directory = directory
        directory.mkdir()
        for file in files:
            self.add(file)
        (directory / "demo.auto.tfvars.json").write_text(json.dumps(variables, indent=2))
        # A version with a suffix, such as 0.1.0-dev, is selected only if exactly this version is required.
        provider = f'ekscompute = {{\n      source  = "{SOURCE}"\n      version = "{cli.version}"\n    }}'
        versions = f"terraform {{\n  required_providers {{\n    {provider}\n  }}\n}}\n"
        (directory / "versions.tf").write_text(versions)

    def add(self, file: Path) -> None:
        """Add a file of the demo to the configuration."""
        shutil.copy(file, self.directory)

    def init(self) -> None:
        """Install the providers from the mirror."""
        run = self.run("init")
        if run.code != 0:
            raise DemoError(f"{self._cli.name} init failed:\n{run.text}")

    def addresses(self) -> list[str]:
        """Return the addresses of the resources in the state."""
        state = json.loads((self.directory / "terraform.tfstate").read_text())
        return [f"{resource['type']}.{resource['name']}" for resource in state["resources"]]

    def run(self, verb: str, *arguments: str) -> Run:
        """Run a command, and return its exit code and its output."""
        try:
            done = subprocess.run(
                [PROGRAM, verb, *self._cli.options, *arguments],
                cwd=self.directory,
                env=self._cli.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"{self._cli.name} {verb} did not end within {COMMAND_SECONDS} seconds") from error
        return Run(done.returncode, lines(done.stdout.decode(errors="replace")))


def _environment() -> dict[str, str]:
    """Return the environment without settings of Terraform, AWS, Kubernetes, and proxies."""
    prefixes = ("TF_", "AWS_", "KUBE", "EKSCOMPUTE_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(prefixes) and not name.lower().endswith("_proxy")
    }


def _platform() -> str:
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"{platform.system().lower()}_{architecture}"


def _output(command: list[Path | str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise DemoError(f"{command[0]} does not run: {error}") from error
