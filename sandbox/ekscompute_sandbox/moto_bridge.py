"""Forwards requests for services other than EKS to the server application of moto."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote

from moto.core.exceptions import ServiceException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .errors import ApiError
from .http_types import HttpRequest, HttpResponse

# Headers that moto sets, or that belong to one connection only.
_DROPPED_HEADERS = {"content-length", "connection", "server", "date", "transfer-encoding"}


class MotoApplication:
    """Calls the WSGI application of moto in this process, without another HTTP request."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response of moto. Unimplemented operations return status 501 with a message."""
        status = 500
        headers: dict[str, str] = {}

        def start_response(status_line: str, items: list[tuple[str, str]], exc_info: Any = None) -> None:
            nonlocal status
            status = int(status_line.split(" ", 1)[0])
            headers.update({name.lower(): value for name, value in items})

        try:
            chunks = self._application(_environ(request), start_response)
            try:
                body = b"".join(chunks)
            finally:
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()
        except NotImplementedError as error:
            raise ApiError("NotImplemented", f"The sandbox does not support this operation: {error}", 501) from error
        except ServiceException as error:
            raise ApiError(str(error.code), str(error.message)) from error
        for name in _DROPPED_HEADERS:
            headers.pop(name, None)
        return HttpResponse(status, headers, body)


def _environ(request: HttpRequest) -> dict[str, Any]:
    target = f"{request.path}?{request.query}" if request.query else request.path
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI requires the decoded path as a latin-1 string (PEP 3333).
        "PATH_INFO": unquote(request.path, "latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for name, value in request.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding") and "_" not in name:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
