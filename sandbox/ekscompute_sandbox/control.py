"""The control API of the sandbox under /_sandbox/ (described in sandbox/README.md)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException

from .clusters import find_cluster
from .drift import drift
from .errors import ApiError
from .http_types import HttpRequest, HttpResponse
from .identify import DEFAULT_REGION
from .insights import set_insights
from .inventory import inventory
from .seed import Plan, seed
from .transitions import KINDS, Pace
from .updates import update_records
from .world import Context, World

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], Any]


class Control:
    """Handles control calls with JSON. Invalid calls return status 400 with `error`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "health"): lambda body: {"status": "ok"},
            ("POST", "reset"): self._reset,
            ("POST", "seed"): self._seed,
            ("GET", "faults"): lambda body: {"faults": world.faults.as_json()},
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._remove_faults,
            ("GET", "calls"): self._calls,
            ("GET", "calls/counts"): lambda query: world.calls.counts(**query),
            ("DELETE", "calls"): self._reset_calls,
            ("GET", "transitions"): self._transitions,
            ("POST", "transitions"): self._set_transitions,
            ("POST", "step"): self._step,
            ("GET", "settings"): lambda body: asdict(world.settings),
            ("POST", "settings"): self._set_settings,
            ("POST", "credentials"): self._credentials,
            ("POST", "releases"): self._publish,
            ("POST", "drift"): lambda body: drift(self._context(body), body),
            ("POST", "cluster"): self._patch_cluster,
            ("POST", "insights"): lambda body: set_insights(self._context(body), body),
            ("GET", "console_output"): lambda query: world.console.as_json(),
            ("POST", "console_output"): world.console.add,
            ("DELETE", "console_output"): lambda query: world.console.clear(),
            ("GET", "updates"): lambda query: update_records(self._context(query), query),
            ("GET", "resources"): lambda body: inventory(),
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle a control call. The arguments of GET and DELETE are in the query."""
        name = request.path.removeprefix("/_sandbox").strip("/") or "health"
        handler = self._handlers.get((request.method, name))
        if handler is None:
            known = sorted(f"{method} /_sandbox/{path}" for method, path in self._handlers)
            return _json(404, {"error": f"no such control call: {request.method} {name}", "known": known})
        try:
            body = request.json() if request.method == "POST" else dict(request.query_pairs())
            if not isinstance(body, (dict, list)):
                raise ValueError("the body must be a JSON object")
            return _json(200, handler(body))  # type: ignore[arg-type]
        except ApiError as error:
            return _json(400, {"error": f"{error.code}: {error.message}"})
        except (ValueError, TypeError, KeyError, ServiceException) as error:
            return _json(400, {"error": str(error)})
        except Exception as error:
            log.exception("control call %s failed", name)
            return _json(500, {"error": repr(error)})

    def _context(self, body: dict[str, Any]) -> Context:
        return self._world.context(body.get("account", DEFAULT_ACCOUNT_ID), body.get("region", DEFAULT_REGION))

    def _reset(self, body: dict[str, Any]) -> Any:
        self._world.reset()
        return {}

    def _seed(self, body: dict[str, Any]) -> Any:
        return seed(self._context(body), Plan.parse(body))

    def _add_faults(self, body: Any) -> Any:
        """Accept one rule, a list of rules, or {"random_seed": n, "faults": [...]}."""
        if isinstance(body, dict) and "random_seed" in body:
            self._world.faults.seed(int(body["random_seed"]))
            body = body.get("faults", [])
        rules = [self._world.faults.add(each) for each in (body if isinstance(body, list) else [body])]
        return {"ids": [rule.id for rule in rules]}

    def _remove_faults(self, query: dict[str, Any]) -> Any:
        if "id" not in query:
            self._world.faults.clear()
        elif not self._world.faults.remove(int(query["id"])):
            raise ValueError(f"no fault with id {query['id']}")
        return {}

    def _calls(self, query: dict[str, Any]) -> Any:
        entries = self._world.calls.entries(**{**query, "after": int(query.get("after", 0))})
        return {"calls": entries, "dropped_entries": self._world.calls.dropped_entries}

    def _reset_calls(self, query: dict[str, Any]) -> Any:
        self._world.calls.reset()
        return {}

    def _transitions(self, query: dict[str, Any]) -> Any:
        transitions = self._world.transitions
        return {
            "paces": {kind: pace.as_json() for kind, pace in transitions.paces.items()},
            "unfinished": [{"kind": each.kind, "target": each.target} for each in transitions.unfinished()],
        }

    def _set_transitions(self, body: dict[str, Any]) -> Any:
        unknown = sorted(set(body) - {*KINDS, "*"})
        if unknown:
            raise ValueError(f"unknown transition {', '.join(unknown)}; known: {', '.join(KINDS)}")
        paces = {kind: Pace.parse(each) for kind, each in body.items()}
        if "*" in paces:
            self._world.transitions.paces.update(dict.fromkeys(KINDS, paces.pop("*")))
        self._world.transitions.paces.update(paces)
        return self._transitions({})

    def _step(self, body: dict[str, Any]) -> Any:
        ended = self._world.transitions.step(body.get("target", ""), body.get("kind", ""))
        return {"ended": [{"kind": each.kind, "target": each.target} for each in ended]}

    def _set_settings(self, body: dict[str, Any]) -> Any:
        self._world.settings.change(body)
        return asdict(self._world.settings)

    def _credentials(self, body: dict[str, Any]) -> Any:
        """{"expire": "all" or [access key ids]} or {"restore": true}."""
        credentials = self._world.credentials
        if body.get("restore"):
            credentials.expired.clear()
            credentials.all_expired = False
        expire = body.get("expire", [])
        if expire == "all":
            credentials.all_expired = True
        else:
            credentials.expired.update(expire)
        return {"all_expired": credentials.all_expired, "expired": sorted(credentials.expired)}

    def _publish(self, body: dict[str, Any]) -> Any:
        """{"version", "ami_type", "release"}."""
        self._world.releases.publish(body["version"], body["ami_type"], body["release"])
        return {"releases": self._world.releases.known(body["version"], body["ami_type"])}

    def _patch_cluster(self, body: dict[str, Any]) -> Any:
        """{"cluster", and any of "endpoint", "certificate_authority", "status", "version", "access_entries_since"}."""
        cluster = find_cluster(self._context(body), body["cluster"])
        if "certificate_authority" in body:
            cluster.certificate_authority = {"data": body["certificate_authority"]}
        for name in ("endpoint", "status", "version"):
            if name in body:
                setattr(cluster, name, body[name])
        if "access_entries_since" in body:
            # An entry remains when its role is deleted, and is then older than the recreated role.
            for entry in cluster.access_entries.values():
                entry.created_at = datetime.fromtimestamp(body["access_entries_since"], UTC)
        return cluster.describe()


def _json(status: int, value: Any) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(value).encode())
