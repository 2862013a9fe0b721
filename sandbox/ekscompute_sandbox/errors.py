"""Errors in the format of each AWS protocol."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel

from .http_types import HttpResponse


class ApiError(Exception):
    """An error response: its AWS code, HTTP status, and the other members of the error shape."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = {name: value for name, value in members.items() if value is not None}


@lru_cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


# Services whose signing name differs from their name in botocore.
_BOTOCORE_NAMES = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}


@lru_cache
def service_model(service: str) -> ServiceModel | None:
    """Return the botocore model of a service by its signing name, or None if it is unknown."""
    try:
        return _session().get_service_model(_BOTOCORE_NAMES.get(service, service))
    except UnknownServiceError:
        return None


def protocol_of(service: str) -> str:
    """Return the wire protocol of a service. Unknown services use rest-json."""
    model = service_model(service)
    return str(model.metadata["protocol"]) if model else "rest-json"


# EKS errors have the HTTP status of their code (API reference, common and modeled errors).
STATUS_BY_EKS_CODE = {
    "AccessDeniedException": 403,
    "NotFoundException": 404,
    "ResourceNotFoundException": 404,
    "ResourceInUseException": 409,
    "ResourcePropagationDelayException": 428,
    "ThrottlingException": 429,
    "ServerException": 500,
    "ServiceUnavailableException": 503,
}


def eks_error(code: str, message: str, **members: Any) -> ApiError:
    """Return an EKS error with the HTTP status of the code (400 unless listed)."""
    return ApiError(code, message, STATUS_BY_EKS_CODE.get(code, 400), **members)


def render(service: str, error: ApiError, request_id: str) -> HttpResponse:
    """Return the error in the format of the protocol."""
    protocol = protocol_of(service)
    if protocol == "ec2":
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        return HttpResponse(error.status, {"content-type": "text/xml"}, body.encode())
    if protocol == "query":
        kind = "Receiver" if error.status >= 500 else "Sender"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(error.message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return HttpResponse(error.status, {"content-type": "text/xml"}, body.encode())
    payload: dict[str, Any] = {"message": error.message, **error.members}
    headers = {"content-type": "application/json"}
    if protocol == "json":
        payload["__type"] = error.code
        headers["content-type"] = "application/x-amz-json-1.1"
    else:
        headers["x-amzn-errortype"] = error.code
    return HttpResponse(error.status, headers, json.dumps(payload).encode())
