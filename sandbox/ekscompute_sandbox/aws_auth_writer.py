"""The writer `vpcLambda`: edits aws-auth as EKS does when node groups and Fargate profiles are created or deleted.

It parses the list, prints the whole list in the style of EKS, and writes it with the resource version that it read.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import yaml

from .api_server import ApiServer
from .api_server_files import WRITER

log = logging.getLogger(__name__)

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
NODE_GROUPS = ["system:bootstrappers", "system:nodes"]
EC2_NODE = "system:node:{{EC2PrivateDNSName}}"
FARGATE_NODE = "system:node:{{SessionName}}"

Entries = list[dict[str, Any]]


class AwsAuthWriter:
    """Edits aws-auth of one API server in a separate thread, one edit at a time."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._edits: queue.Queue[Callable[[Entries], Entries]] = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    @property
    def pending(self) -> int:
        """Return the number of pending edits."""
        return self._edits.unfinished_tasks

    def add(self, role_arn: str, fargate: bool, windows: bool) -> None:
        """Map the role of nodes, unless it is already mapped."""
        rolearn = _without_path(role_arn)
        groups = list(NODE_GROUPS)
        if fargate:
            groups.append("system:node-proxier")
        if windows:
            groups.append("eks:kube-proxy-windows")
        entry = {"groups": groups, "rolearn": rolearn, "username": FARGATE_NODE if fargate else EC2_NODE}

        def edit(entries: Entries) -> Entries:
            known = any(str(each.get("rolearn", "")).lower() == rolearn.lower() for each in entries)
            return entries if known else [*entries, entry]

        self._edits.put(edit)

    def remove(self, role_arn: str) -> None:
        """Remove all entries of the role."""
        rolearn = _without_path(role_arn).lower()
        self._edits.put(lambda entries: [each for each in entries if str(each.get("rolearn", "")).lower() != rolearn])

    def _work(self) -> None:
        while True:
            edit = self._edits.get()
            try:
                while not self._write(edit):
                    pass
            except Exception:
                # As at AWS, errors appear only as later health issues. The next edit continues.
                log.exception("aws-auth of %s was not edited", self._server.name)
            finally:
                self._edits.task_done()

    def _write(self, edit: Callable[[Entries], Entries]) -> bool:
        """Make one attempt. Return false after a conflict."""
        token, query = self._server.tokens.writer, f"?fieldManager={WRITER}"
        status, found = self._server.request("GET", f"{CONFIG_MAPS}/aws-auth", token=token)
        if status == 404:
            found = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            }
        data = found.setdefault("data", {})
        entries = yaml.safe_load(data.get("mapRoles", "")) or []
        edited = edit(entries)
        if edited == entries:
            return True
        data["mapRoles"] = yaml.safe_dump(edited, default_flow_style=False, width=1 << 30) if edited else "[]\n"
        method, path = ("POST", CONFIG_MAPS) if status == 404 else ("PUT", f"{CONFIG_MAPS}/aws-auth")
        status, answer = self._server.request(method, path + query, found, token=token)
        if status not in (200, 201, 404, 409):
            raise RuntimeError(f"writing aws-auth: {status} {answer}")
        return status in (200, 201)


def _without_path(role_arn: str) -> str:
    prefix, role, name = role_arn.partition(":role/")
    return prefix + role + name.rpartition("/")[2]
