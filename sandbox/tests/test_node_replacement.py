"""Version updates and deletions that drain nodes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conftest import wait_for
from workload_cluster import BUDGETS, NODES, PODS, WorkloadCluster, is_ready, names

OLD, NEW = "1.33.4-20250904", "1.33.5-20251016"
WEB = {"matchLabels": {"app": "web"}}
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"
MESSAGE = "Reached max retries while trying to evict pods from nodes in node group blue"


def release(cluster: WorkloadCluster) -> str:
    eks = cluster.sandbox.client("eks")
    return eks.describe_nodegroup(clusterName="pods", nodegroupName="blue")["nodegroup"]["releaseVersion"]


def providers(cluster: WorkloadCluster) -> set[str]:
    return {node["spec"]["providerID"] for node in cluster.items(NODES)}


def cordoned(cluster: WorkloadCluster) -> list[str]:
    return names([node for node in cluster.items(NODES) if node["spec"].get("unschedulable")])


def test_an_update_replaces_all_nodes(cluster: WorkloadCluster) -> None:
    cluster.group(updateConfig={"maxUnavailable": 2})
    cluster.deploy("web", 4)
    cluster.budget(selector=WEB, maxUnavailable=1)
    before = {each["InstanceId"] for each in cluster.instances()}
    update = cluster.update()
    assert update["status"] == "InProgress"
    assert cluster.update_end(update)["status"] == "Successful"
    assert release(cluster) == NEW
    cluster.workloads()
    nodes, after = cluster.items(NODES), {each["InstanceId"] for each in cluster.instances()}
    assert len(nodes) == len(after) == 2 and not before & after
    assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes} == {"v1.33.5-eks-113cf36"}
    assert {each["LaunchTemplate"]["Version"] for each in cluster.instances()} == {"2"}
    assert cordoned(cluster) == []
    assert len(cluster.pods("web")) == 4 and all(map(is_ready, cluster.pods("web")))
    assert {pod["spec"]["nodeName"] for pod in cluster.pods("web")} <= set(names(nodes))


def test_a_surge_in_each_zone(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=30)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, maxUnavailable=0)
    old = names(cluster.items(NODES))
    update = cluster.update()
    # Twice the number of zones, in addition to the old nodes.
    wait_for(lambda: len(cluster.instances()) == 6 and cordoned(cluster) == old)
    labels = {node["metadata"]["name"]: node["metadata"]["labels"] for node in cluster.items(NODES)}
    assert [name for name in sorted(labels) if EXCLUDE in labels[name]] == old
    eks = cluster.sandbox.client("eks")
    group = eks.describe_nodegroup(clusterName="pods", nodegroupName="blue")["nodegroup"]
    assert (group["status"], group["scalingConfig"]["desiredSize"]) == ("UPDATING", 2)
    assert release(cluster) == OLD
    cluster("DELETE", f"{BUDGETS}/budget")
    assert cluster.update_end(update)["status"] == "Successful"
    assert len(cluster.instances()) == 2


def test_minimal_never_exceeds_the_size(cluster: WorkloadCluster) -> None:
    cluster.group(updateConfig={"updateStrategy": "MINIMAL", "maxUnavailable": 1})
    cluster.deploy("web", 2)
    update, most = cluster.update(), 0
    while cluster.sandbox.client("eks").describe_update(name="pods", nodegroupName="blue", updateId=update["id"])[
        "update"
    ]["status"] == ("InProgress"):
        most = max(most, len(cluster.instances()))
    assert most == 2
    assert release(cluster) == NEW
    assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.items(NODES)} == {"v1.33.5-eks-113cf36"}


def test_a_budget_fails_the_update(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=0.5)
    cluster.group(updateConfig={"maxUnavailable": 1})
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, minAvailable=2)
    old = names(cluster.items(NODES))
    pods = names(cluster.pods("web"))
    ended = cluster.update_end(cluster.update())
    assert ended["status"] == "Failed"
    [error] = ended["errors"]
    assert (error["errorCode"], error["errorMessage"]) == ("PodEvictionFailure", MESSAGE)
    # The node of the batch. All old nodes remain cordoned, and the pods are unchanged.
    assert len(error["resourceIds"]) == 1 and error["resourceIds"][0] in old
    assert cordoned(cluster) == old
    assert names(cluster.pods("web")) == pods
    assert release(cluster) == OLD
    cluster("DELETE", f"{BUDGETS}/budget")
    assert cluster.update_end(cluster.update())["status"] == "Successful"
    assert len(cluster.instances()) == 2 and cordoned(cluster) == []


def test_a_failed_update_leaves_new_nodes(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=0.3)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, minAvailable=2)
    old = providers(cluster)
    assert cluster.update_end(cluster.update())["status"] == "Failed"
    cluster.workloads()
    new = providers(cluster) - old
    assert len(new) == 4
    # The Auto Scaling group terminates nodes with the old launch template version first, and launches new ones.
    action = {"cluster": "pods", "nodegroup": "blue", "action": "set_desired_size"}
    cluster.sandbox.control("POST", "drift", {**action, "value": 4})
    wait_for(lambda: providers(cluster) == new)
    cluster.sandbox.control("POST", "drift", {**action, "value": 5})
    wait_for(lambda: len(cluster.items(NODES)) == 5)
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.items(NODES)}
    assert versions == {"v1.33.5-eks-113cf36"}


def test_force_deletes_the_pods(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=0.3)
    cluster.group(updateConfig={"maxUnavailable": 2})
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, minAvailable=2)
    pods = names(cluster.pods("web"))
    assert cluster.update_end(cluster.update(force=True))["status"] == "Successful"
    cluster.workloads()
    assert not set(names(cluster.pods("web"))) & set(pods)
    assert len(cluster.pods("web")) == 2 and all(map(is_ready, cluster.pods("web")))


def test_two_budgets_fail_the_update(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=0.3)
    cluster.group()
    cluster.deploy("web", 2)
    for name in ("one", "two"):
        cluster.budget(name, selector=WEB, maxUnavailable=1)
    [error] = cluster.update_end(cluster.update())["errors"]
    assert error["errorCode"] == "PodEvictionFailure"


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_pods_that_tolerate_everything_return_to_the_old_node(cluster: WorkloadCluster, kind: str) -> None:
    cluster.workloads(drain_seconds=0.5)
    cluster.group(scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1})
    [old] = names(cluster.items(NODES))
    cluster.deploy("web", 2, kind, tolerations=[{"operator": "Exists"}])
    before = {pod["metadata"]["uid"] for pod in cluster.pods("web")}
    [error] = cluster.update_end(cluster.update())["errors"]
    assert (error["errorCode"], error["resourceIds"]) == ("PodEvictionFailure", [old])
    cluster.workloads()
    pods = cluster.pods("web")
    assert {pod["spec"]["nodeName"] for pod in pods} == {old}
    assert not {pod["metadata"]["uid"] for pod in pods} & before
    assert cluster.update_end(cluster.update(force=True))["status"] == "Successful"


def test_daemon_set_and_mirror_pods_are_ignored(cluster: WorkloadCluster) -> None:
    cluster.group()
    cluster.deploy("agent", 0, "DaemonSet")
    mirror = {
        "metadata": {"name": "static", "annotations": {"kubernetes.io/config.mirror": "x"}},
        "spec": {"containers": [{"name": "main", "image": "app"}], "nodeName": names(cluster.items(NODES))[0]},
    }
    cluster.create(PODS, mirror)
    cluster.workloads()
    assert cluster.update_end(cluster.update())["status"] == "Successful"
    cluster.workloads()
    assert sorted(pod["spec"]["nodeName"] for pod in cluster.pods("agent")) == names(cluster.items(NODES))
    assert "static" not in names(cluster.pods())


def test_nodes_that_do_not_join_fail_the_update(cluster: WorkloadCluster) -> None:
    cluster.workloads(join_limit_seconds=0.3)
    cluster.group()
    cluster.workloads(join={"blue": "not_ready"})
    [error] = cluster.update_end(cluster.update())["errors"]
    assert error["errorCode"] == "NodeCreationFailure"
    assert "new nodes are not joining node group blue" in error["errorMessage"]
    ids = {each["InstanceId"] for each in cluster.instances()}
    assert error["resourceIds"] and set(error["resourceIds"]) <= ids


def test_pace_and_faults_precede_the_drain(cluster: WorkloadCluster) -> None:
    cluster.group()
    before = providers(cluster)
    cluster.sandbox.pace(nodegroup_version_update="manual")
    update = cluster.update()
    time.sleep(0.3)
    assert providers(cluster) == before and cordoned(cluster) == []
    cluster.sandbox.step()
    assert cluster.update_end(update)["status"] == "Successful"
    assert not providers(cluster) & before
    cluster.sandbox.fault(
        kind="transition_fail",
        transition="nodegroup_version_update",
        errors=[{"errorCode": "AccessDenied", "errorMessage": "not authorized", "resourceIds": []}],
    )
    update = cluster.update(releaseVersion=OLD)
    cluster.sandbox.step()
    assert cluster.update_end(update)["errors"][0]["errorCode"] == "AccessDenied"
    assert cordoned(cluster) == []


def test_a_drain_survives_a_restart_of_the_api_server(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=30)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, maxUnavailable=0)
    update = cluster.update()
    wait_for(lambda: len(cordoned(cluster)) == 2)
    cluster.sandbox.control("POST", "kubernetes", {"cluster": "pods", "action": "restart"})
    cluster("DELETE", f"{BUDGETS}/budget")
    assert cluster.update_end(update)["status"] == "Successful"


def test_a_drain_without_an_api_server_fails(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=1)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, maxUnavailable=0)
    update = cluster.update()
    wait_for(lambda: len(cordoned(cluster)) == 2)
    cluster.sandbox.control("POST", "kubernetes", {"cluster": "pods", "action": "stop"})
    [error] = cluster.update_end(update)["errors"]
    assert (error["errorCode"], error["resourceIds"]) == ("ClusterUnreachable", ["pods"])
    cluster.sandbox.control("POST", "kubernetes", {"cluster": "pods"})
    cluster("DELETE", f"{BUDGETS}/budget")
    assert cluster.update_end(cluster.update())["status"] == "Successful"


def test_a_deletion_drains_until_the_limit(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=0.5)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, minAvailable=2)
    eks, group = cluster.sandbox.client("eks"), {"clusterName": "pods", "nodegroupName": "blue"}
    eks.delete_nodegroup(**group)
    eks.list_nodegroups(clusterName="pods")
    assert eks.describe_nodegroup(**group)["nodegroup"]["status"] == "DELETING"
    wait_for(lambda: eks.list_nodegroups(clusterName="pods")["nodegroups"] == [])
    wait_for(lambda: not cluster.items(NODES))
    wait_for(lambda: cluster.pods("web") and not any(pod["spec"].get("nodeName") for pod in cluster.pods("web")))


def test_a_node_group_that_disappears_during_its_update(cluster: WorkloadCluster) -> None:
    cluster.workloads(drain_seconds=30)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, maxUnavailable=0)
    cluster.update()
    wait_for(lambda: len(cordoned(cluster)) == 2)
    gone: dict[str, Any] = {"cluster": "pods", "nodegroup": "blue", "action": "delete"}
    cluster.sandbox.control("POST", "drift", gone)
    wait_for(lambda: not cluster.items(NODES))
    cluster.group()
    assert len(cluster.items(NODES)) == 2 and cordoned(cluster) == []
