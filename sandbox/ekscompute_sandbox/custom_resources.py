"""The custom resource definitions of Karpenter and EKS Auto Mode, which are read from sandbox/kubernetes/crds.

A cluster has a definition only if the corresponding chart is installed or EKS Auto Mode is enabled.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from .api_server import ApiServer, ApiServerError

FOLDER = Path(__file__).parents[1] / "kubernetes/crds"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WAIT_SECONDS = 30.0

AUTO_MODE = "auto-mode"
KARPENTER_FILES = (
    "karpenter.k8s.aws_ec2nodeclasses.yaml",
    "karpenter.sh_nodepools.yaml",
    "karpenter.sh_nodeclaims.yaml",
)
RELEASES = ("v1.0.8", "v1.5.0", "v1.9.0", "v1.14.1", "v1.15.2")
VARIANTS = (*(f"karpenter-{release}" for release in RELEASES), AUTO_MODE)

Definition = dict[str, Any]


def definitions(variant: str) -> list[Definition]:
    """Return the definitions of the variant. Raises ValueError for an unknown variant."""
    if variant not in VARIANTS:
        raise ValueError(f"unknown custom resources {variant!r}; known: {', '.join(VARIANTS)}")
    if variant == AUTO_MODE:
        claims = _read("karpenter-v1.14.1/karpenter.sh_nodeclaims.yaml")
        return [_read("eks-auto-mode/eks.amazonaws.com_nodeclasses.yaml"), _auto_mode_pool(), claims]
    return [_read(f"{variant}/{file}") for file in KARPENTER_FILES]


def install(server: ApiServer, variant: str, without: Sequence[str] = ()) -> list[str]:
    """Install the definitions of a variant and replace existing ones. Return their names when they are served.

    The definitions do not have the fields in `without`, as in earlier versions.
    """
    wanted = [_reduced(definition, without) for definition in definitions(variant)]
    for definition in wanted:
        _put(server, definition)
    for definition in wanted:
        _until(partial(_is_served, server, definition), f"{_name(definition)} is not served")
    return [_name(definition) for definition in wanted]


def remove(server: ApiServer, variant: str) -> list[str]:
    """Delete the definitions with all objects of their kinds. Return their names when none is served."""
    gone = definitions(variant)
    for definition in gone:
        status, answer = server.request("DELETE", f"{DEFINITIONS}/{_name(definition)}")
        if status not in (200, 404):
            raise ApiServerError(f"{_name(definition)} was not removed: {status} {answer}")
    for definition in gone:
        path = collection(definition)
        _until(partial(_is_absent, server, path), f"{path} is still served")
    return [_name(definition) for definition in gone]


def collection(definition: Definition) -> str:
    """Return the path of the objects of a definition."""
    spec = definition["spec"]
    return f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"


def _name(definition: Definition) -> str:
    return str(definition["metadata"]["name"])


def _put(server: ApiServer, definition: Definition) -> None:
    """Create or update the definition, and wait until the change takes effect."""
    status, answer = server.request("POST", DEFINITIONS, definition)
    if status == 409:
        path = f"{DEFINITIONS}/{_name(definition)}"
        present = server.request("GET", path)[1]
        if present["metadata"].get("deletionTimestamp"):
            _until(partial(_is_absent, server, path), f"{_name(definition)} was not deleted")
            return _put(server, definition)
        before = _published(server, definition)
        version = present["metadata"]["resourceVersion"]
        changed = {**definition, "metadata": {**definition["metadata"], "resourceVersion": version}}
        status, answer = server.request("PUT", path, changed)
        if status == 200 and answer["metadata"]["generation"] != present["metadata"]["generation"]:
            _until(lambda: _published(server, definition) != before, f"{_name(definition)} did not change")
    if status not in (200, 201):
        raise ApiServerError(f"{_name(definition)} was not installed: {status} {answer}")
    return None


def _is_served(server: ApiServer, definition: Definition) -> bool:
    _, present = server.request("GET", f"{DEFINITIONS}/{_name(definition)}")
    conditions = {each["type"]: each["status"] for each in present.get("status", {}).get("conditions", [])}
    return conditions.get("Established") == "True" and server.request("GET", collection(definition))[0] == 200


def _is_absent(server: ApiServer, path: str) -> bool:
    return server.request("GET", path)[0] == 404


def _published(server: ApiServer, definition: Definition) -> str:
    """Return the published schema, which changes shortly after the definition."""
    group, version = definition["spec"]["group"], definition["spec"]["versions"][0]["name"]
    return json.dumps(server.request("GET", f"/openapi/v3/apis/{group}/{version}")[1], sort_keys=True)


def _until(condition: Any, complaint: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise ApiServerError(complaint)
        time.sleep(0.02)


@lru_cache
def _read(path: str) -> Definition:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (FOLDER / path).open(encoding="utf-8") as file:
        read: Definition = yaml.load(file, loader)
    return read


@lru_cache
def _auto_mode_pool() -> Definition:
    """Return the NodePool of EKS Auto Mode: the NodePool of Karpenter with the overlay."""
    overlay = _read("eks-auto-mode/karpenter.sh_nodepools.overlay.yaml")
    definition = copy.deepcopy(_read(overlay["base"]))
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for change in overlay["changes"]:
        target = _at(schema, change["path"])
        target.update(change.get("set", {}))
        if "enum" in change:
            target["enum"] = [*target["enum"], *change["enum"]]
        for rule in change.get("rules", []):
            text = rule["rule"].replace("KEYS", json.dumps(overlay["keys"]))
            target.setdefault("x-kubernetes-validations", []).append({**rule, "rule": text})
    return definition


def _reduced(definition: Definition, without: Sequence[str]) -> Definition:
    """Return the definition without the fields at these paths, such as `NodeClass.spec.tags`."""
    kind = definition["spec"]["names"]["kind"]
    definition = copy.deepcopy(definition)
    for path in (path.removeprefix(f"{kind}.") for path in without if path.startswith(f"{kind}.")):
        schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        parent, _, name = path.rpartition(".")
        del _at(schema, parent)["properties"][name]
    return definition


def _at(schema: dict[str, Any], path: str) -> dict[str, Any]:
    for step in path.split("."):
        name = step.removesuffix("[]")
        schema = schema["properties"][name]
        if step.endswith("[]"):
            schema = schema["items"]
    return schema
