"""A cluster with nodes and pods, and short forms of Kubernetes objects."""

from __future__ import annotations

from typing import Any

from conftest import Sandbox, wait_for
from test_custom_resources import Cluster

PODS = "/api/v1/namespaces/default/pods"
NODES = "/api/v1/nodes"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
APPS = "/apis/apps/v1/namespaces/default"
DEFAULTS = {
    "running": True,
    "join_seconds": 0,
    "join": {},
    "max_pods": 110,
    "start_seconds": 0,
    "grace_factor": 0.001,
    "stuck_pods": [],
    "drain_seconds": 3,
    "join_limit_seconds": 10,
    "retry_seconds": 0.1,
    "terminate_seconds": 0,
}


class WorkloadCluster(Cluster):
    """A cluster with the workloads, and without node groups and pods before each test."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "pods")
        self.ids = sandbox.seed(cluster="pods")
        self.workloads()

    def workloads(self, **settings: Any) -> dict[str, Any]:
        """Change settings, and wait until all pods are handled."""
        return self.sandbox.control("POST", "kubernetes/workloads", {"cluster": "pods", "settings": settings})

    def clear(self) -> None:
        """Delete everything that a test created."""
        self.sandbox.control("DELETE", "faults")
        self.sandbox.pace(**{"*": 0})
        for name in self.sandbox.client("eks").list_nodegroups(clusterName="pods")["nodegroups"]:
            self.sandbox.control("POST", "drift", {"cluster": "pods", "nodegroup": name, "action": "delete"})
        for plural in ("deployments", "replicasets", "statefulsets", "daemonsets"):
            self("DELETE", f"{APPS}/{plural}")
        self("DELETE", BUDGETS)
        self("DELETE", PODS)
        self.workloads(**DEFAULTS)
        wait_for(lambda: not self.items(PODS) and not self.items(NODES))

    def items(self, path: str) -> list[dict[str, Any]]:
        return self("GET", path)[1]["items"]

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self("POST", path, body)
        assert status == 201, answer
        return answer

    def group(self, name: str = "blue", **parameters: Any) -> dict[str, Any]:
        """Create a node group with 2 nodes, and wait for them."""
        sizes = {"minSize": 0, "maxSize": 100, "desiredSize": 2}
        request = {
            "clusterName": "pods",
            "nodegroupName": name,
            "nodeRole": self.ids["node_role_arn"],
            "subnets": self.ids["private_subnet_ids"],
            "scalingConfig": sizes,
            "releaseVersion": "1.33.4-20250904",
            **parameters,
        }
        made = self.sandbox.client("eks").create_nodegroup(**request)["nodegroup"]
        self.sandbox.client("eks").describe_nodegroup(clusterName="pods", nodegroupName=name)
        self.workloads()
        return made

    def instances(self, name: str = "blue") -> list[dict[str, Any]]:
        """Return the instances in the Auto Scaling group of a node group."""
        described = self.sandbox.client("eks").describe_nodegroup(clusterName="pods", nodegroupName=name)["nodegroup"]
        group = described["resources"]["autoScalingGroups"][0]["name"]
        found = self.sandbox.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])
        return found["AutoScalingGroups"][0]["Instances"]

    def update(self, name: str = "blue", **parameters: Any) -> dict[str, Any]:
        """Start an update to the latest release."""
        names = {"clusterName": "pods", "nodegroupName": name}
        return self.sandbox.client("eks").update_nodegroup_version(**names, **parameters)["update"]

    def update_end(self, update: dict[str, Any], name: str = "blue", seconds: float = 60) -> dict[str, Any]:
        """Wait for the end of an update."""

        def ended() -> Any:
            found = self.sandbox.client("eks").describe_update(name="pods", nodegroupName=name, updateId=update["id"])
            return found["update"]["status"] != "InProgress" and found["update"]

        return wait_for(ended, seconds)

    def deploy(self, name: str, replicas: int, kind: str = "Deployment", **template: Any) -> dict[str, Any]:
        """Create a controller, and wait for its pods."""
        labels, spec = {"app": name}, {"containers": [{"name": "main", "image": "app"}], **template}
        annotations = spec.pop("annotations", {})
        body = {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec},
            },
        }
        if kind != "DaemonSet":
            body["spec"]["replicas"] = replicas
        if kind == "StatefulSet":
            body["spec"]["serviceName"] = name
        made = self.create(f"{APPS}/{kind.lower()}s", body)
        self.workloads()
        return made

    def budget(self, name: str = "budget", **spec: Any) -> None:
        """Create a budget, and wait for its status."""
        body = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}}
        self.create(BUDGETS, {**body, "spec": spec})
        self.workloads()

    def status(self, name: str = "budget") -> dict[str, Any]:
        return self("GET", f"{BUDGETS}/{name}")[1]["status"]

    def pods(self, app: str = "") -> list[dict[str, Any]]:
        return self.items(PODS + (f"?labelSelector=app%3D{app}" if app else ""))

    def evict(self, pod: str) -> tuple[int, Any]:
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "default"}}
        return self("POST", f"{PODS}/{pod}/eviction", body)


def names(found: list[dict[str, Any]]) -> list[str]:
    return sorted(each["metadata"]["name"] for each in found)


def is_ready(found: dict[str, Any]) -> bool:
    conditions = found.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
