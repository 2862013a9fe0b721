"""The credentials that the sandbox rejects, and the error of each service.

Signatures are only verified for presigned requests (see presigned.py). The access key ID determines the result, so that
tests can select it.
"""

from __future__ import annotations

from .errors import ApiError, protocol_of
from .identify import UNSIGNED_STS_ACTIONS, Call

# Magic access key IDs, which are documented in sandbox/README.md.
EXPIRED_ACCESS_KEY = "ASIASANDBOXEXPIRED00"
INVALID_ACCESS_KEY = "AKIASANDBOXINVALID00"

_EXPIRED = {
    "ec2": ("RequestExpired", "Request has expired.", 400),
    "query": ("ExpiredToken", "The security token included in the request is expired", 403),
    "json": ("ExpiredTokenException", "The security token included in the request is expired", 400),
    "rest-json": ("ExpiredTokenException", "The security token included in the request is expired", 403),
}
_INVALID = {
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    "query": ("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    "json": ("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
    "rest-json": ("UnrecognizedClientException", "The security token included in the request is invalid.", 403),
}
_MISSING = {
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    "query": ("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
    "json": ("MissingAuthenticationTokenException", "Missing Authentication Token", 400),
    "rest-json": ("MissingAuthenticationTokenException", "Missing Authentication Token", 403),
}


def expired_error(service: str) -> ApiError:
    """Return the error of the service for an expired session."""
    return ApiError(*_EXPIRED[_dialect(service)])


def _dialect(service: str) -> str:
    protocol = protocol_of(service)
    return protocol if protocol in _EXPIRED else "rest-json"


class Credentials:
    """Access keys that tests have expired, in addition to the two magic keys."""

    def __init__(self) -> None:
        self.expired: set[str] = set()
        self.all_expired = False

    def check(self, call: Call) -> None:
        """Raise the AWS error for a missing, unknown, or expired access key."""
        if not call.access_key:
            if call.service == "sts" and call.operation in UNSIGNED_STS_ACTIONS:
                return
            raise ApiError(*_MISSING[_dialect(call.service)])
        if call.access_key == INVALID_ACCESS_KEY:
            raise ApiError(*_INVALID[_dialect(call.service)])
        if self.all_expired or call.access_key == EXPIRED_ACCESS_KEY or call.access_key in self.expired:
            raise expired_error(call.service)
