"""The platforms of a release, by Rust target, and how each is compiled."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = "terraform-provider-ekscompute"

# Rust target to the operating system and architecture in the names that registries use.
TARGETS = {
    "x86_64-unknown-linux-musl": ("linux", "amd64"),
    "aarch64-unknown-linux-musl": ("linux", "arm64"),
    "x86_64-unknown-linux-gnu": ("linux", "amd64"),
    "aarch64-unknown-linux-gnu": ("linux", "arm64"),
    "x86_64-apple-darwin": ("darwin", "amd64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
    "x86_64-pc-windows-msvc": ("windows", "amd64"),
}


class ReleaseError(Exception):
    """A step failed. The message is the reason."""


def say(text: str) -> None:
    """Report progress."""
    print(f"release: {text}", flush=True)


def output(command: list[str], **options: object) -> str:
    """Run a command at the root of the repository and return its standard output."""
    try:
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, **options)
    except FileNotFoundError as error:
        raise ReleaseError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise ReleaseError(f"{' '.join(command[:3])} failed with status {error.returncode}") from error
    return done.stdout


@dataclass(frozen=True, slots=True)
class Platform:
    """A Rust target of the release."""

    target: str

    @classmethod
    def named(cls, target: str | None) -> Platform:
        """The target, or the one of this machine."""
        target = target or _native_target()
        if target not in TARGETS:
            raise ReleaseError(f"{target} is not a release target. Release targets: {', '.join(TARGETS)}")
        return cls(target)

    @property
    def os(self) -> str:
        return TARGETS[self.target][0]

    @property
    def suffix(self) -> str:
        """The platform in file names."""
        return "_".join(TARGETS[self.target])

    @property
    def executable_suffix(self) -> str:
        return ".exe" if self.os == "windows" else ""

    @property
    def links_glibc(self) -> bool:
        return self.target.endswith("-linux-gnu")

    @property
    def binary(self) -> Path:
        """Where cargo writes the program."""
        directory = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        return directory / self.target / "release" / (PROVIDER + self.executable_suffix)

    def rust_flags(self) -> list[str]:
        """Compiler flags. With --target they apply to the program, not to procedural macros and build scripts."""
        cargo_home = os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))
        # Panic messages contain source paths, which otherwise differ between machines.
        flags = [f"--remap-path-prefix={cargo_home}=cargo", f"--remap-path-prefix={ROOT}=."]
        # The C library is linked in: musl or glibc on Linux, and the C runtime on Windows. macOS has no static one.
        return flags if self.os == "darwin" else ["-Ctarget-feature=+crt-static", *flags]


def _native_target() -> str:
    """The target of this machine, with musl on Linux if its standard library is installed.

    A static glibc loads the name service modules that nsswitch.conf names from the machine it runs on, which may
    belong to another glibc. It is also under the LGPL. musl has neither property.
    """
    lines = output(["rustc", "-vV"]).splitlines()
    host = next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))
    musl = host.replace("-linux-gnu", "-linux-musl")
    if musl != host and Path(output(["rustc", "--print", "target-libdir", "--target", musl]).strip()).is_dir():
        return musl
    return host
