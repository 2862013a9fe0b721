"""Validates requests of the services that moto handles with the botocore model.

moto ignores members that it does not read, so an invalid request would succeed here and fail at AWS.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import StructureShape
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from .errors import ApiError, protocol_of, service_model
from .http_types import HttpRequest
from .identify import Call
from .validation import Problem, refuse, validate

CONSTRAINT_CODES = {"ec2": "InvalidParameterValue", "query": "ValidationError", "json": "ValidationException"}
# Members of all requests of the query protocols that are not in the models.
_COMMON_PARAMETERS = {"Action", "Version", "AWSAccessKeyId", "SignatureVersion", "SignatureMethod", "Timestamp"}


def check_request(call: Call, request: HttpRequest) -> None:
    """Raise the AWS error for an unknown operation or an invalid request."""
    protocol = protocol_of(call.service)
    if service_model(call.service) is None or protocol not in CONSTRAINT_CODES:
        return
    model = _operation_model(call.service, call.operation)
    if model is None:
        code = "InvalidAction" if protocol in ("query", "ec2") else "UnknownOperationException"
        raise ApiError(code, f"The action {call.operation or '(none)'} is not valid for this web service.")
    if not isinstance(model.input_shape, StructureShape):
        return
    check = _check_json if protocol == "json" else _check_query
    problems = check(model, request)
    refuse(problems, CONSTRAINT_CODES[protocol])


@lru_cache
def _operation_model(service: str, operation: str) -> OperationModel | None:
    known = service_model(service)
    if known is None:
        return None
    try:
        model = get_service_model(known.service_name)
    except UnknownServiceError:
        return None
    return model.operation_model(operation) if operation in model.operation_names else None


def _check_json(model: OperationModel, request: HttpRequest) -> list[Problem]:
    try:
        document = json.loads(request.body or b"{}")
    except ValueError:
        return [Problem("The body is not JSON", malformed=True)]
    return validate(model.input_shape, document)


def _check_query(model: OperationModel, request: HttpRequest) -> list[Problem]:
    values = _form(request)
    shape = model.input_shape
    protocol = str(model.service_model.protocol)
    parser = PROTOCOL_PARSERS[protocol](model, map_type=dict)
    known = _COMMON_PARAMETERS | {parser._get_serialized_name(member, name) for name, member in shape.members.items()}
    problems = [
        Problem(f"Unknown parameter '{name}' in the request")
        for name in sorted({key.split(".", 1)[0] for key in values})
        if name not in known and not name.startswith("X-Amz-")
    ]
    parsed: Any
    try:
        parsed = parser.parse({"values": values, "headers": {}, "body": b"", "method": "POST"})
    except ValueError as error:
        return [Problem(f"A parameter cannot be read: {error}", malformed=True)]
    # EC2 enumerations, such as instance types, are open: EC2 itself handles unknown values.
    return problems + validate(shape, parsed or {}, enums=protocol != "ec2")


def _form(request: HttpRequest) -> MultiDict[str, str]:
    form = HttpRequest(request.method, request.path, request.body.decode("utf-8", "replace"), {}, b"")
    return MultiDict([*request.query_pairs(), *form.query_pairs()])
