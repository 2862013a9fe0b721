"""Presigned requests, whose signature is verified, because it is the content of an EKS token."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .errors import ApiError
from .http_types import HttpRequest

# The secret of an access key that was not issued by the sandbox is one of these.
UNISSUED_SECRETS = ("secret", "sandbox")
# STS accepts a request for this time, regardless of X-Amz-Expires.
LIFETIME = timedelta(minutes=15)
EMPTY_BODY = hashlib.sha256(b"").hexdigest()


def check_presigned(request: HttpRequest) -> None:
    """Raise the STS error for a presigned request with an invalid or expired signature. Other requests pass."""
    if "X-Amz-Signature" not in request.query:
        return
    pairs = request.query_pairs()
    given = dict(pairs)
    try:
        access_key, date, region, service, _ = given["X-Amz-Credential"].split("/")
        signed_at = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        headers = given["X-Amz-SignedHeaders"].split(";")
    except (KeyError, ValueError):
        raise ApiError("IncompleteSignature", "The presigned URL lacks parts of its signature", 400) from None
    if datetime.now(UTC) > signed_at + LIFETIME:
        raise ApiError("SignatureDoesNotMatch", f"Signature expired: {given['X-Amz-Date']} is too long ago", 403)
    text = _text_to_sign(request, pairs, headers, f"{date}/{region}/{service}/aws4_request", given["X-Amz-Date"])
    for secret in _secrets_of(access_key):
        key = f"AWS4{secret}".encode()
        for part in (date, region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        if hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), given["X-Amz-Signature"]):
            # moto determines service and caller only from this header.
            scope = given["X-Amz-Credential"]
            request.headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, Signature=query"
            return
    raise ApiError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method.",
        403,
    )


def _text_to_sign(
    request: HttpRequest, pairs: list[tuple[str, str]], headers: list[str], scope: str, signed_at: str
) -> str:
    """Return the string to sign of Signature Version 4 for a request with its signature in the query."""
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    query = "&".join(f"{name}={value}" for name, value in encoded if name != "X-Amz-Signature")
    lines = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in headers)
    canonical = "\n".join([request.method, request.path or "/", query, lines, ";".join(headers), EMPTY_BODY])
    return "\n".join(["AWS4-HMAC-SHA256", signed_at, scope, hashlib.sha256(canonical.encode()).hexdigest()])


def _secrets_of(access_key: str) -> tuple[str, ...]:
    """Return the secret that IAM or STS issued with the key."""
    for partitions in list(sts_backends.values()):
        for sts in list(partitions.values()):
            role = sts.get_assumed_role_from_access_key(access_key)
            if role is not None:
                return (role.secret_access_key,)
    for partitions in list(iam_backends.values()):
        for iam in list(partitions.values()):
            if access_key in iam.access_keys:
                return (iam.access_keys[access_key].secret_access_key,)
    return UNISSUED_SECRETS
