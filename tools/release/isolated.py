"""Checks that a Linux program needs nothing of the system: it runs in a root directory without any other file."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from platforms import ReleaseError, output, say
from workspace import write_workspace

# The magic cookie of the plugin protocol: without it, a provider does not serve.
HANDSHAKE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "6",
    "PLUGIN_UNIX_SOCKET_DIR": "/",
}
LISTED_HOST = "eks.example.test"
UNLISTED_HOST = "missing.example.test"
# Modules of other name services, in the order of common distributions. None of them exists in the root directory.
NAME_SERVICES = "hosts: files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns myhostname\n"
GROUP = "group-of-the-stand-in"
DATA = """
provider "ekscompute" {{
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  max_retries                 = 1
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {{
    eks = "http://{host}:{port}"
  }}
}}

data "ekscompute_node_groups" "all" {{
  cluster_name = "prod"
}}

output "names" {{
  value = data.ekscompute_node_groups.all.names
}}
"""


def check(program: Path, archive: Path, tofu: Path, root: Path) -> None:
    """Fail if the program has a dynamic dependency, does not start in an empty root, or does not resolve names."""
    _check_static(program)
    alone = root / "alone"
    alone.mkdir(parents=True)
    shutil.copy2(program, alone / program.name)
    _check_start(alone, program.name)
    _check_names(root / "tofu", archive, tofu)


def _check_static(program: Path) -> None:
    found = output(["readelf", "--wide", "--program-headers", "--dynamic", str(program)])
    dynamic = [line.strip() for line in found.splitlines() if "(NEEDED)" in line or " INTERP " in line]
    if dynamic:
        raise ReleaseError(f"{program.name} is not static: {dynamic}")
    say("the program has no dynamic loader and no shared libraries")


def _chroot(root: Path, command: str, variables: dict[str, str]) -> list[str]:
    """The command line that runs a command in another root as this user, with no variables but these."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    assignments = [f"{name}={value}" for name, value in variables.items()]
    # Debian has chroot in a directory that is on the PATH of root alone.
    chroot = shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if chroot is None:
        raise ReleaseError("chroot is not installed")
    user = f"--userspec={os.geteuid()}:{os.getegid()}"
    return [*as_root, "env", "--ignore-environment", *assignments, chroot, user, str(root), *command.split()]


def _check_start(root: Path, name: str) -> None:
    version = output(_chroot(root, f"/{name} --version", {})).strip()
    with subprocess.Popen(_chroot(root, f"/{name}", HANDSHAKE), stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline().strip()
        process.terminate()
    if line.split("|")[:3] != ["1", "6", "unix"]:
        raise ReleaseError(f"in an empty root directory, the program does not serve: {line!r}")
    say(f"in an empty root directory, {version} starts and serves protocol 6")


def _check_names(root: Path, archive: Path, tofu: Path) -> None:
    for directory in ("etc", "tmp"):
        (root / directory).mkdir(parents=True)
    (root / "etc" / "hosts").write_text(f"127.0.0.1 {LISTED_HOST}\n", encoding="utf-8")
    (root / "etc" / "nsswitch.conf").write_text(NAME_SERVICES, encoding="utf-8")
    shutil.copy2(tofu, root / "tofu")
    workspace = root / "workspace"
    write_workspace(workspace, archive, "/workspace/mirror")
    required = (workspace / "main.tf").read_text(encoding="utf-8")

    def plan(host: str, port: int) -> tuple[bool, str]:
        (workspace / "main.tf").write_text(required + DATA.format(host=host, port=port), encoding="utf-8")
        return _tofu(root, "plan -no-color -input=false")

    installed, shown = _tofu(root, "init -no-color -input=false")
    if not installed:
        raise ReleaseError(f"tofu init fails in a root directory of its own:\n{shown}")
    with _stand_in() as port:
        planned, shown = plan(LISTED_HOST, port)
        if not planned or GROUP not in shown:
            raise ReleaseError(f"a name of /etc/hosts is not resolved:\n{shown}")
        planned, shown = plan(UNLISTED_HOST, port)
        if planned or "dns error" not in shown:
            raise ReleaseError(f"an unknown name is not reported as a DNS error:\n{shown}")
    say("names of /etc/hosts are resolved, and an unknown name is a DNS error")


def _tofu(root: Path, arguments: str) -> tuple[bool, str]:
    variables = {"HOME": "/tmp", "TF_CLI_CONFIG_FILE": "/workspace/cli.tfrc", "CHECKPOINT_DISABLE": "1"}
    command = _chroot(root, f"/tofu -chdir=/workspace {arguments}", variables)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout


class _Eks(BaseHTTPRequestHandler):
    """Lists one node group."""

    def do_GET(self) -> None:
        body = f'{{"nodegroups": ["{GROUP}"]}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Do not log requests."""


@contextmanager
def _stand_in() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Eks)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
