"""Determines the service, the operation, the signer, and the Region of a request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, unquote

from .errors import protocol_of, service_model
from .http_types import HttpRequest

DEFAULT_REGION = "us-east-1"
UNSIGNED_STS_ACTIONS = ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")


@dataclass(slots=True)
class Call:
    """An AWS request. `operation` is empty if no operation matches."""

    service: str
    operation: str
    region: str
    access_key: str
    session_token: str
    uri_parameters: dict[str, str]


def identify(request: HttpRequest) -> Call:
    """Read the credential scope, and then the operation by the rules of the protocol."""
    access_key, region, service = _credential_scope(request)
    token = request.headers.get("x-amz-security-token", "")
    form: dict[str, list[str]] = {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    action = form.get("Action", [""])[0] or _query_value(request, "Action")
    if not service:
        service = _service_of_unsigned(request, action)
    operation = ""
    uri_parameters: dict[str, str] = {}
    protocol = protocol_of(service)
    if protocol in ("query", "ec2"):
        operation = action
    elif protocol == "json":
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    else:
        operation, uri_parameters = route(service, request.method, request.path)
    return Call(service, operation, region or DEFAULT_REGION, access_key, token, uri_parameters)


def _query_value(request: HttpRequest, name: str) -> str:
    if not request.query:
        return ""
    return next((value for key, value in request.query_pairs() if key == name), "")


def _credential_scope(request: HttpRequest) -> tuple[str, str, str]:
    """Return (access key, region, service) of a SigV4 header or presigned URL. Empty if the request is not signed."""
    authorization = request.headers.get("authorization", "")
    _, found, scope = authorization.partition("Credential=")
    if not found:
        scope = _query_value(request, "X-Amz-Credential")
    parts = scope.split(",", 1)[0].strip().split("/")
    if len(parts) != 5:
        return "", "", ""
    return parts[0], parts[2], parts[3].lower()


def _service_of_unsigned(request: HttpRequest, action: str) -> str:
    """Guess the service, so that the error has the format of its protocol."""
    if action in UNSIGNED_STS_ACTIONS or action == "GetCallerIdentity":
        return "sts"
    target = request.headers.get("x-amz-target", "")
    if target.startswith("AmazonSSM"):
        return "ssm"
    return "ec2" if action else "eks"


Route = tuple[tuple[str, ...], str]


@lru_cache
def _routes(service: str) -> dict[tuple[str, int], list[Route]]:
    """Return the routes of a REST service by method and number of path segments, most literal first."""
    routes: dict[tuple[str, int], list[Route]] = {}
    model = service_model(service)
    if model is None:
        return routes
    for name in model.operation_names:
        http = model.operation_model(name).http
        segments = tuple(http["requestUri"].partition("?")[0].strip("/").split("/"))
        routes.setdefault((http["method"], len(segments)), []).append((segments, name))
    for candidates in routes.values():
        candidates.sort(key=lambda route: sum(part.startswith("{") for part in route[0]))
    return routes


def route(service: str, method: str, path: str) -> tuple[str, dict[str, str]]:
    """Return the REST operation of a path and its decoded URI members. Empty if no operation matches.

    Segments are split before they are decoded, because an ARN in a path contains encoded slashes.
    """
    segments = path.strip("/").split("/")
    for pattern, operation in _routes(service).get((method, len(segments)), ()):
        members = {}
        for expected, actual in zip(pattern, segments, strict=True):
            if expected.startswith("{"):
                members[expected.strip("{}+")] = unquote(actual)
            elif expected != actual:
                break
        else:
            return operation, members
    return "", {}
