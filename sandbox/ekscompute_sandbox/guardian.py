"""Runs etcd and kube-apiserver as long as another process holds the other end of its standard input.

python -IS guardian.py DIRECTORY < pipe

DIRECTORY/commands.json lists the commands. Each command writes its log to the same directory. When the pipe closes, for
example because the other process was killed, the commands are killed and the directory is removed, unless "keep" was
written before. When one of the commands ends, the other command is killed as well.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def _die_with_the_guardian() -> None:
    """On Linux, the kernel kills a command even if the guardian is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _start(folder: str) -> list[subprocess.Popen[bytes]]:
    with open(os.path.join(folder, "commands.json"), encoding="utf-8") as file:
        commands: dict[str, list[str]] = json.load(file)
    started = []
    for name, command in commands.items():
        with open(os.path.join(folder, f"{name}.log"), "wb") as log:
            started.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    preexec_fn=_die_with_the_guardian,
                )
            )
    return started


def main() -> None:
    """Start the commands, wait for the end of the input or of a command, and clean up."""
    folder = sys.argv[1]
    # A Ctrl-C in the terminal is sent to the whole process group. Only the end of the pipe ends the guardian.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commands = _start(folder)
    ended = threading.Event()
    keep = False

    def watch_input() -> None:
        nonlocal keep
        keep = b"keep" in sys.stdin.buffer.read()
        ended.set()

    def watch_command(command: subprocess.Popen[bytes]) -> None:
        nonlocal keep
        command.wait()
        # The process at the other end of the pipe reads the log to report the cause.
        keep = not ended.is_set() or keep
        ended.set()

    threading.Thread(target=watch_input, daemon=True).start()
    for command in commands:
        threading.Thread(target=watch_command, args=(command,), daemon=True).start()
    ended.wait()
    for command in commands:
        command.kill()
    for command in commands:
        command.wait()
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    # The threads may still be waiting for input.
    os._exit(0)


if __name__ == "__main__":
    main()
