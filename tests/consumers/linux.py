"""Reads userdata as a node of Amazon Linux does: cloud-init takes the parts apart, bash runs the script that calls
bootstrap.sh, jq changes the kubelet's configuration, and systemd reads the units.

Standard input: {"debian": folder of unpacked packages, "userdata": [base64, ...]}. Standard output: a list, one object each.
"""

import base64
import ctypes
import glob
import json
import os
import stat
import subprocess
import sys
import tempfile

# The script that the renderer writes begins so; those of users are not run.
OWN = b"#!/bin/bash\nset -o errexit -o nounset -o pipefail\n"
KUBELET_CONFIG = {"kind": "KubeletConfiguration", "featureGates": {"Given": True}, "maxPods": 1}


class Systemd:
    """The parsers of systemd's own libraries."""

    def __init__(self, debian):
        shared, core = (
            glob.glob(f"{debian}/**/libsystemd-{name}-*.so", recursive=True)[0] for name in ("shared", "core")
        )
        self.shared = ctypes.CDLL(shared, mode=ctypes.RTLD_GLOBAL)
        self.core = ctypes.CDLL(core)
        self.shared.replace_env_argv.restype = ctypes.c_void_p

    def environment(self, values):
        """What a unit with these lines Environment= gives to its processes."""
        variables = ctypes.c_void_p(None)
        place = (b"test.service", b"test.conf", 1, b"Service", 1, b"Environment", 0)
        for value in values:
            status = self.core.config_parse_environ(*place, value, ctypes.byref(variables), None)
            assert status >= 0, (status, value)
        return variables

    def texts(self, pointer):
        """A list of texts that ends with a null pointer."""
        found, texts = [], ctypes.cast(pointer, ctypes.POINTER(ctypes.c_char_p))
        while texts and texts[len(found)] is not None:
            found.append(texts[len(found)])
        return found

    def arguments(self, variables, *command):
        """The arguments of ExecStart= after its variables are filled in."""
        given = (ctypes.c_char_p * (len(command) + 1))(*command, None)
        return self.texts(ctypes.c_void_p(self.shared.replace_env_argv(given, variables)))


class CloudInit:
    """cloud-init's own reader, and its handler of scripts."""

    def __init__(self, debian):
        sys.path.insert(0, f"{debian}/usr/lib/python3/dist-packages")
        from cloudinit import handlers, helpers, user_data, util
        from cloudinit.handlers import shell_script
        from cloudinit.settings import PER_INSTANCE

        self.handlers, self.helpers, self.util = handlers, helpers, util
        self.processor, self.scripts, self.frequency = user_data.UserDataProcessor, shell_script, PER_INSTANCE

    def parts(self, userdata, folder):
        """Media type and bytes of each part as handlers get them, and the scripts as they lie ready, in order."""
        paths = self.helpers.Paths({"cloud_dir": folder, "run_dir": folder})
        handler = self.scripts.ShellScriptPartHandler(paths)
        handler.script_dir = os.path.join(folder, "scripts")
        os.makedirs(handler.script_dir)
        parts = []

        def part(_data, filename, payload, headers):
            kind = headers["Content-Type"]
            parts.append([kind, encoded(self.util.encode_text(payload))])
            if kind == "text/x-shellscript":
                handler.handle_part(None, kind, filename, payload, self.frequency)

        self.handlers.walk(self.processor(paths).process(userdata), part, None)
        names = sorted(os.listdir(handler.script_dir))
        return parts, [read(os.path.join(handler.script_dir, name)) for name in names]


def encoded(data):
    return base64.b64encode(data).decode()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text)
    os.chmod(path, mode)


def options(arguments):
    """The name of the cluster and the flags, as bootstrap.sh finds them: a flag has its value in the next argument."""
    names, flags, rest = [], {}, iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            assert argument not in flags, arguments
            flags[argument] = next(rest)
        else:
            names.append(argument)
    assert len(names) == 1, arguments
    return names[0], flags


def run(script, debian, folder, systemd):
    """What the script has changed, and what it has called bootstrap.sh with."""
    root, programs = os.path.join(folder, "root"), os.path.join(folder, "programs")
    executable = stat.S_IRWXU
    kubelet = f"{root}/etc/kubernetes/kubelet/kubelet-config.json"
    write(kubelet, json.dumps(KUBELET_CONFIG).encode())
    stand_in = f"#!/bin/bash\nprintf '%s\\0' \"$@\" >{folder}/arguments\nenv -0 >{folder}/variables\n"
    write(f"{root}/etc/eks/bootstrap.sh", stand_in.encode(), executable)
    write(f"{programs}/systemctl", b"#!/bin/sh\nexit 0\n", executable)
    write(f"{programs}/sudo", b'#!/bin/sh\nexec "$@"\n', executable)
    library = glob.glob(f"{debian}/usr/lib/*/libjq.so.1")[0]
    jq = f'#!/bin/sh\nLD_LIBRARY_PATH={os.path.dirname(library)} exec {debian}/usr/bin/jq "$@"\n'
    write(f"{programs}/jq", jq.encode(), executable)
    path = f"{folder}/script.sh"
    write(path, script.replace(b"/etc/", root.encode() + b"/etc/"), executable)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run([path], check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    units = {}
    for unit in sorted(glob.glob(f"{root}/etc/systemd/system/*.service.d/*.conf")):
        section, *lines = read(unit).splitlines()
        assert section == b"[Service]" and all(line.startswith(b"Environment=") for line in lines), lines
        # A line that ends so would go on on the next one.
        assert not any(line.endswith(b"\\") for line in lines), lines
        variables = systemd.environment(line.partition(b"=")[2].strip() for line in lines)
        service = os.path.basename(os.path.dirname(unit)).removesuffix(".service.d")
        units[service] = dict(each.decode().split("=", 1) for each in systemd.texts(variables))
    result = {"units": units, "kubelet_config": json.loads(read(kubelet))}
    if os.path.exists(f"{folder}/arguments"):
        arguments = read(f"{folder}/arguments").decode().split("\0")[:-1]
        name, flags = options(arguments)
        containerd = flags.get("--containerd-config-file")
        result["containerd_config"] = read(containerd).decode() if containerd else None
        # bootstrap.sh puts it into a unit so, and the kubelet's unit has the bare variable.
        line = f"'KUBELET_EXTRA_ARGS={flags.get('--kubelet-extra-args', '')}'".encode()
        kubelet = systemd.arguments(systemd.environment([line]), b"kubelet", b"$KUBELET_EXTRA_ARGS")
        exported = dict(each.split("=", 1) for each in read(f"{folder}/variables").decode().split("\0")[:-1])
        result |= {"cluster": name, "flags": flags, "kubelet": [each.decode() for each in kubelet[1:]]}
        result["exported"] = {name: value for name, value in exported.items() if name not in {"PATH", "PWD", "SHLVL", "_"}}
    return result


def main():
    given = json.load(sys.stdin)
    debian = given["debian"]
    systemd, cloud_init = Systemd(debian), CloudInit(debian)
    results = []
    for userdata in given["userdata"]:
        with tempfile.TemporaryDirectory() as folder:
            parts, scripts = cloud_init.parts(base64.b64decode(userdata), folder)
            result = {"parts": parts, "scripts": [encoded(script) for script in scripts]}
            own = [script for script in scripts if script.startswith(OWN)]
            assert len(own) < 2, own
            result |= run(own[0], debian, folder, systemd) if own else {}
            results.append(result)
    json.dump(results, sys.stdout)


main()
