"""The processing of a request: identify, record, check credentials, inject faults, respond."""

from __future__ import annotations

import logging
import time
import uuid

from . import operations
from .accounts import account_of
from .calls import CallRecord
from .control import Control
from .errors import ApiError, render
from .faults import FaultRule
from .http_types import ConnectionDropped, HttpRequest, HttpResponse
from .identify import Call, identify
from .kubernetes import PATH as KUBERNETES_PATH
from .kubernetes import Kubernetes
from .moto_bridge import MotoApplication
from .presigned import check_presigned
from .request_checks import check_request
from .world import World

log = logging.getLogger(__name__)

CONTROL_PREFIX = "/_sandbox"


class Gateway:
    """Handles AWS calls and control calls."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._moto = MotoApplication()
        self._control = Control(world)
        world.kubernetes = Kubernetes(world, self)

    def listens_on(self, url: str) -> None:
        """Set the address of the sandbox, which API servers call for token reviews."""
        self._world.kubernetes.url = url

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request. Latency is added without the lock. The request is processed under the lock."""
        if request.path.startswith(KUBERNETES_PATH):
            # This call starts processes that call the sandbox, so it must not hold the lock.
            return self._world.kubernetes(request)
        if request.path == CONTROL_PREFIX or request.path.startswith(CONTROL_PREFIX + "/"):
            with self._world.lock:
                self._world.transitions.settle()
                return self._control(request)
        call = identify(request)
        record = self._world.calls.start(call.service, call.operation, request.path, str(uuid.uuid4()), call.access_key)
        with self._world.lock:
            rules = self._world.faults.for_call(call, request.path)
        record.fault = ",".join(rule.kind for rule in rules)
        for rule in rules:
            if rule.kind == "latency":
                time.sleep(rule.milliseconds / 1000)
        return self._with_faults(call, request, record, [rule for rule in rules if rule.kind != "latency"])

    def _with_faults(
        self, call: Call, request: HttpRequest, record: CallRecord, rules: list[FaultRule]
    ) -> HttpResponse:
        rule = rules[0] if rules else None
        if rule is not None and rule.kind == "drop_request":
            raise ConnectionDropped
        if rule is not None and rule.kind == "page":
            # The response of a proxy: without a header or an error code of AWS, and without an effect.
            record.status, record.error = rule.status or 404, "page"
            return HttpResponse(record.status, {"content-type": "text/html"}, b"<html><h1>Squid says no</h1></html>")
        response = self._answer(call, request, record, rule)
        response.headers["x-amzn-requestid"] = record.request_id
        if rule is not None and rule.kind == "drop_response":
            record.error = f"dropped a response with status {response.status}"
            raise ConnectionDropped
        record.status = response.status
        return response

    def _answer(self, call: Call, request: HttpRequest, record: CallRecord, rule: FaultRule | None) -> HttpResponse:
        try:
            with self._world.lock:
                self._world.transitions.settle()
                self._world.credentials.check(call)
                check_presigned(request)
                if rule is not None and rule.kind != "drop_response":
                    raise rule.error(call.service)
                if call.service == "eks":
                    context = self._world.context(account_of(call.access_key), call.region, call.access_key)
                    return operations.answer(context, call, request)
                check_request(call, request)
                return self._moto(request)
        except ApiError as error:
            record.error = error.code
            return render(call.service, error, record.request_id)
        except Exception as error:
            # A bug in the sandbox is reported in the response, so that the failing test shows it.
            log.exception("%s:%s failed", call.service, call.operation)
            record.error = "InternalFailure"
            failure = ApiError("InternalFailure", f"The sandbox failed: {error!r}", 500)
            return render(call.service, failure, record.request_id)
