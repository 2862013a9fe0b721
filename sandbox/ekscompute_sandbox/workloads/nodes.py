"""Node objects: created for instances that join, and deleted with their instances."""

from __future__ import annotations

from typing import Any

from .fleet import NodePlan
from .kinds import NODE, Object, condition, is_ready, name_of
from .objects import Objects
from .settings import Settings

EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"
NOT_READY = "node.kubernetes.io/not-ready"


class Nodes:
    """The nodes of one cluster. Nodes that a test creates are left unchanged."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._settings = settings
        # The plan from which each node was last written.
        self._written: dict[str, NodePlan] = {}

    def reconcile(self, plans: list[NodePlan]) -> None:
        """Create, change, and delete nodes."""
        wanted = {plan.name: plan for plan in plans}
        self._objects.each(self._delete, [name for name in self._written if name not in wanted])
        changed = [
            plan
            for plan in plans
            if self._written.get(plan.name) != plan or self._objects.get(NODE, "", plan.name) is None
        ]
        self._objects.each(self._write, changed)

    def _delete(self, name: str) -> None:
        found = self._objects.get(NODE, "", name)
        if found is not None:
            self._objects.delete(NODE, found)
        del self._written[name]

    def _write(self, plan: NodePlan) -> None:
        found = self._objects.get(NODE, "", plan.name)
        if found is not None and found["spec"].get("providerID") != plan.provider_id:
            # A new instance has the address of a terminated one.
            self._objects.delete(NODE, found)
            found = None
        if found is None:
            self._create(plan)
        else:
            self._change(plan, found)
        self._written[plan.name] = plan

    def _create(self, plan: NodePlan) -> None:
        body = {
            "metadata": {"name": plan.name, "labels": plan.labels},
            "spec": {"providerID": plan.provider_id, "taints": plan.taints},
            "status": self._status(plan),
        }
        found = self._objects.create(NODE, "", body)
        # Admission adds a taint to new nodes, which the node lifecycle controller removes when they are Ready.
        if found is not None and plan.ready:
            self._objects.merge(NODE, found, {"spec": {"taints": plan.taints}})

    def _change(self, plan: NodePlan, found: Object) -> None:
        """Update labels and taints. Labels and taints of other origin are kept."""
        before = self._written.get(plan.name)
        removed = {key: None for key in (before.labels if before else {}) if key not in plan.labels}
        taints = [each for each in found["spec"].get("taints") or [] if not before or each not in before.taints]
        if plan.ready:
            taints = [each for each in taints if each["key"] != NOT_READY]
        taints = [each for each in taints if each not in plan.taints] + plan.taints
        self._objects.merge(
            NODE, found, {"metadata": {"labels": {**removed, **plan.labels}}, "spec": {"taints": taints}}
        )
        if is_ready(found) != plan.ready:
            self._objects.merge(NODE, found, {"status": self._status(plan)}, "/status")

    def _status(self, plan: NodePlan) -> Object:
        pressures = ("MemoryPressure", "DiskPressure", "PIDPressure")
        resources = {"cpu": "4", "memory": "16Gi", "ephemeral-storage": "50Gi", "pods": str(self._settings.max_pods)}
        os_name = plan.labels["kubernetes.io/os"]
        return {
            "capacity": resources,
            "allocatable": resources,
            "addresses": [
                {"type": "InternalIP", "address": plan.address},
                {"type": "InternalDNS", "address": plan.name},
                {"type": "Hostname", "address": plan.name},
            ],
            "conditions": [
                *(condition(each, False, reason="KubeletHasNoPressure") for each in pressures),
                condition("Ready", plan.ready, reason="KubeletReady" if plan.ready else "KubeletNotReady"),
            ],
            "nodeInfo": {
                "architecture": plan.labels["kubernetes.io/arch"],
                "bootID": plan.provider_id.rpartition("/")[2],
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.46",
                "kubeProxyVersion": plan.kubelet_version,
                "kubeletVersion": plan.kubelet_version,
                "machineID": plan.provider_id.rpartition("/")[2],
                "operatingSystem": os_name,
                "osImage": "Windows Server 2022" if os_name == "windows" else "Amazon Linux 2023",
                "systemUUID": plan.provider_id.rpartition("/")[2],
            },
        }


def cordon(objects: Objects, names: list[str]) -> None:
    """Mark nodes as unschedulable and exclude them from load balancers, as an EKS update does."""
    patch: dict[str, Any] = {"metadata": {"labels": {EXCLUDE_LABEL: "true"}}, "spec": {"unschedulable": True}}
    found = [each for each in objects.all(NODE) if name_of(each) in set(names)]
    objects.each(lambda node: objects.merge(NODE, node, patch), found)


def is_schedulable(node: Object) -> bool:
    """Whether the node is Ready and not cordoned."""
    return is_ready(node) and not node["spec"].get("unschedulable")


def provider_ids(objects: Objects, ready: bool = False) -> set[str]:
    """Return the provider IDs of all nodes, or of the Ready nodes."""
    return {each["spec"].get("providerID", "") for each in objects.all(NODE) if is_ready(each) or not ready}
