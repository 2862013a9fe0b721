"""EKS bearer tokens: `k8s-aws-v1.` and the base64 of a presigned GetCallerIdentity request.

The rules are the same as in the token verifier of aws-iam-authenticator. The caller is read from the sandbox STS.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from .http_types import ConnectionDropped, HttpRequest, HttpResponse

PREFIX = "k8s-aws-v1."
MAX_LENGTH = 4096
LIFETIME = timedelta(minutes=15)
CLUSTER_HEADER = "x-k8s-aws-id"
PARAMETERS = {
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-user-agent",
}
_HOSTS = {
    "aws": r"sts\.amazonaws\.com|sts(-fips)?\.[a-z]+(-[a-z]+)+-\d\.(amazonaws\.com|api\.aws)",
    "aws-cn": r"sts\.cn-[a-z]+-\d\.(amazonaws\.com\.cn|api\.amazonwebservices\.com\.cn)",
    "aws-us-gov": r"sts\.us-gov-[a-z]+-\d\.(amazonaws\.com|api\.aws)",
}
_ARN = re.compile(r"<Arn>([^<]*)</Arn>")
_USER_ID = re.compile(r"<UserId>([^<]*)</UserId>")


class TokenRefused(Exception):
    """The token is invalid. The text contains the reason."""


@dataclass(slots=True, frozen=True)
class Caller:
    """The signer of a token. `canonical_arn` is the role of an assumed role, without its path."""

    arn: str
    canonical_arn: str
    account: str
    user_id: str
    session_name: str
    access_key: str


def verify(token: str, cluster_id: str, partition: str, sts: Callable[[HttpRequest], HttpResponse]) -> Caller:
    """Return the signer of the token for this cluster, or raise TokenRefused."""
    host, query = _presigned_url(token, partition)
    given = {name.lower(): value for name, value in query_pairs(query)}
    request = HttpRequest("GET", "/", query, {"host": host, CLUSTER_HEADER: cluster_id}, b"")
    try:
        response = sts(request)
    except ConnectionDropped:
        raise TokenRefused("error during GET: the connection to STS was closed") from None
    body = response.body.decode(errors="replace")
    arn, user_id = _ARN.search(body), _USER_ID.search(body)
    if response.status != 200 or arn is None or user_id is None:
        raise TokenRefused(f"error from AWS (expected 200, got {response.status}): {body}")
    return _caller(arn[1], user_id[1], given["x-amz-credential"].partition("/")[0])


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the decoded parameters in order."""
    return parse_qsl(query, keep_blank_values=True)


def _presigned_url(token: str, partition: str) -> tuple[str, str]:
    """Return the host and the query of the token URL."""
    if len(token) > MAX_LENGTH:
        raise TokenRefused("token is too large")
    if not token.startswith(PREFIX):
        raise TokenRefused(f'token is missing expected "{PREFIX}" prefix')
    encoded = token.removeprefix(PREFIX)
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]*", encoded):
            raise ValueError
        url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    except (ValueError, binascii.Error):
        raise TokenRefused("the token is not base64url without padding, of a URL") from None
    if url.scheme != "https":
        raise TokenRefused(f'unexpected scheme "{url.scheme}" in pre-signed URL')
    if not re.fullmatch(_HOSTS.get(partition, _HOSTS["aws"]), url.netloc):
        raise TokenRefused(f'unexpected hostname "{url.netloc}" in pre-signed URL')
    if url.path != "/":
        raise TokenRefused("unexpected path in pre-signed URL")
    _check_parameters(query_pairs(url.query))
    return url.netloc, url.query


def _check_parameters(pairs: list[tuple[str, str]]) -> None:
    given: dict[str, str] = {}
    for name, value in pairs:
        if name.lower() not in PARAMETERS:
            raise TokenRefused(f"non-whitelisted query parameter {name!r}")
        if name.lower() in given:
            raise TokenRefused("query parameter with multiple values not supported")
        given[name.lower()] = value
    if given.get("action") != "GetCallerIdentity":
        raise TokenRefused("unexpected action parameter in pre-signed URL")
    if CLUSTER_HEADER not in given.get("x-amz-signedheaders", "").split(";"):
        raise TokenRefused(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    expires = given.get("x-amz-expires", "")
    if not expires.isdigit() or int(expires) > 900:
        raise TokenRefused(f"invalid X-Amz-Expires parameter in pre-signed URL: {expires}")
    try:
        signed_at = datetime.strptime(given.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise TokenRefused("error parsing X-Amz-Date parameter") from None
    if datetime.now(UTC) > signed_at + LIFETIME:
        raise TokenRefused("X-Amz-Date parameter is expired (15 minute expiration)")


def _caller(arn: str, user_id: str, access_key: str) -> Caller:
    parts = arn.split(":", 5)
    if len(parts) != 6:
        raise TokenRefused(f"arn '{arn}' is invalid")
    _, partition, service, _, account, resource = parts
    kind, _, name = resource.partition("/")
    canonical, session = arn, ""
    if service == "sts" and kind == "assumed-role" and name.count("/") == 1:
        role, session = name.split("/")
        canonical = f"arn:{partition}:iam::{account}:role/{role}"
    elif service == "sts" and kind == "federated-user":
        session = name
    elif not (service == "iam" and kind in ("user", "root")):
        raise TokenRefused(f"unrecognized resource {resource} for service {service}")
    return Caller(arn, canonical, account, user_id.partition(":")[0], session, access_key)
