"""The custom resource definitions, validated by a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Sandbox

CLASSES = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses"
AUTO_CLASSES = "/apis/eks.amazonaws.com/v1/nodeclasses"
POOLS = "/apis/karpenter.sh/v1/nodepools"


class Cluster:
    """A cluster with an API server."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.sandbox, self.name = sandbox, name
        sandbox.seed(cluster=name)
        sandbox.control("POST", "kubernetes", {"cluster": name})

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        request = {"cluster": self.name, "method": method, "path": path, "body": body, **more}
        answer = self.sandbox.control("POST", "kubernetes/request", request)
        return answer["status"], answer["body"]

    def change(self, **what: Any) -> dict[str, Any]:
        return self.sandbox.control("POST", "kubernetes/custom_resources", {"cluster": self.name, **what})

    def dry_run(self, path: str, body: Any) -> tuple[int, Any]:
        return self("POST", f"{path}?dryRun=All&fieldValidation=Strict", body)


@pytest.fixture(scope="module")
def cluster(running: Sandbox) -> Iterator[Cluster]:
    running.control("POST", "reset", {})
    yield Cluster(running, "definitions")
    running.control("POST", "reset", {})


def node_class(**spec: Any) -> dict[str, Any]:
    terms = [{"tags": {"karpenter.sh/discovery": "demo"}}]
    spec = {
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
        **spec,
    }
    return {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": spec}


def pool(template: dict[str, Any], labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
    spec["template"] = {
        "metadata": {"labels": labels or {}},
        "spec": {"nodeClassRef": reference, "requirements": [], **template},
    }
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu"}, "spec": spec}


def test_nothing_is_there_before(cluster: Cluster) -> None:
    assert cluster("GET", CLASSES)[0] == 404
    unknown = {"cluster": "definitions", "install": "karpenter-v0.1"}
    error = cluster.sandbox.control("POST", "kubernetes/custom_resources", unknown, expect=400)
    assert "karpenter-v1.14.1" in error["error"]


def test_definition_without_conditions_is_not_served(cluster: Cluster) -> None:
    # The API server writes the unset conditions of a new definition as null. The control call drops null members.
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "probes.sandbox.example"},
        "spec": {
            "group": "sandbox.example",
            "names": {"plural": "probes", "kind": "Probe"},
            "scope": "Cluster",
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
            ],
        },
    }
    status, created = cluster("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    assert status == 201
    assert "conditions" not in created["status"]
    cluster("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/probes.sandbox.example")


def test_the_released_ones_are_served_once_installed(cluster: Cluster) -> None:
    names = cluster.change(install="karpenter-v1.14.1")["install"]
    assert names == ["ec2nodeclasses.karpenter.k8s.aws", "nodepools.karpenter.sh", "nodeclaims.karpenter.sh"]
    status, made = cluster.dry_run(CLASSES, node_class())
    assert (status, made["spec"]["metadataOptions"]["httpTokens"]) == (201, "required")
    status, refusal = cluster.dry_run(CLASSES, node_class(instanceProfile="both"))
    assert (status, refusal["reason"]) == (422, "Invalid")
    assert "must specify exactly one of ['role', 'instanceProfile']" in refusal["message"]
    # Karpenter accepts Never and 30 days.
    assert cluster.dry_run(POOLS, pool({"expireAfter": "Never"}))[0] == 201
    assert cluster.dry_run(POOLS, pool({"expireAfter": "720h"}))[0] == 201


@pytest.mark.parametrize(
    ("variant", "spec", "takes"),
    [
        ("karpenter-v1.0.8", {"ipPrefixCount": 1}, 400),
        ("karpenter-v1.5.0", {"ipPrefixCount": 1}, 400),
        ("karpenter-v1.9.0", {"ipPrefixCount": 1}, 201),
        ("karpenter-v1.9.0", {"cpuOptions": {"nestedVirtualization": "enabled"}}, 400),
        ("karpenter-v1.14.1", {"cpuOptions": {"nestedVirtualization": "enabled"}}, 201),
        ("karpenter-v1.14.1", {"enclaveOptions": {"enabled": True}}, 400),
        ("karpenter-v1.15.2", {"enclaveOptions": {"enabled": True}}, 201),
    ],
)
def test_releases_accept_the_fields_that_they_have(
    cluster: Cluster, variant: str, spec: dict[str, Any], takes: int
) -> None:
    cluster.change(install=variant)
    assert cluster.dry_run(CLASSES, node_class(**spec))[0] == takes


def test_another_release_takes_its_place(cluster: Cluster) -> None:
    strange = node_class(kubelet={"singleProcessOOMKill": True})
    cluster.change(install="karpenter-v1.14.1")
    assert cluster.dry_run(CLASSES, strange)[0] == 400
    cluster.change(install="karpenter-v1.15.2")
    assert cluster.dry_run(CLASSES, strange)[0] == 201
    cluster.change(install="karpenter-v1.14.1")
    assert cluster.dry_run(CLASSES, strange)[0] == 400


def test_fields_can_be_left_out_of_a_definition(cluster: Cluster) -> None:
    body = node_class(ipPrefixCount=1)
    cluster.change(install="karpenter-v1.14.1", without="EC2NodeClass.spec.ipPrefixCount")
    assert cluster.dry_run(CLASSES, body)[0] == 400
    cluster.change(install="karpenter-v1.14.1")
    assert cluster.dry_run(CLASSES, body)[0] == 201


LIFE = "the sum of expireAfter and terminationGracePeriod (defaulted to 24h) may not exceed 21 days"
UNHEALTHY = {"nodes": "1", "reasons": ["NodeNotHealthy"]}
DOMAIN = 'label domain "eks.amazonaws.com" is restricted'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (pool({"expireAfter": "480h"}), ""),
        (pool({"expireAfter": "502h", "terminationGracePeriod": "2h"}), ""),
        (pool({"expireAfter": "481h"}), LIFE),
        (pool({"expireAfter": "503h", "terminationGracePeriod": "2h"}), LIFE),
        (pool({"expireAfter": "Never"}), "expireAfter may not be set to Never"),
        (pool({"requirements": [{"key": "eks.amazonaws.com/instance-family", "operator": "Exists"}]}), ""),
        (pool({"requirements": [{"key": "eks.amazonaws.com/instance-type", "operator": "Exists"}]}), DOMAIN),
        (pool({}, labels={"eks.amazonaws.com/strange": "x"}), DOMAIN),
        (pool({}, labels={"nvidia.com/gpu.present": "true"}), ""),
        (pool({"requirements": [{"key": "karpenter.k8s.aws/instance-category", "operator": "Exists"}]}), ""),
        (pool({}, disruption={"consolidateAfter": "0s", "budgets": [UNHEALTHY]}), ""),
    ],
)
def test_auto_mode_has_a_pool_of_its_own(cluster: Cluster, body: dict[str, Any], words: str) -> None:
    cluster.change(install="auto-mode")
    status, answer = cluster.dry_run(POOLS, body)
    assert status == (422 if words else 201), answer
    assert words in answer.get("message", "")
    if not words and "expireAfter" not in body["spec"]["template"]["spec"]:
        assert answer["spec"]["template"]["spec"]["expireAfter"] == "336h"


def test_what_is_removed_is_gone_with_its_objects(cluster: Cluster) -> None:
    cluster.change(install=["karpenter-v1.14.1", "auto-mode"])
    assert cluster("POST", CLASSES, node_class())[0] == 201
    cluster.change(remove="karpenter-v1.14.1")
    assert (cluster("GET", CLASSES)[0], cluster("GET", POOLS)[0], cluster("GET", AUTO_CLASSES)[0]) == (404, 404, 200)
    cluster.change(install="karpenter-v1.14.1")
    assert cluster("GET", CLASSES)[1]["items"] == []
