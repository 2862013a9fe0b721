"""What a new EKS cluster runs: CoreDNS with its budget, the VPC CNI, kube-proxy, and the Kubernetes Metrics Server."""

from __future__ import annotations

from typing import Any

from ..api_server import ApiServer, ApiServerError
from .kinds import BUDGET, DAEMON_SET, DEPLOYMENT, Kind, Object

NAMESPACE = "kube-system"
CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
CRITICAL = {"key": "CriticalAddonsOnly", "operator": "Exists"}


def install(server: ApiServer) -> list[str]:
    """Create the objects that do not exist. Return all names."""
    names = []
    for kind, body in _objects():
        name = body["metadata"]["name"]
        path = kind.path(NAMESPACE)
        status, answer = server.request("POST", path, {"apiVersion": kind.api_version, "kind": kind.name, **body})
        if status not in (201, 409):
            raise ApiServerError(f"{kind.name} {name} was not created: {status} {answer}")
        names.append(f"{kind.name}/{name}")
    return names


def _objects() -> list[tuple[Kind, Object]]:
    dns = {"k8s-app": "kube-dns"}
    dns_spec = {
        "priorityClassName": "system-cluster-critical",
        "tolerations": [CONTROL_PLANE, CRITICAL],
        "volumes": [{"name": "config-volume", "configMap": {"name": "coredns"}}],
    }
    metrics_spec = {
        "priorityClassName": "system-cluster-critical",
        "volumes": [{"name": "tmp-dir", "emptyDir": {}}],
    }
    agent_spec = {
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
    }
    budget = {"selector": {"matchLabels": {"eks.amazonaws.com/component": "coredns", **dns}}, "maxUnavailable": 1}
    return [
        _controller(DEPLOYMENT, "coredns", {"eks.amazonaws.com/component": "coredns", **dns}, dns_spec, 2),
        (BUDGET, {"metadata": {"name": "coredns", "labels": dns}, "spec": budget}),
        _controller(DEPLOYMENT, "metrics-server", {"app.kubernetes.io/name": "metrics-server"}, metrics_spec, 1),
        _controller(DAEMON_SET, "aws-node", {"k8s-app": "aws-node"}, agent_spec),
        _controller(DAEMON_SET, "kube-proxy", {"k8s-app": "kube-proxy"}, agent_spec),
    ]


def _controller(
    kind: Kind, name: str, labels: dict[str, str], pod: dict[str, Any], replicas: int | None = None
) -> tuple[Kind, Object]:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": name}], **pod}}
    spec: Object = {"selector": {"matchLabels": labels}, "template": template}
    if replicas is not None:
        spec["replicas"] = replicas
    return kind, {"metadata": {"name": name, "labels": labels}, "spec": spec}
