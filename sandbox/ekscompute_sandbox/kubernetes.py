"""The Kubernetes part of the sandbox: API servers of clusters, token reviews, and the edits of aws-auth by EKS."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from .api_server import ApiServer, ApiServerError
from .aws_auth_writer import CONFIG_MAPS, AwsAuthWriter
from .bearer_tokens import PREFIX, Caller, TokenRefused, verify
from .clusters import SandboxCluster, find_cluster
from .errors import ApiError
from .http_types import HttpRequest, HttpResponse
from .identify import DEFAULT_REGION
from .identity_mapping import POLICY_GROUP, POLICY_ROLES, AwsAuth, LoginRefused, Mapping, entry_for, render
from .provisioning import Provisioning
from .workloads.manager import Workloads
from .world import Context, World

log = logging.getLogger(__name__)

PATH = "/_sandbox/kubernetes"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
# The parts of the cluster roles view, edit, and admin, which only a controller manager would combine.
ROLE_PARTS = ("view", "edit", "admin")
ACTIONS = ("start", "stop", "restart", "remove")


class Attached:
    """A cluster with its API server, which several clusters can share."""

    def __init__(self, context: Context, cluster: SandboxCluster, server: ApiServer) -> None:
        self.context = context
        self.cluster = cluster
        self.server = server
        self.writer: AwsAuthWriter | None = None
        self.provisioning = Provisioning(context, cluster, server)


# Control calls for one cluster, by their paths.
CLUSTER_CALLS: dict[str, Callable[[Attached, dict[str, Any]], dict[str, Any]]] = {
    "/custom_resources": lambda attached, body: attached.provisioning.change_definitions(body),
    "/karpenter": lambda attached, body: attached.provisioning.change_controller(body),
    "/workloads": lambda attached, body: attached.provisioning.change_workloads(body),
}


class Kubernetes:
    """All API servers of the world. An API server is only started on request."""

    def __init__(self, world: World, sts: Callable[[HttpRequest], HttpResponse]) -> None:
        self._world = world
        self._sts = sts
        self._lock = threading.RLock()
        self._servers: dict[str, ApiServer] = {}
        self._attached: dict[str, Attached] = {}
        self._bound: set[tuple[str, str]] = set()
        self.url = ""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle a control call or a token review, without the lock of the world."""
        try:
            if request.method == "POST" and request.path.startswith(f"{PATH}/review/"):
                return _json(200, self._review(request.path.rpartition("/")[2], request.json()))
            if request.path == PATH and request.method == "GET":
                return _json(200, self._list())
            if request.path == PATH and request.method == "POST":
                return _json(200, self._change(request.json()))
            if request.path == f"{PATH}/request" and request.method == "POST":
                return _json(200, self._request(request.json()))
            if request.path.removeprefix(PATH) in CLUSTER_CALLS and request.method == "POST":
                body = request.json()
                attached = self._named(body.pop("cluster"))
                if request.path.endswith("/workloads"):
                    self._require_separate_nodes(attached)
                return _json(200, CLUSTER_CALLS[request.path.removeprefix(PATH)](attached, body))
            return _json(404, {"error": f"no such control call: {request.method} {request.path}"})
        except ApiError as error:
            return _json(400, {"error": f"{error.code}: {error.message}"})
        except (ApiServerError, ValueError, TypeError, KeyError) as error:
            return _json(400, {"error": str(error)})
        except Exception as error:
            log.exception("%s %s failed", request.method, request.path)
            return _json(500, {"error": repr(error)})

    # Events of the rest of the sandbox.

    def cluster_active(self, context: Context, cluster: SandboxCluster) -> None:
        """Handle a new cluster, which gets a separate API server if the settings enable this."""
        if self._world.settings.kubernetes:
            attached = self._attach(context, cluster, cluster.name)
            # As at AWS, the endpoint is known before it responds.
            threading.Thread(target=self._start, args=(attached.server,), daemon=True).start()

    def cluster_gone(self, cluster: SandboxCluster) -> None:
        """Release the API server of a deleted cluster. It is stopped if no other cluster uses it."""
        with self._lock:
            attached = self._attached.pop(cluster.arn, None)
            if attached is not None:
                attached.provisioning.stop()
            if attached is None or any(other.server is attached.server for other in self._attached.values()):
                return
            self._servers.pop(attached.server.name, None)
        # The lock of the world is held here.
        threading.Thread(target=attached.server.stop, daemon=True).start()

    def role_used(self, cluster: SandboxCluster, role: str, fargate: bool = False, windows: bool = False) -> None:
        """Handle a new node group or Fargate profile with this role."""
        writer = self._writer(cluster)
        if writer is not None:
            writer.add(role, fargate, windows)

    def role_unused(self, cluster: SandboxCluster, role: str) -> None:
        """Handle the deletion of the last managed node group or Fargate profile with this role."""
        writer = self._writer(cluster)
        if writer is not None:
            writer.remove(role)

    def workloads(self, cluster: SandboxCluster) -> Workloads | None:
        """Return the workloads of the cluster, if they were started."""
        attached = self._attached.get(cluster.arn)
        return attached.provisioning.workloads if attached is not None else None

    def reset(self) -> None:
        """Stop all API servers."""
        with self._lock:
            servers = list(self._servers.values())
            for attached in self._attached.values():
                attached.provisioning.stop()
            self._servers, self._attached, self._bound = {}, {}, set()
        for server in servers:
            server.stop()

    def _writer(self, cluster: SandboxCluster) -> AwsAuthWriter | None:
        attached = self._attached.get(cluster.arn)
        if attached is None or cluster.access_config["authenticationMode"] == "API":
            return None
        return attached.writer

    # Control calls.

    def _list(self) -> dict[str, Any]:
        return {"clusters": [self._describe(each) for each in list(self._attached.values())]}

    def _describe(self, attached: Attached) -> dict[str, Any]:
        server = attached.server
        return {
            "cluster": attached.cluster.name,
            "server": server.name,
            "running": server.running,
            "endpoint": server.endpoint,
            "certificate_authority": server.certificate_authority,
            "token": server.tokens.administrator,
            "writer_token": server.tokens.writer,
            "aws_auth_writer": attached.writer is not None,
            "pending_edits": attached.writer.pending if attached.writer else 0,
        }

    def _request(self, body: dict[str, Any]) -> dict[str, Any]:
        """Forward a request for clients without TLS: as administrator, or with a token."""
        method, path = body.get("method", "GET"), body["path"]
        content_type = body.get("content_type", "application/json")
        server = self._named(body["cluster"]).server
        status, answer = server.request(method, path, body.get("body"), body.get("token"), content_type)
        return {"status": status, "body": answer}

    def _named(self, cluster: str) -> Attached:
        found = [each for each in list(self._attached.values()) if each.cluster.name == cluster]
        if not found:
            raise ValueError(f"cluster {cluster} has no API server")
        return found[0]

    def _require_separate_nodes(self, attached: Attached) -> None:
        """Reject the workloads of two clusters in one API server, which would compete for the same pods."""
        for other in list(self._attached.values()):
            if other is not attached and other.server is attached.server and other.provisioning.workloads is not None:
                raise ValueError(f"the API server already has the workloads of cluster {other.cluster.name}")

    def _change(self, body: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(body) - {"cluster", "server", "action", "aws_auth_writer", "region", "account"})
        if unknown:
            raise ValueError(f"unknown members: {', '.join(unknown)}")
        context = self._world.context(body.get("account", DEFAULT_ACCOUNT_ID), body.get("region", DEFAULT_REGION))
        action = body.get("action", "start")
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known: {', '.join(ACTIONS)}")
        with self._world.lock:
            cluster = find_cluster(context, body["cluster"])
            if action == "remove":
                self.cluster_gone(cluster)
                return {}
            attached = self._attach(context, cluster, body.get("server", cluster.name))
        server = attached.server
        if action != "start":
            server.stop(keep=True)
        if action != "stop":
            self._start(server)
        if "aws_auth_writer" in body:
            attached.writer = AwsAuthWriter(server) if body["aws_auth_writer"] else None
        return self._describe(attached)

    def _attach(self, context: Context, cluster: SandboxCluster, name: str) -> Attached:
        with self._lock:
            attached = self._attached.get(cluster.arn)
            if attached is not None:
                return attached
            if name not in self._servers:
                self._servers[name] = ApiServer(name, f"{self.url}{PATH}/review/{name}")
            attached = Attached(context, cluster, self._servers[name])
            self._attached[cluster.arn] = attached
        cluster.endpoint = attached.server.endpoint
        cluster.certificate_authority = {"data": attached.server.certificate_authority}
        return attached

    def _start(self, server: ApiServer) -> None:
        server.start()
        server.wait()
        self._bind_policies(server, [f"{POLICY_GROUP}:{role}" for role in sorted(set(POLICY_ROLES.values()))])

    # Token reviews.

    def _review(self, name: str, review: dict[str, Any]) -> dict[str, Any]:
        token = review["spec"]["token"]
        answer = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
        try:
            if not token.startswith(PREFIX):
                raise TokenRefused("not an EKS token")
            return {**answer, "status": {"authenticated": True, "user": self._login(name, token)}}
        except (TokenRefused, LoginRefused) as refusal:
            return {**answer, "status": {"authenticated": False, "error": str(refusal)}}

    def _login(self, name: str, token: str) -> dict[str, Any]:
        """Return the user of the first cluster of this API server for which the token was signed."""
        candidates = [each for each in list(self._attached.values()) if each.server.name == name]
        refusal: Exception = TokenRefused("no cluster uses this API server")
        for attached in candidates:
            context, cluster = attached.context, attached.cluster
            try:
                caller = verify(token, _token_id(cluster), context.eks.partition, self._sts)
                mapping = self._map(attached, caller)
            except (TokenRefused, LoginRefused) as error:
                refusal = error
                continue
            self._bind_policies(attached.server, mapping.groups)
            return _user(caller, mapping)
        raise refusal

    def _map(self, attached: Attached, caller: Caller) -> Mapping:
        cluster, context = attached.cluster, attached.context
        mode = cluster.access_config["authenticationMode"]
        found = None
        if mode != "CONFIG_MAP":
            with self._world.lock:
                found = entry_for(cluster, caller)
        if found is None and mode != "API":
            status, config_map = attached.server.request("GET", f"{CONFIG_MAPS}/aws-auth")
            found = AwsAuth.parse(config_map.get("data", {}) if status == 200 else {}).find(caller)
        if found is None and mode == "CONFIG_MAP" and caller.canonical_arn == _canonical(cluster.creator):
            found = Mapping("kubernetes-admin", ["system:masters"])
        if found is None:
            raise LoginRefused(f"ARN is not mapped: {caller.canonical_arn}")

        def private_dns(instance: str) -> str | None:
            with self._world.lock:
                found = [each for each in context.ec2.all_instances() if each.id == instance]
            return found[0].private_dns_name if found else None

        return render(found, caller, private_dns)

    def _bind_policies(self, server: ApiServer, groups: list[str]) -> None:
        """Bind the groups of access policies to their roles, once per API server."""
        for group in groups:
            if not group.startswith(f"{POLICY_GROUP}:") or (server.name, group) in self._bound:
                continue
            role, _, namespace = group.removeprefix(f"{POLICY_GROUP}:").partition(":")
            path = f"{RBAC}/namespaces/{namespace}/rolebindings" if namespace else f"{RBAC}/clusterrolebindings"
            for part in ROLE_PARTS[: ROLE_PARTS.index(role) + 1]:
                status, answer = server.request("POST", path, _binding(group, part, bool(namespace)))
                if status not in (201, 409):
                    raise ApiServerError(f"{group} was not bound: {status} {answer}")
            self._bound.add((server.name, group))


def _binding(group: str, part: str, namespaced: bool) -> dict[str, Any]:
    api = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{api}/v1",
        "kind": "RoleBinding" if namespaced else "ClusterRoleBinding",
        "metadata": {"name": f"{group}:{part}"},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": f"system:aggregate-to-{part}"},
        "subjects": [{"apiGroup": api, "kind": "Group", "name": group}],
    }


def _token_id(cluster: SandboxCluster) -> str:
    """Return the cluster ID for which a token is signed: the name, or the ID of a local cluster on an Outpost."""
    return cluster.id if cluster.outpost_config else cluster.name


def _canonical(principal: str) -> str:
    prefix, role, name = principal.partition(":role/")
    return prefix + role + name.rpartition("/")[2]


def _user(caller: Caller, mapping: Mapping) -> dict[str, Any]:
    extra = {
        "accessKeyId": [caller.access_key],
        "arn": [caller.arn],
        "canonicalArn": [caller.canonical_arn],
        "principalId": [caller.user_id],
        "sessionName": [caller.session_name],
    }
    return {
        "username": mapping.username,
        "uid": f"aws-iam-authenticator:{caller.account}:{caller.user_id}",
        "groups": mapping.groups,
        "extra": extra,
    }


def _json(status: int, value: Any) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(value).encode())
