"""Nodes, pods, and budgets of a cluster with the workloads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import wait_for
from workload_cluster import APPS, BUDGETS, NODES, PODS, WorkloadCluster, is_ready, names

TOLERATES_ALL = [{"operator": "Exists"}]


def test_each_instance_has_a_node(cluster: WorkloadCluster) -> None:
    made = cluster.group(labels={"team": "shop"}, taints=[{"key": "gpu", "effect": "NO_SCHEDULE"}])
    found = {node["spec"]["providerID"]: node for node in cluster.items(NODES)}
    instances = cluster.instances()
    assert [each["LifecycleState"] for each in instances] == ["InService", "InService"]
    wanted = {f"aws:///{each['AvailabilityZone']}/{each['InstanceId']}" for each in instances}
    assert set(found) == wanted
    assert {each["AvailabilityZone"] for each in instances} == {"us-east-1a", "us-east-1b"}
    for instance in instances:
        node = found[f"aws:///{instance['AvailabilityZone']}/{instance['InstanceId']}"]
        labels = node["metadata"]["labels"]
        assert labels["eks.amazonaws.com/nodegroup"] == "blue"
        assert labels["eks.amazonaws.com/capacityType"] == "ON_DEMAND"
        assert labels["eks.amazonaws.com/nodegroup-image"].startswith("ami-")
        assert labels["topology.kubernetes.io/zone"] == instance["AvailabilityZone"]
        assert labels["kubernetes.io/hostname"] == node["metadata"]["name"]
        assert labels["node.kubernetes.io/instance-type"] == made["instanceTypes"][0]
        assert labels["team"] == "shop"
        assert node["spec"]["taints"] == [{"key": "gpu", "effect": "NoSchedule"}]
        assert is_ready(node)
        assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.33.4-eks-113cf36"
        described = cluster.sandbox.client("ec2").describe_instances(InstanceIds=[instance["InstanceId"]])
        machine = described["Reservations"][0]["Instances"][0]
        assert machine["PrivateDnsName"] == node["metadata"]["name"]
        assert machine["State"]["Name"] == "running"
        assert {"Key": "eks:nodegroup-name", "Value": "blue"} in machine["Tags"]


def test_nodes_follow_the_size_labels_and_taints(cluster: WorkloadCluster) -> None:
    cluster.group(labels={"old": "1"})
    eks, group = cluster.sandbox.client("eks"), {"clusterName": "pods", "nodegroupName": "blue"}
    eks.update_nodegroup_config(
        **group,
        labels={"addOrUpdateLabels": {"new": "2"}, "removeLabels": ["old"]},
        taints={"addOrUpdateTaints": [{"key": "a", "value": "b", "effect": "NO_EXECUTE"}]},
        scalingConfig={"desiredSize": 3},
    )
    eks.describe_nodegroup(**group)
    cluster.workloads()
    nodes = cluster.items(NODES)
    assert len(nodes) == 3
    assert all(node["metadata"]["labels"].get("new") == "2" for node in nodes)
    assert not any("old" in node["metadata"]["labels"] for node in nodes)
    assert all(node["spec"]["taints"] == [{"key": "a", "value": "b", "effect": "NoExecute"}] for node in nodes)
    cluster.sandbox.control(
        "POST", "drift", {"cluster": "pods", "nodegroup": "blue", "action": "set_desired_size", "value": 1}
    )
    wait_for(lambda: len(cluster.items(NODES)) == 1 and len(cluster.instances()) == 1)
    eks.delete_nodegroup(**group)
    wait_for(lambda: eks.list_nodegroups(clusterName="pods")["nodegroups"] == [])
    wait_for(lambda: not cluster.items(NODES))
    states = cluster.sandbox.client("ec2").describe_instances()["Reservations"]
    assert {each["Instances"][0]["State"]["Name"] for each in states} == {"terminated"}


def test_a_terminated_instance_is_replaced(cluster: WorkloadCluster) -> None:
    cluster.group()
    gone = cluster.instances()[0]["InstanceId"]
    cluster.sandbox.client("ec2").terminate_instances(InstanceIds=[gone])
    cluster.workloads()
    found = {each["InstanceId"] for each in cluster.instances()}
    assert len(found) == 2 and gone not in found
    assert {node["spec"]["providerID"].rpartition("/")[2] for node in cluster.items(NODES)} == found


def test_instances_that_do_not_join(cluster: WorkloadCluster) -> None:
    cluster.workloads(join={"blue": "never", "green": "not_ready"})
    cluster.group()
    assert len(cluster.instances()) == 2 and cluster.items(NODES) == []
    cluster.group("green")
    assert [is_ready(node) for node in cluster.items(NODES)] == [False, False]


def test_pods_of_a_deployment_run_on_the_nodes(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.deploy("web", 6)
    pods = cluster.pods("web")
    assert len(pods) == 6 and all(map(is_ready, pods))
    placed = [pod["spec"]["nodeName"] for pod in pods]
    assert sorted(map(placed.count, set(placed))) == [3, 3]
    owner = pods[0]["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["controller"]) == ("ReplicaSet", True)
    assert cluster("GET", f"{APPS}/deployments/web")[1]["status"]["readyReplicas"] == 6
    patch = {"spec": {"replicas": 2}}
    cluster("PATCH", f"{APPS}/deployments/web", patch, content_type="application/merge-patch+json")
    wait_for(lambda: len(cluster.pods("web")) == 2)
    cluster("DELETE", f"{APPS}/deployments/web?propagationPolicy=Background")
    wait_for(lambda: not cluster.pods() and not cluster.items(f"{APPS}/replicasets"))


def test_a_deleted_pod_ends_after_its_grace_period(cluster: WorkloadCluster) -> None:
    cluster.workloads(grace_factor=0.1, stuck_pods=["default/db-1"])
    cluster.group()
    cluster.deploy("db", 2, "StatefulSet", terminationGracePeriodSeconds=5)
    assert names(cluster.pods("db")) == ["db-0", "db-1"]
    uids = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in cluster.pods("db")}
    for name in uids:
        assert cluster.evict(name)[0] == 201
    assert "deletionTimestamp" in cluster("GET", f"{PODS}/db-0")[1]["metadata"]
    # The next pod has the same name.
    wait_for(lambda: cluster("GET", f"{PODS}/db-0")[1]["metadata"].get("uid") not in (None, uids["db-0"]))
    assert cluster("GET", f"{PODS}/db-1")[1]["metadata"]["uid"] == uids["db-1"]
    cluster.workloads(stuck_pods=[])
    wait_for(lambda: cluster("GET", f"{PODS}/db-1")[1]["metadata"].get("uid") not in (None, uids["db-1"]))


def test_daemon_sets_cover_cordoned_nodes(cluster: WorkloadCluster) -> None:
    cluster.group(taints=[{"key": "gpu", "effect": "NO_SCHEDULE"}])
    cluster.deploy("strict", 0, "DaemonSet")
    assert cluster.pods("strict") == []
    for node in names(cluster.items(NODES)):
        patch = {"spec": {"unschedulable": True}}
        cluster("PATCH", f"{NODES}/{node}", patch, content_type="application/merge-patch+json")
    cluster.deploy("agent", 0, "DaemonSet", tolerations=[{"key": "gpu", "operator": "Exists"}])
    assert sorted(pod["spec"]["nodeName"] for pod in cluster.pods("agent")) == names(cluster.items(NODES))


def test_selectors_tolerations_and_cordons(cluster: WorkloadCluster) -> None:
    cluster.group("plain", labels={"pool": "plain"})
    cluster.group("gpu", taints=[{"key": "gpu", "effect": "NO_SCHEDULE"}], labels={"pool": "gpu"})
    pool_of = {node["metadata"]["name"]: node["metadata"]["labels"]["pool"] for node in cluster.items(NODES)}
    cluster.deploy("web", 4)
    cluster.deploy("ml", 4, nodeSelector={"pool": "gpu"}, tolerations=[{"key": "gpu", "operator": "Exists"}])
    assert {pool_of[pod["spec"]["nodeName"]] for pod in cluster.pods("web")} == {"plain"}
    assert {pool_of[pod["spec"]["nodeName"]] for pod in cluster.pods("ml")} == {"gpu"}
    cluster.deploy("lost", 1, nodeSelector={"pool": "none"})
    [pod] = cluster.pods("lost")
    assert pod["status"]["phase"] == "Pending"
    assert pod["status"]["conditions"][0]["reason"] == "Unschedulable"
    for node in pool_of:
        patch = {"spec": {"unschedulable": True}}
        cluster("PATCH", f"{NODES}/{node}", patch, content_type="application/merge-patch+json")
    cluster.deploy("late", 1)
    cluster.deploy("anywhere", 1, tolerations=TOLERATES_ALL)
    assert "nodeName" not in cluster.pods("late")[0]["spec"]
    assert is_ready(cluster.pods("anywhere")[0])


@pytest.mark.parametrize(
    ("spec", "sizes"),
    [
        ({"minAvailable": 3}, (4, 4, 3, 1)),
        ({"minAvailable": 4}, (4, 4, 4, 0)),
        ({"minAvailable": "30%"}, (4, 4, 2, 2)),
        ({"minAvailable": "100%"}, (4, 4, 4, 0)),
        ({"maxUnavailable": 1}, (4, 4, 3, 1)),
        ({"maxUnavailable": 0}, (4, 4, 4, 0)),
        ({"maxUnavailable": "30%"}, (4, 4, 2, 2)),
    ],
)
def test_status_of_a_budget(cluster: WorkloadCluster, spec: dict[str, Any], sizes: tuple[int, ...]) -> None:
    cluster.group()
    cluster.deploy("web", 4)
    cluster.budget(selector={"matchLabels": {"app": "web"}}, **spec)
    status = cluster.status()
    found = tuple(
        status.get(name) for name in ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")
    )
    assert found == sizes
    assert status["observedGeneration"] == 1
    [condition] = status["conditions"]
    reason = "SufficientPods" if sizes[3] else "InsufficientPods"
    assert (condition["type"], condition["reason"]) == ("DisruptionAllowed", reason)


def test_selectors_of_budgets(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.create(PODS, {"metadata": {"name": "bare"}, "spec": {"containers": [{"name": "main", "image": "app"}]}})
    cluster.deploy("web", 2)
    cluster.budget("all", selector={}, minAvailable=1)
    cluster.budget("none", minAvailable=1)
    cluster.budget("unmatched", selector={"matchLabels": {"app": "other"}}, maxUnavailable=1)
    assert (cluster.status("all")["expectedPods"], cluster.status("all")["disruptionsAllowed"]) == (3, 2)
    for name in ("none", "unmatched"):
        assert (cluster.status(name)["expectedPods"], cluster.status(name)["disruptionsAllowed"]) == (0, 0)
    cluster.deploy("agent", 0, "DaemonSet")
    cluster.budget("agent", selector={"matchLabels": {"app": "agent"}}, maxUnavailable=1)
    [condition] = cluster.status("agent")["conditions"]
    assert condition["reason"] == "SyncFailed"
    assert condition["message"] == "daemonsets.apps does not implement the scale subresource"


def test_interrupted_eviction_counts_as_a_disruption_for_a_limited_time(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.workloads(disruption_seconds=1)
    cluster.deploy("web", 2)
    cluster.budget(selector={"matchLabels": {"app": "web"}}, maxUnavailable=1)
    pod = names(cluster.pods("web"))[0]
    # The API server records the disruption before it deletes the pod.
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    patch = {"status": {"disruptedPods": {pod: now}, "disruptionsAllowed": 0}}
    kind = "application/merge-patch+json"
    assert cluster("PATCH", f"{BUDGETS}/budget/status", patch, content_type=kind)[0] == 200
    wait_for(lambda: cluster.status()["currentHealthy"] == 1)
    wait_for(lambda: cluster.status()["disruptionsAllowed"] == 1)
    assert "disruptedPods" not in cluster.status()


def test_evictions_of_the_real_api_server(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.workloads(start_seconds=0.5)
    cluster.deploy("web", 2)
    wait_for(lambda: all(map(is_ready, cluster.pods("web"))))
    cluster.budget(selector={"matchLabels": {"app": "web"}}, maxUnavailable=1)
    first, second = names(cluster.pods("web"))
    assert cluster.evict(first)[0] == 201
    status, answer = cluster.evict(second)
    assert (status, answer["reason"]) == (429, "TooManyRequests")
    assert answer["details"]["causes"][0]["reason"] == "DisruptionBudget"
    wait_for(lambda: cluster.status()["disruptionsAllowed"] == 1)
    assert "disruptedPods" not in cluster.status()
    assert first not in names(cluster.pods("web")) and len(cluster.pods("web")) == 2
    cluster.budget("second", selector={"matchLabels": {"app": "web"}}, maxUnavailable=1)
    status, answer = cluster.evict(second)
    assert (status, "more than one PodDisruptionBudget" in answer["message"]) == (500, True)


def test_pods_that_are_not_ready(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.deploy("web", 2, annotations={"sandbox.ekscompute/ready": "false"})
    assert [(pod["status"]["phase"], is_ready(pod)) for pod in cluster.pods("web")] == [("Running", False)] * 2
    cluster.budget(selector={}, minAvailable=1)
    assert cluster.status()["currentHealthy"] == 0
    name = names(cluster.pods("web"))[0]
    assert cluster.evict(name)[0] == 429
    patch = {"metadata": {"annotations": {"sandbox.ekscompute/ready": "true"}}}
    cluster("PATCH", f"{PODS}/{name}", patch, content_type="application/merge-patch+json")
    wait_for(lambda: cluster.status()["currentHealthy"] == 1)


def test_pods_wait_while_the_controllers_are_stopped(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.workloads(running=False)
    cluster.deploy("web", 2)
    assert cluster.pods("web") == []
    error = cluster.sandbox.control(
        "POST", "kubernetes/workloads", {"cluster": "pods", "settings": {"speed": 1}}, expect=400
    )
    assert "speed" in error["error"]


def test_clusters_with_one_api_server_have_one_set_of_workloads(cluster: WorkloadCluster) -> None:
    cluster.sandbox.seed(cluster="second")
    cluster.sandbox.control("POST", "kubernetes", {"cluster": "second", "server": "pods"})
    error = cluster.sandbox.control("POST", "kubernetes/workloads", {"cluster": "second"}, expect=400)
    assert "workloads of cluster pods" in error["error"]
    cluster.sandbox.control("POST", "kubernetes", {"cluster": "second", "action": "remove"})


def test_one_call_creates_many_pods_with_budgets(cluster: WorkloadCluster) -> None:
    cluster.group(taints=[{"key": "team", "value": "shop", "effect": "NO_SCHEDULE"}])
    load = {"deployments": 3, "replicas": 4, "name": "shop", "pod": {"tolerations": [{"operator": "Exists"}]}}
    body = {"cluster": "pods", "load": load}
    answer = cluster.sandbox.control("POST", "kubernetes/workloads", body)
    assert (answer["nodes"], answer["pods"]) == (2, 12)
    assert cluster.sandbox.control("POST", "kubernetes/workloads", body)["pods"] == 12
    assert len(cluster.pods("shop-2")) == 4 and all(map(is_ready, cluster.pods()))
    assert [cluster.status(f"shop-{number}")["disruptionsAllowed"] for number in range(3)] == [1, 1, 1]
    unlimited = {"cluster": "pods", "load": {"deployments": 1, "replicas": 1, "name": "free", "budget": None}}
    cluster.sandbox.control("POST", "kubernetes/workloads", unlimited)
    assert len(cluster.items(BUDGETS)) == 3
    for wrong in ({"pods": 3}, {"namespace": "none"}):
        error = cluster.sandbox.control("POST", "kubernetes/workloads", {**body, "load": wrong}, expect=400)
        assert next(iter(wrong)) in error["error"] or "none" in error["error"]


def test_what_a_new_cluster_runs(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.sandbox.control("POST", "kubernetes/workloads", {"cluster": "pods", "system": True})
    pods = cluster.items("/api/v1/namespaces/kube-system/pods")
    apps = [name.rpartition("-")[0].removesuffix("-") for name in names(pods)]
    assert all(map(is_ready, pods))
    assert apps.count("aws-node") == apps.count("kube-proxy") == 2
    assert len([name for name in apps if name.startswith("coredns")]) == 2
    assert len([name for name in apps if name.startswith("metrics-server")]) == 1
    [budget] = cluster.items("/apis/policy/v1/namespaces/kube-system/poddisruptionbudgets")
    assert (budget["metadata"]["name"], budget["spec"]["maxUnavailable"]) == ("coredns", 1)
    assert budget["status"]["disruptionsAllowed"] == 1
    assert cluster.update_end(cluster.update())["status"] == "Successful"
    for plural in ("deployments", "daemonsets"):
        cluster("DELETE", f"/apis/apps/v1/namespaces/kube-system/{plural}")
    cluster("DELETE", "/apis/policy/v1/namespaces/kube-system/poddisruptionbudgets")
    wait_for(lambda: not cluster.items("/api/v1/namespaces/kube-system/pods"))
