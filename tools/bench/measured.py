"""Runs the provider and writes down what the process cost.

Installed in a temporary folder under the provider's name, so that whoever starts the provider, Terraform or the
bench itself, starts this; the provider's streams, arguments and environment are its own. One line of JSON a process:
when it started (monotonic seconds), wall and CPU seconds, and the peak of its resident memory in bytes.
"""

import json
import os
import signal
import time


def main():
    """Start, wait, write."""
    program = os.environ["BENCH_PROVIDER"]
    started = time.monotonic()
    # Python ignores SIGPIPE; the provider starts with the default, as it would without this program.
    process = os.posix_spawn(program, [program], os.environ, setsigdef=[signal.SIGPIPE])
    _, status, usage = os.wait4(process, 0)
    record = {
        "started": started,
        "wall": time.monotonic() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        # Kilobytes on Linux, bytes on macOS. It is never less than this small program's own, some 10 MB.
        "peak": usage.ru_maxrss * (1024 if os.uname().sysname == "Linux" else 1),
        "status": os.waitstatus_to_exitcode(status),
    }
    with open(os.environ["BENCH_RECORD"], "a") as file:
        file.write(json.dumps(record) + "\n")
    os._exit(record["status"] & 0xFF)


main()
