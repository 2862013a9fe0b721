"""The fake for Karpenter, with a real API server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Sandbox, wait_for
from test_custom_resources import AUTO_CLASSES, CLASSES, POOLS, Cluster, node_class

CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"
CLASS_FINALIZER = "karpenter.k8s.aws/termination"


class Karpenter(Cluster):
    """A cluster in which the fake is active."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "nodes")
        self.change(install=["karpenter-v1.14.1", "auto-mode"])
        self.seeded = sandbox.seed(cluster="nodes")
        self.calls: list[str] = []

    def control(self, **what: Any) -> dict[str, Any]:
        return self.sandbox.control("POST", "kubernetes/karpenter", {"cluster": "nodes", **what})

    def settle(self) -> None:
        """Wait until all existing objects are processed."""
        rounds = self.control()["rounds"]
        wait_for(lambda: self.control()["rounds"] >= rounds + 3)

    def defaults(self) -> None:
        settings = {"running": True, "delay_seconds": 0, "drain_seconds": 0, "held_finalizers": [], "conditions": []}
        self.control(settings=settings)

    def own_class(self, name: str, **spec: Any) -> None:
        """Return a node class that selects the resources of the cluster."""
        spec = {
            "role": "nodes-node",
            "subnetSelectorTerms": [{"id": each} for each in self.seeded["private_subnet_ids"]],
            "securityGroupSelectorTerms": [{"id": self.seeded["cluster_security_group_id"]}],
            **spec,
        }
        body = node_class(**spec)
        body["metadata"]["name"] = name
        status, answer = self("POST", CLASSES, body)
        assert status == 201, answer

    def own_pool(self, name: str, node_class: str, **template: Any) -> None:
        reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": node_class}
        spec = {"template": {"spec": {"nodeClassRef": reference, "requirements": [], **template}}}
        body = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name}, "spec": spec}
        status, answer = self("POST", POOLS, body)
        assert status == 201, answer

    def get(self, path: str, name: str) -> dict[str, Any]:
        return self("GET", f"{path}/{name}")[1]

    def condition(self, path: str, name: str, type: str = "Ready") -> dict[str, Any]:
        found = self.get(path, name)
        conditions = [each for each in found.get("status", {}).get("conditions", []) if each["type"] == type]
        current = conditions and conditions[0]["observedGeneration"] == found["metadata"]["generation"]
        return conditions[0] if current else {"status": "none", "reason": ""}

    def until(self, path: str, name: str, status: str, type: str = "Ready", reason: str = "") -> dict[str, Any]:
        def found() -> Any:
            condition = self.condition(path, name, type)
            expected = condition["status"] == status and reason in ("", condition["reason"])
            return condition if expected else None

        return wait_for(found)

    def gone(self, path: str, name: str) -> Callable[[], bool]:
        return lambda: self("GET", f"{path}/{name}")[0] == 404

    def count(self, pool: str) -> int:
        return len(self("GET", f"{CLAIMS}?labelSelector=karpenter.sh%2Fnodepool%3D{pool}")[1]["items"])


@pytest.fixture(scope="module")
def started(running: Sandbox) -> Iterator[Karpenter]:
    running.control("POST", "reset", {})
    yield Karpenter(running)
    running.control("POST", "reset", {})


@pytest.fixture
def karpenter(started: Karpenter) -> Karpenter:
    started.defaults()
    return started


def test_a_class_turns_ready(karpenter: Karpenter) -> None:
    karpenter.own_class("ready")
    karpenter.until(CLASSES, "ready", "True")
    found = karpenter.get(CLASSES, "ready")
    metadata, status = found["metadata"], found["status"]
    assert metadata["finalizers"] == [CLASS_FINALIZER]
    assert set(metadata["annotations"]) == {
        "karpenter.k8s.aws/ec2nodeclass-hash",
        "karpenter.k8s.aws/ec2nodeclass-hash-version",
    }
    assert {each["manager"] for each in metadata["managedFields"]} >= {"karpenter"}
    assert {each["id"] for each in status["subnets"]} == set(karpenter.seeded["private_subnet_ids"])
    assert all(each["zoneID"].startswith("use1-az") for each in status["subnets"])
    assert [each["id"] for each in status["securityGroups"]] == [karpenter.seeded["cluster_security_group_id"]]
    assert status["instanceProfile"].startswith("nodes_")
    # Standard, NVIDIA, and Neuron images for amd64, and the first two for arm64.
    requirements = [[(each["key"], each["operator"]) for each in image["requirements"]] for image in status["amis"]]
    gpu = [("kubernetes.io/arch", "In"), ("karpenter.k8s.aws/instance-gpu-count", "Exists")]
    assert (len(requirements), requirements.count(gpu)) == (5, 2)
    assert {each["type"] for each in status["conditions"]} == {
        "AMIsReady",
        "SubnetsReady",
        "SecurityGroupsReady",
        "InstanceProfileReady",
        "ValidationSucceeded",
        "Ready",
    }


@pytest.mark.parametrize(
    ("name", "spec", "type", "status", "reason"),
    [
        ("ami", {"amiSelectorTerms": [{"alias": "al2023@v20010101"}]}, "AMIsReady", "False", "AMINotFound"),
        ("al2", {"amiSelectorTerms": [{"alias": "al2@latest"}]}, "AMIsReady", "False", "UnsupportedAlias"),
        ("subnet", {"subnetSelectorTerms": [{"tags": {"a": "*"}}]}, "SubnetsReady", "False", "SubnetsNotFound"),
        (
            "group",
            {"securityGroupSelectorTerms": [{"name": "strange"}]},
            "SecurityGroupsReady",
            "False",
            "SecurityGroupsNotFound",
        ),
        ("role", {"role": "strange"}, "InstanceProfileReady", "Unknown", "AwaitingReconciliation"),
    ],
)
def test_a_class_says_what_it_lacks(
    karpenter: Karpenter, name: str, spec: dict[str, Any], type: str, status: str, reason: str
) -> None:
    karpenter.own_class(name, **spec)
    karpenter.until(CLASSES, name, status, type, reason)
    ready = karpenter.until(CLASSES, name, status)
    assert (ready["reason"], f"{type}={status}" in ready["message"]) == ("UnhealthyDependents", True)
    karpenter.until(CLASSES, name, status, "ValidationSucceeded", "DependenciesNotReady")


def test_images_by_name_and_pinned_release(karpenter: Karpenter) -> None:
    terms = [{"id": "ami-0abc0000000000003"}]
    karpenter.own_class("by-id", amiSelectorTerms=terms, amiFamily="AL2023")
    karpenter.own_class("pinned", amiSelectorTerms=[{"alias": "bottlerocket@v1.49.0"}])
    karpenter.until(CLASSES, "by-id", "True")
    arm = {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}
    image = karpenter.get(CLASSES, "by-id")["status"]["amis"]
    assert [(each["id"], each["requirements"]) for each in image] == [("ami-0abc0000000000003", [arm])]
    karpenter.until(CLASSES, "pinned", "True")
    assert len(karpenter.get(CLASSES, "pinned")["status"]["amis"]) == 4


def test_tags_are_looked_at_again(karpenter: Karpenter) -> None:
    terms = [{"tags": {"team": "*"}}]
    karpenter.own_class("tagged", subnetSelectorTerms=terms)
    karpenter.until(CLASSES, "tagged", "False")
    subnet = karpenter.seeded["public_subnet_ids"][0]
    tag = {"Key": "team", "Value": "gpu"}
    karpenter.sandbox.client("ec2").create_tags(Resources=[subnet], Tags=[tag])
    karpenter.until(CLASSES, "tagged", "True")
    assert [each["id"] for each in karpenter.get(CLASSES, "tagged")["status"]["subnets"]] == [subnet]


def test_auto_mode_has_its_own_class(karpenter: Karpenter) -> None:
    karpenter.control(built_in=True)
    karpenter.until(AUTO_CLASSES, "default", "True")
    karpenter.until(POOLS, "general-purpose", "True")
    found = karpenter.get(AUTO_CLASSES, "default")
    assert found["metadata"]["finalizers"] == ["eks.amazonaws.com/termination"]
    assert "amis" not in found["status"]
    assert karpenter.get(POOLS, "system")["metadata"]["managedFields"][0]["manager"] == "eks"


def test_a_pool_follows_its_class(karpenter: Karpenter) -> None:
    karpenter.own_pool("follower", "followed")
    karpenter.until(POOLS, "follower", "False", "NodeClassReady", "NodeClassNotFound")
    karpenter.own_class("followed")
    ready = karpenter.until(POOLS, "follower", "True")
    assert karpenter.condition(POOLS, "follower", "NodeRegistrationHealthy")["status"] == "Unknown"
    # A status without changes is not written.
    before = karpenter.get(POOLS, "follower")["metadata"]["resourceVersion"]
    karpenter.settle()
    assert karpenter.get(POOLS, "follower")["metadata"]["resourceVersion"] == before
    assert karpenter.condition(POOLS, "follower") == ready
    names = karpenter.control(node_claims={"pool": "follower", "count": 2})["node_claims"]
    wait_for(lambda: karpenter.get(POOLS, "follower")["status"]["nodes"] == 2)
    claim = karpenter.get(CLAIMS, names[0])
    assert claim["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] is True
    assert (claim["metadata"]["finalizers"], claim["status"]["conditions"][0]["status"]) == (
        ["karpenter.sh/termination"],
        "True",
    )


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("taints", {"taints": [{"key": "a", "effect": "NoSchedule", **more} for more in ({}, {"value": "b"})]}),
        ("value", {"requirements": [{"key": "a", "operator": "In", "values": ["not a label"]}]}),
        ("type", {"requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["cheap"]}]}),
    ],
)
def test_a_pool_is_validated_late(karpenter: Karpenter, name: str, template: dict[str, Any]) -> None:
    karpenter.own_pool(name, "strange", **template)
    karpenter.until(POOLS, name, "False", "ValidationSucceeded", "NodePoolValidationFailed")


def test_deletions_wait_for_nodes(karpenter: Karpenter) -> None:
    karpenter.control(settings={"drain_seconds": None})
    karpenter.own_class("busy")
    karpenter.own_pool("busy", "busy")
    karpenter.until(POOLS, "busy", "True")
    karpenter.control(node_claims={"pool": "busy", "count": 2})
    # In the background, the pool is deleted immediately, its claims drain, and the class is kept for them.
    assert karpenter("DELETE", f"{POOLS}/busy")[0] == 200
    assert karpenter.gone(POOLS, "busy")()
    karpenter("DELETE", f"{CLASSES}/busy")
    wait_for(lambda: all("deletionTimestamp" in each["metadata"] for each in karpenter("GET", CLAIMS)[1]["items"][:2]))
    karpenter.settle()
    assert (karpenter.count("busy"), karpenter.gone(CLASSES, "busy")()) == (2, False)
    karpenter.control(settings={"drain_seconds": 0})
    wait_for(karpenter.gone(CLASSES, "busy"))
    assert karpenter.count("busy") == 0


def test_a_deletion_in_the_foreground_waits(karpenter: Karpenter) -> None:
    karpenter.control(settings={"held_finalizers": ["NodeClaim"]})
    karpenter.own_class("front")
    karpenter.own_pool("front", "front")
    karpenter.until(POOLS, "front", "True")
    karpenter.control(node_claims={"pool": "front"})
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}
    karpenter("DELETE", f"{POOLS}/front", options)
    karpenter.settle()
    assert karpenter.get(POOLS, "front")["metadata"]["finalizers"] == ["foregroundDeletion"]
    karpenter.control(settings={"held_finalizers": []})
    wait_for(karpenter.gone(POOLS, "front"))
    assert karpenter.count("front") == 0


def test_a_class_may_stay_for_ever(karpenter: Karpenter) -> None:
    karpenter.control(settings={"held_finalizers": ["EC2NodeClass"]})
    karpenter.own_class("held")
    karpenter.until(CLASSES, "held", "True")
    karpenter("DELETE", f"{CLASSES}/held")
    karpenter.settle()
    assert karpenter.get(CLASSES, "held")["metadata"]["finalizers"] == [CLASS_FINALIZER]
    karpenter.defaults()
    wait_for(karpenter.gone(CLASSES, "held"))


def test_conditions_can_be_forced(karpenter: Karpenter) -> None:
    text = "You are not authorized to perform this operation"
    forced = {
        "kind": "EC2NodeClass",
        "name": "forced",
        "type": "ValidationSucceeded",
        "reason": "RunInstancesAuthCheckFailed",
        "message": text,
    }
    karpenter.control(settings={"conditions": [forced]})
    karpenter.own_class("forced")
    karpenter.own_class("not-forced")
    found = karpenter.until(CLASSES, "forced", "False", "ValidationSucceeded")
    assert (found["reason"], found["message"]) == ("RunInstancesAuthCheckFailed", text)
    karpenter.until(CLASSES, "not-forced", "True")
    karpenter.until(CLASSES, "forced", "False")
    karpenter.control(settings={"conditions": []})
    karpenter.until(CLASSES, "forced", "True")
    error = karpenter.sandbox.control(
        "POST", "kubernetes/karpenter", {"cluster": "nodes", "settings": {"strange": 1}}, expect=400
    )
    assert "strange" in error["error"]


def test_it_can_rest_and_be_late(karpenter: Karpenter) -> None:
    karpenter.control(settings={"running": False})
    karpenter.own_class("asleep")
    karpenter.settle()
    assert "status" not in karpenter.get(CLASSES, "asleep")
    karpenter.control(settings={"running": True, "delay_seconds": 3600})
    karpenter.settle()
    assert "finalizers" not in karpenter.get(CLASSES, "asleep")["metadata"]
    karpenter.control(settings={"delay_seconds": 0.1})
    karpenter.until(CLASSES, "asleep", "True")


def test_without_it_finalizers_stay(karpenter: Karpenter) -> None:
    karpenter.own_class("left")
    karpenter.until(CLASSES, "left", "True")
    karpenter.control(stop=True)
    karpenter("DELETE", f"{CLASSES}/left")
    assert karpenter.get(CLASSES, "left")["metadata"]["finalizers"] == [CLASS_FINALIZER]
    karpenter.defaults()
    wait_for(karpenter.gone(CLASSES, "left"))
