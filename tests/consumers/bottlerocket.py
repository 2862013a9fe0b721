"""Reads settings documents as a node of Bottlerocket does: TOML by Python's own parser, then names and types as the settings
reference documents them, where an unknown name or another type refuses the whole document.

Standard input is a list of documents in JSON. Standard output is a list of what each reads as:
{"settings": ..., "errors": [...], "merged": ...}, where "merged" is what is read after EKS has rewritten the document as flat
assignments with values in single quotes.
"""

import base64
import ipaddress
import json
import re
import sys
import tomllib


def text(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def whole(least, most):
    return lambda value: type(value) is int and least <= value <= most


def flag(value):
    return type(value) is bool


def anything(value):
    return True


def choice(*names):
    return lambda value: isinstance(value, str) and value in names


def is_base64(value):
    try:
        return isinstance(value, str) and (base64.b64decode(value, validate=True), True)[1]
    except ValueError:
        return False


def is_certificates(value):
    if not is_base64(value):
        return False
    text = base64.b64decode(value).decode("utf-8", "replace")
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----\s(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    return not text.strip() or bool(blocks) and all(is_base64("".join(block.split())) for block in blocks)


def is_address(value):
    try:
        return isinstance(value, str) and (ipaddress.ip_address(value), True)[1]
    except ValueError:
        return False


def either(*kinds):
    return lambda value: any(errors(kind, value, "") == [] for kind in kinds)


def either_form(of_list, of_table):
    return lambda value: errors(of_list if isinstance(value, list) else of_table, value, "") == []


class Named(dict):
    """The keys that there are."""


class Free:
    """Keys of a pattern."""

    def __init__(self, pattern, kind):
        self.pattern, self.kind = re.compile(pattern), kind


def errors(kind, value, path):
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [error for index, each in enumerate(value) for error in errors(kind[0], each, f"{path}[{index}]")]
    if isinstance(kind, Named):
        if not isinstance(value, dict):
            return [f"{path} is no table"]
        unknown = [f"{path}.{key} is unknown" for key in value if key not in kind]
        known = [error for key in value if key in kind for error in errors(kind[key], value[key], f"{path}.{key}")]
        return unknown + known
    if isinstance(kind, Free):
        if not isinstance(value, dict):
            return [f"{path} is no table"]
        wrong = [f"{path}.{key} is no name" for key in value if not kind.pattern.fullmatch(key)]
        return wrong + [error for key in value for error in errors(kind.kind, value[key], f"{path}.{key}")]
    return [] if kind(value) else [f"{path} = {value!r}"]


NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
LABEL = rf"([A-Za-z0-9.-]{{1,253}}/)?{NAME}"
I32 = whole(-(2**31), 2**31 - 1)
LINE = text("[^\\n\\r\\x0b\\x0c\\x85\\u2028\\u2029]*")
URL = text(r"([a-z][a-z0-9+.-]*://)?[!-~]+")
QUANTITY = text(r"[+-]?[0-9.]+(e?[0-9]*|(E|P|T|G|M|K)i?|n|u|m|k)")
THRESHOLD = text(r"[+-]?[0-9.]+(e?[0-9]*|(E|P|T|G|M|K)i?|n|u|m|k)|([0-9]{1,2}(\.[0-9]+)?)%")
N = r"([0-9]+\.)?[0-9]+"
DURATION = text(rf"(?=.)({N}h)?({N}m)?({N}s)?({N}ms)?")
ID = "[A-Za-z0-9-]{1,76}"
RESERVED = Named(dict.fromkeys(["cpu", "memory", "ephemeral-storage", "pid"], QUANTITY))
SIGNALS = ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree", "pid.available"]
PERCENT = either(whole(0, 100), text("[0-9]|[1-9][0-9]|100"))
TAINT = text(rf"({NAME})?:[A-Za-z0-9]{{1,253}}")
MODE = choice("always", "once", "off")

KUBERNETES = Named(
    {
        "cluster-name": text("[0-9A-Za-z][A-Za-z0-9_-]{0,99}"),
        "api-server": URL,
        "cluster-certificate": is_base64,
        "cluster-domain": text("[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*"),
        "cluster-dns-ip": either(is_address, [is_address]),
        "node-labels": Free(LABEL, text(f"({NAME})?")),
        "node-taints": Free(LABEL, either(lambda value: isinstance(value, list) and value != [] and all(map(TAINT, value)), TAINT)),
        "max-pods": whole(0, 2**32 - 1),
        "pod-pids-limit": whole(-(2**63), 2**63 - 1),
        "log-level": whole(0, 255),
        "kube-reserved": RESERVED,
        "system-reserved": RESERVED,
        "eviction-hard": Named(dict.fromkeys(SIGNALS, THRESHOLD)),
        "eviction-soft": Named(dict.fromkeys(SIGNALS, THRESHOLD)),
        "eviction-soft-grace-period": Named(dict.fromkeys(SIGNALS, DURATION)),
        "eviction-max-pod-grace-period": whole(0, 2**31 - 1),
        "registry-qps": I32,
        "registry-burst": I32,
        "event-qps": I32,
        "event-burst": I32,
        "kube-api-qps": I32,
        "kube-api-burst": I32,
        "container-log-max-size": QUANTITY,
        "container-log-max-files": I32,
        "container-log-max-workers": I32,
        "container-log-monitor-interval": DURATION,
        "cpu-manager-policy": choice("none", "static", "None", "Static"),
        "cpu-manager-policy-options": [
            choice("full-pcpus-only", "distribute-cpus-across-numa", "prefer-align-cpus-by-uncorecache", "strict-cpu-reservation")
        ],
        "cpu-manager-reconcile-period": DURATION,
        "reserved-cpus": text(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*"),
        "memory-manager-policy": choice("None", "Static", "none", "static"),
        "memory-manager-reserved-memory": Free(
            ID, Named({"enabled": flag, "memory": QUANTITY, "hugepages-2Mi": QUANTITY, "hugepages-1Gi": QUANTITY})
        ),
        "memory-swap-behavior": choice("LimitedSwap", "NoSwap", "limited-swap", "no-swap"),
        "topology-manager-scope": choice("container", "pod"),
        "topology-manager-policy": choice("none", "restricted", "best-effort", "single-numa-node"),
        "topology-manager-policy-options": Named(
            {"prefer-closest-numa-nodes": flag, "max-allowable-numa-nodes": whole(8, 2**32 - 1)}
        ),
        "image-gc-high-threshold-percent": PERCENT,
        "image-gc-low-threshold-percent": PERCENT,
        "image-minimum-gc-age": DURATION,
        "image-maximum-gc-age": DURATION,
        "max-parallel-image-pulls": I32,
        "ids-per-pod": whole(1, 2**63 - 1),
        "shutdown-grace-period": DURATION,
        "shutdown-grace-period-for-critical-pods": DURATION,
        "cpu-cfs-quota-enforced": flag,
        "server-tls-bootstrap": flag,
        "seccomp-default": flag,
        "device-ownership-from-security-context": flag,
        "single-process-oom-kill": flag,
        "standalone-mode": flag,
        "allowed-unsafe-sysctls": [LINE],
        "hostname-override": text("[0-9a-z.-]{1,253}"),
        "hostname-override-source": choice("private-dns-name", "instance-id"),
        "node-ip": is_address,
        "provider-id": URL,
        "cloud-provider": choice("aws", "external", ""),
        "authentication-mode": choice("aws", "tls"),
        "credential-providers": Named(
            {
                "ecr-credential-provider": Named(
                    {"enabled": flag, "image-patterns": [LINE], "cache-duration": DURATION, "environment": Free(".*", LINE)}
                )
            }
        ),
        "static-pods": Free(ID, Named({"enabled": flag, "manifest": is_base64})),
    }
)

NVIDIA = Named(
    {
        "enabled": flag,
        "pass-device-specs": flag,
        "device-id-strategy": choice("index", "uuid"),
        "device-list-strategy": either(
            choice("volume-mounts", "envvar", "cdi-cri"), [choice("volume-mounts", "envvar", "cdi-cri")]
        ),
        "device-sharing-strategy": choice("none", "time-slicing", "mps"),
        "time-slicing": Named(
            {"replicas": whole(2, 2**31 - 1), "rename-by-default": flag, "fail-requests-greater-than-one": flag}
        ),
        "mps": Named({"replicas": whole(2, 48), "rename-by-default": flag}),
        "device-partitioning-strategy": choice("none", "mig"),
        "mig": Named({"profile": Free(r"[a-z][0-9]+[.][0-9]+gb", text(r"[0-9]g\.[0-9]+gb|[12347]"))}),
    }
)

SETTINGS = Named(
    {
        "kubernetes": KUBERNETES,
        "kubelet-device-plugins": Named({"nvidia": NVIDIA}),
        "nvidia-container-runtime": Named(
            {"visible-devices-as-volume-mounts": flag, "visible-devices-envvar-when-unprivileged": flag}
        ),
        "host-containers": Free(
            ID, Named({"enabled": flag, "superpowered": flag, "source": URL, "user-data": is_base64, "command": [text("(?s).*")]})
        ),
        "bootstrap-containers": Free(
            ID, Named({"source": URL, "mode": MODE, "essential": flag, "user-data": is_base64, "command": [text("(?s).*")]})
        ),
        "bootstrap-commands": Free(ID, Named({"commands": [[LINE]], "mode": MODE, "essential": flag})),
        "network": Named(
            {
                "https-proxy": URL,
                "no-proxy": [LINE],
                "hostname": text("[0-9a-z.-]{1,253}"),
                "hosts": [lambda value: len(value) == 2 and is_address(value[0]) and all(map(text("[0-9a-z.-]+"), value[1]))],
            }
        ),
        "kernel": Named(
            {
                "sysctl": Free("[a-zA-Z0-9./_-]{1,128}", text("(?s).*")),
                "lockdown": choice("none", "integrity", "confidentiality"),
                "modules": Free("[A-Za-z0-9_-]+", Named({"allowed": flag, "autoload": flag})),
            }
        ),
        "container-registry": Named(
            {
                "mirrors": either_form([Named({"registry": LINE, "endpoint": [URL]})], Free(".*", [URL])),
                "credentials": [
                    Named({"registry": LINE, "username": LINE, "password": LINE, "auth": is_base64, "identitytoken": LINE})
                ],
            }
        ),
        "container-runtime": Named({"snapshotter": choice("overlayfs", "soci"), "max-concurrent-downloads": I32}),
        "dns": Named({"name-servers": [is_address], "search-list": [LINE]}),
        "ntp": Named({"time-servers": [URL]}),
        "pki": Free(ID, Named({"data": is_certificates, "trusted": flag})),
        "motd": text("(?s).*"),
        "updates": Named({"version-lock": LINE, "ignore-waves": flag}),
    }
)


def flat(path, value):
    """A value as EKS writes it: one assignment a leaf, texts in single quotes as they are."""
    if isinstance(value, dict):
        for key, member in value.items():
            word = key if re.fullmatch("[A-Za-z0-9_-]+", key) else f"'{key}'"
            yield from flat([*path, word], member)
    else:
        yield f"{'.'.join(path)} = {plain(value)}"


def plain(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(plain, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {plain(member)}" for key, member in value.items()) + "}"
    if isinstance(value, str):
        return f"'{value}'"
    return json.dumps(value)


def read(document):
    try:
        top = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        return {"settings": None, "errors": [str(error)], "merged": None}
    found = [f"{key} is beside settings" for key in top if key != "settings"]
    found += errors(SETTINGS, top.get("settings", {}), "settings")
    try:
        merged = tomllib.loads("\n".join(flat([], top))).get("settings", {})
    except tomllib.TOMLDecodeError as error:
        merged = str(error)
    return {"settings": top.get("settings", {}), "errors": found, "merged": merged}


json.dump([read(document) for document in json.load(sys.stdin)], sys.stdout)
