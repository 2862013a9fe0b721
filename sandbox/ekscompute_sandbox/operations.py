"""The EKS operations: registration, input, and output.

The response layer of moto uses Flask routes and reads individual parameters. This one uses the botocore model, so that
whole requests are validated, at a tenth of the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import ListShape, OperationModel, StructureShape

from .errors import ApiError, eks_error, service_model
from .http_types import HttpRequest, HttpResponse
from .identify import Call
from .validation import refuse, validate
from .world import Context

Operation = Callable[[Context, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register the function as the EKS operation with this name."""

    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        return function

    return register


def answer(context: Context, call: Call, request: HttpRequest) -> HttpResponse:
    """Run an EKS request: parse, validate, execute, and serialize."""
    if not call.operation:
        raise ApiError("UnknownOperationException", f"{request.method} {request.path} is not an EKS operation", 404)
    function = OPERATIONS.get(call.operation)
    if function is None:
        raise ApiError("NotImplemented", f"The sandbox does not support eks:{call.operation}", 501)
    parameters = _parse(_model(call.operation), call, request)
    result = function(context, parameters)
    return HttpResponse(200, {"content-type": "application/json"}, json.dumps(result, default=_encode).encode())


@lru_cache
def _model(name: str) -> OperationModel:
    model = service_model("eks")
    assert model is not None, "botocore always has a model of EKS"
    return model.operation_model(name)


@lru_cache
def _layout(name: str) -> tuple[StructureShape, dict[str, str], dict[str, str], dict[str, str]]:
    """Return the input shape, and the member names by URI name, by query name, and by body name."""
    shape = _model(name).input_shape
    assert isinstance(shape, StructureShape)
    uri: dict[str, str] = {}
    query: dict[str, str] = {}
    body: dict[str, str] = {}
    for member, member_shape in shape.members.items():
        location = member_shape.serialization.get("location")
        wire_name = member_shape.serialization.get("name", member)
        {"uri": uri, "querystring": query}.get(location, body)[wire_name] = member
    return shape, uri, query, body


def _parse(model: OperationModel, call: Call, request: HttpRequest) -> dict[str, Any]:
    shape, uri, query, body = _layout(model.name)
    parameters: dict[str, Any] = {uri[name]: value for name, value in call.uri_parameters.items()}
    if request.query:
        _parse_query(shape, query, request.query, parameters)
    if request.body.strip():
        _parse_body(body, request.body, parameters)
    refuse(validate(shape, parameters), "InvalidParameterException")
    return {name: value for name, value in parameters.items() if value is not None}


def _parse_query(shape: StructureShape, names: dict[str, str], text: str, parameters: dict[str, Any]) -> None:
    for wire_name, value in parse_qsl(text, keep_blank_values=True):
        if wire_name not in names:
            raise eks_error("InvalidParameterException", f"Unknown query parameter '{wire_name}'")
        member = names[wire_name]
        member_shape = shape.members[member]
        if isinstance(member_shape, ListShape):
            parameters.setdefault(member, []).append(value)
        else:
            parameters[member] = _scalar(member_shape.type_name, wire_name, value)


def _scalar(type_name: str, name: str, value: str) -> Any:
    if type_name == "boolean":
        if value not in ("true", "false"):
            raise ApiError("SerializationException", f"{name}: expected boolean, found '{value}'")
        return value == "true"
    if type_name in ("integer", "long"):
        try:
            return int(value)
        except ValueError:
            raise ApiError("SerializationException", f"{name}: expected {type_name}, found '{value}'") from None
    return value


def _parse_body(names: dict[str, str], body: bytes, parameters: dict[str, Any]) -> None:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ApiError("SerializationException", f"The body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ApiError("SerializationException", "The body is not a JSON object")
    for wire_name, value in document.items():
        if wire_name not in names:
            raise eks_error("InvalidParameterException", f"Unknown member '{wire_name}' in the request")
        parameters[names[wire_name]] = value


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is not supported in a response")


def page(names: list[str], parameters: dict[str, Any], key: str) -> dict[str, Any]:
    """Return one page of a sorted list under `key`. The token is the last name, so inserts do not affect it."""
    return page_by(sorted(names), parameters, key, lambda name: name)


def page_by(items: list[Any], parameters: dict[str, Any], key: str, name_of: Callable[[Any], str]) -> dict[str, Any]:
    """Return one page of items, sorted by `name_of`."""
    limit = parameters.get("maxResults", 100)
    token = parameters.get("nextToken")
    if token is not None:
        last = _read_token(token)
        items = [item for item in items if name_of(item) > last]
    result: dict[str, Any] = {key: items[:limit]}
    if len(items) > limit:
        result["nextToken"] = _write_token(name_of(items[limit - 1]))
    return result


def _write_token(name: str) -> str:
    # Opaque to the caller, as at AWS, so that clients cannot construct one.
    return "sandbox" + name.encode().hex()


def _read_token(token: str) -> str:
    if token.startswith("sandbox"):
        try:
            return bytes.fromhex(token.removeprefix("sandbox")).decode()
        except ValueError:
            pass
    raise eks_error("InvalidParameterException", "Invalid next token")
