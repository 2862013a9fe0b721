"""API servers of clusters: real ones, called with user tokens."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.signers import RequestSigner
from conftest import REGION, Made, Sandbox, wait_for

from ekscompute_sandbox.api_server import ApiServer

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
NODE = {
    "groups": ["system:bootstrappers", "system:nodes"],
    "username": "system:node:{{EC2PrivateDNSName}}",
}


@dataclass
class Api:
    """Return the API server of a cluster."""

    made: dict[str, Any]

    def __call__(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> tuple[int, Any]:
        trust = ssl.create_default_context(cadata=base64.b64decode(self.made["certificate_authority"]).decode())
        headers = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        headers["authorization"] = f"Bearer {token or self.made['token']}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.made["endpoint"] + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=trust) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def whoami(self, token: str) -> tuple[int, dict[str, Any]]:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        status, answer = self("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body, token)
        return status, answer["status"]["userInfo"] if status == 201 else answer

    def map_roles(self, text: str) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": text}}
        status, answer = self("POST", CONFIG_MAPS, body)
        if status == 409:
            status, answer = self("PUT", AWS_AUTH, body)
        assert status in (200, 201), answer


def session(sandbox: Sandbox, role: str, name: str = "session") -> boto3.Session:
    issued = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return boto3.Session(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"], REGION)


ROOT = boto3.Session("AKIASANDBOXTESTS0000", "secret", region_name=REGION)


def token_for(cluster: str, made_by: boto3.Session = ROOT, age: timedelta = timedelta(0), **other: str) -> str:
    """Return a token as `aws eks get-token` generates it."""
    client = made_by.client("sts")
    signer = RequestSigner(
        client.meta.service_model.service_id, REGION, "sts", "v4", made_by.get_credentials(), made_by.events
    )
    url = other.get("url", f"https://sts.{REGION}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15")
    headers = {"x-k8s-aws-id": cluster} if cluster else {}
    request = {"method": "GET", "url": url, "body": {}, "headers": headers, "context": {}}
    with mock.patch("botocore.auth.get_current_datetime", lambda: datetime.now(UTC) - age):
        signed = signer.generate_presigned_url(request, "", expires_in=60, region_name=REGION)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")


@pytest.fixture(scope="module")
def shared(running: Sandbox) -> Iterator[Sandbox]:
    """One sandbox for the tests of this file, so that they share an API server."""
    running.control("POST", "reset", {})
    yield running
    running.control("POST", "reset", {})


@pytest.fixture(scope="module")
def cluster(shared: Sandbox) -> Made:
    return Made(shared.seed(cluster="kube"))


@pytest.fixture(scope="module")
def api(shared: Sandbox, cluster: Made) -> Api:
    return Api(shared.control("POST", "kubernetes", {"cluster": "kube", "aws_auth_writer": True}))


def test_describe_cluster_tells_how_to_reach_it(shared: Sandbox, api: Api) -> None:
    described = shared.client("eks").describe_cluster(name="kube")["cluster"]
    assert described["endpoint"] == api.made["endpoint"]
    assert described["certificateAuthority"]["data"] == api.made["certificate_authority"]
    status, version = api("GET", "/version")
    assert (status, version["major"]) == (200, "1")


def test_requests_are_passed_on(shared: Sandbox, api: Api) -> None:
    path = f"{CONFIG_MAPS}?fieldManager=somebody"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "passed-on"}, "data": {"a": "b"}}
    request = {"cluster": "kube", "method": "POST", "path": path, "body": body}
    assert shared.control("POST", "kubernetes/request", request)["status"] == 201
    found = shared.control("POST", "kubernetes/request", {"cluster": "kube", "path": f"{CONFIG_MAPS}/passed-on"})
    assert found["body"]["metadata"]["managedFields"][0]["manager"] == "somebody"
    strange = {"cluster": "kube", "path": CONFIG_MAPS, "token": "k8s-aws-v1.strange"}
    assert shared.control("POST", "kubernetes/request", strange)["status"] == 401


def test_the_creator_is_administrator(api: Api) -> None:
    status, user = api.whoami(token_for("kube"))
    assert status == 201, user
    assert user["username"] == "arn:aws:iam::123456789012:root"
    assert "system:masters" in user["groups"]
    assert user["extra"]["canonicalArn"] == ["arn:aws:iam::123456789012:root"]


def test_tokens_that_prove_nothing_are_refused(api: Api) -> None:
    good = token_for("kube")
    assert api.whoami(good)[0] == 201
    stranger = boto3.Session("AKIASANDBOXTESTS0000", "another secret", region_name=REGION)
    invalid = boto3.Session("AKIASANDBOXINVALID00", "secret", region_name=REGION)
    for bad in (
        good[:-2],
        token_for("other"),
        token_for(""),
        token_for("kube", age=timedelta(minutes=16)),
        token_for("kube", stranger),
        token_for("kube", invalid),
        token_for("kube", url="https://sts.example.com/?Action=GetCallerIdentity&Version=2011-06-15"),
        token_for("kube", url=f"https://sts.{REGION}.amazonaws.com/?Action=GetSessionToken&Version=2011-06-15"),
        "k8s-aws-v1.%%%",
        "something",
    ):
        assert api.whoami(bad)[0] == 401, bad


def test_a_token_is_good_for_fifteen_minutes(api: Api) -> None:
    assert api.whoami(token_for("kube", age=timedelta(minutes=14)))[0] == 201


def test_aws_auth_maps_roles(shared: Sandbox, api: Api, cluster: Made) -> None:
    role = cluster.ids["fargate_role_arn"]
    assert api.whoami(token_for("kube", session(shared, role, "first")))[0] == 401
    api.map_roles(
        f"- rolearn: {role.upper()}\n  username: ops:{{{{SessionName}}}}\n  groups: [ops, 'of:{{{{AccountID}}}}']\n"
    )
    status, user = api.whoami(token_for("kube", session(shared, role, "a@b")))
    assert (status, user["username"]) == (201, "ops:a-b")
    assert {"ops", "of:123456789012"} <= set(user["groups"])
    status, refusal = api("GET", CONFIG_MAPS, token=token_for("kube", session(shared, role)))
    assert (status, refusal["reason"]) == (403, "Forbidden")
    # Parts that cannot be parsed do not map principals.
    api.map_roles("- rolearn: {{SessionName}}\n")
    assert api.whoami(token_for("kube", session(shared, role, "later")))[0] == 401


def test_access_entries_come_first(shared: Sandbox, api: Api, cluster: Made) -> None:
    role, eks = cluster.ids["cluster_role_arn"], shared.client("eks")
    api.map_roles(f"- rolearn: {role}\n  username: from-aws-auth\n")
    eks.create_access_entry(clusterName="kube", principalArn=role, username="entry", kubernetesGroups=["team"])
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    scope = {"type": "namespace", "namespaces": ["default"]}
    eks.associate_access_policy(clusterName="kube", principalArn=role, policyArn=policy, accessScope=scope)
    token = token_for("kube", session(shared, role))
    assert api.whoami(token)[1]["username"] == "entry"
    # The API server detects a new binding with a short delay.
    wait_for(lambda: api("GET", "/api/v1/namespaces/default/configmaps", token=token)[0] == 200)
    assert api("GET", CONFIG_MAPS, token=token)[0] == 403


def test_nodes_need_an_instance(shared: Sandbox, api: Api, cluster: Made) -> None:
    role, ec2 = cluster.ids["fargate_role_arn"], shared.client("ec2")
    api.map_roles(f"- rolearn: {role}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:nodes]\n")
    subnet = cluster.ids["private_subnet_ids"][0]
    made = ec2.run_instances(ImageId="ami-0abc0000000000001", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    status, user = api.whoami(token_for("kube", session(shared, role, made["InstanceId"])))
    assert (status, user.get("username")) == (201, f"system:node:{made['PrivateDnsName']}"), user
    assert api.whoami(token_for("kube", session(shared, role, "i-0123456789abcdef0")))[0] == 401


def mapped(api: Api) -> str:
    return str(api("GET", AWS_AUTH)[1]["data"]["mapRoles"])


def idle(shared: Sandbox) -> bool:
    return all(each["pending_edits"] == 0 for each in shared.control("GET", "kubernetes")["clusters"])


def test_eks_edits_aws_auth(shared: Sandbox, api: Api, cluster: Made) -> None:
    shared.pace(**{"*": "manual"})
    eks, role = shared.client("eks"), cluster.ids["node_role_arn"]
    api.map_roles("# mine\n- rolearn: arn:aws:iam::123456789012:role/other\n  username: other\n")
    for name in ("blue", "green"):
        eks.create_nodegroup(**cluster.request(nodegroupName=name))
        shared.step(target=f"kube/{name}")
    wait_for(lambda: idle(shared))
    # As printed by EKS: sorted keys, the dash below the key, and no comments.
    assert mapped(api) == (
        "- rolearn: arn:aws:iam::123456789012:role/other\n  username: other\n"
        f"- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: {role}\n"
        "  username: system:node:{{EC2PrivateDNSName}}\n"
    )
    managers = {each["manager"] for each in api("GET", AWS_AUTH)[1]["metadata"]["managedFields"]}
    assert "vpcLambda" in managers
    for name, left in (("blue", True), ("green", False)):
        eks.delete_nodegroup(clusterName="kube", nodegroupName=name)
        shared.step(target=f"kube/{name}")
        wait_for(lambda: idle(shared))
        assert (role in mapped(api)) is left


def test_a_restart_keeps_address_and_data(shared: Sandbox, api: Api) -> None:
    api.map_roles("[]\n")
    before = api("GET", AWS_AUTH)[1]["metadata"]
    assert shared.control("POST", "kubernetes", {"cluster": "kube", "action": "stop"})["running"] is False
    with pytest.raises(urllib.error.URLError):
        api("GET", "/version")
    assert shared.control("POST", "kubernetes", {"cluster": "kube"})["endpoint"] == api.made["endpoint"]
    assert api("GET", AWS_AUTH)[1]["metadata"]["resourceVersion"] == before["resourceVersion"]
    assert api.whoami(token_for("kube"))[0] == 201


def test_clusters_may_share_one_and_leave_it(shared: Sandbox, api: Api) -> None:
    shared.seed(cluster="second")
    second = shared.control("POST", "kubernetes", {"cluster": "second", "server": "kube"})
    assert second["endpoint"] == api.made["endpoint"]
    assert api.whoami(token_for("second"))[0] == 201
    assert shared.control("POST", "kubernetes", {"cluster": "second", "action": "remove"}) == {}
    assert "second" not in [each["cluster"] for each in shared.control("GET", "kubernetes")["clusters"]]
    assert api("GET", "/version")[0] == 200


def test_a_removed_one_ends(shared: Sandbox) -> None:
    shared.seed(cluster="brief")
    port = int(shared.control("POST", "kubernetes", {"cluster": "brief"})["endpoint"].rpartition(":")[2])
    shared.control("POST", "kubernetes", {"cluster": "brief", "action": "remove"})

    def ended() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    wait_for(ended)


def processes(folder: str) -> list[str]:
    """Return the command lines of processes in the directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(folder):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only Linux shows the working directories of processes")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_the_sandbox(tmp_path: Path, ending: signal.Signals) -> None:
    port_file, folder = tmp_path / "port", tmp_path / "temporary"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "ekscompute_sandbox", "--port-file", str(port_file)],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port_file.exists)
        own = Sandbox(f"http://127.0.0.1:{port_file.read_text().strip()}")
        # One that is starting, and one that is running.
        own.control("POST", "settings", {"kubernetes": True})
        own.seed(cluster="early")
        own.control("POST", "kubernetes", {"cluster": "early"})
        own.seed(cluster="late")
        wait_for(lambda: len(processes(str(folder))) >= 3)
        process.send_signal(ending)
        process.wait(timeout=20)
        wait_for(lambda: not processes(str(folder)))
        wait_for(lambda: not list(folder.iterdir()))
    finally:
        process.kill()


def test_what_a_killed_sandbox_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    for name, owner in {"dead": str(ended.pid), "alive": str(os.getpid()), "other": None}.items():
        folder = tmp_path / f"ekscompute-kubernetes-{name}"
        folder.mkdir()
        if owner is not None:
            (folder / "owner").write_text(owner)
    ApiServer("demo", "http://127.0.0.1:1")
    left = {folder.name.removeprefix("ekscompute-kubernetes-") for folder in tmp_path.iterdir()}
    assert "dead" not in left and {"alive", "other"} < left
