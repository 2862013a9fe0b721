"""A stand-in for the Kubernetes API server, which serves only the aws-auth ConfigMap.

A real API server takes minutes to build. As in Kubernetes, a write without the current resource version is a conflict.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


class ConfigMapServer:
    """An HTTP server on the loopback interface. It ends with this process."""

    def __init__(self, map_roles: str) -> None:
        self.object: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system", "uid": "demo", "resourceVersion": "1"},
            "data": {"mapRoles": map_roles},
        }
        self.writes = 0
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def map_roles(self) -> str:
        """The current text of mapRoles."""
        with self.lock:
            return str(self.object["data"]["mapRoles"])

    def replace(self, content: dict[str, Any]) -> dict[str, Any] | None:
        """Replace the object, unless it has changed since it was read."""
        with self.lock:
            version = self.object["metadata"]["resourceVersion"]
            if content.get("metadata", {}).get("resourceVersion") != version:
                return None
            content["metadata"]["resourceVersion"] = str(int(version) + 1)
            self.object = content
            self.writes += 1
            return content


def _handler(state: ConfigMapServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self._is_served():
                with state.lock:
                    content = state.object
                self._respond(200, content)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            if self._is_served():
                written = state.replace(json.loads(body))
                if written is None:
                    self._fail(409, "Conflict", "the ConfigMap has been modified")
                else:
                    self._respond(200, written)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Write no log: standard error belongs to the demo."""

        def _is_served(self) -> bool:
            if not self.headers.get("authorization", "").startswith("Bearer k8s-aws-v1."):
                self._fail(401, "Unauthorized", "Unauthorized")
            elif self.path.partition("?")[0] != PATH:
                self._fail(404, "NotFound", f"the demo serves only {PATH}")
            else:
                return True
            return False

        def _fail(self, code: int, reason: str, message: str) -> None:
            status = {"apiVersion": "v1", "kind": "Status", "status": "Failure"}
            self._respond(code, {**status, "code": code, "reason": reason, "message": message})

        def _respond(self, code: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
