"""The console output of instances, by rules of a test."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG
from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.responses import EC2Response

from ..errors import ApiError

# GetConsoleOutput returns only the end of the output.
MAX_BYTES = 64 * 1024


@dataclass(slots=True)
class ConsoleRule:
    """The output of matching instances. The last matching rule applies."""

    cluster: str = ""
    nodegroup: str = ""
    auto_scaling_group: str = ""
    instance: str = ""
    text: str = ""
    # Whether only a call with Latest returns the text, because the instance has not posted it yet.
    latest_only: bool = False
    # Whether no output exists yet.
    absent: bool = False
    # `code` and `message`, and optionally `status`, of an error.
    error: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, description: dict[str, Any]) -> ConsoleRule:
        """Parse JSON. Raises ValueError for an unknown member or a rule that matches all instances."""
        members = {name: value for name, value in description.items() if name not in ("region", "account")}
        unknown = sorted(set(members) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"unknown members of a console rule: {', '.join(unknown)}")
        rule = cls(**members)
        if not (rule.nodegroup or rule.auto_scaling_group or rule.instance):
            raise ValueError("a console rule needs nodegroup, auto_scaling_group, or instance")
        if rule.error and not {"code", "message"} <= set(rule.error):
            raise ValueError("the error of a console rule needs code and message")
        return rule

    def matches(self, instance_id: str, tags: dict[str, str]) -> bool:
        """Whether the rule applies to the instance."""
        wanted = {
            "eks:cluster-name": self.cluster,
            "eks:nodegroup-name": self.nodegroup,
            ASG_NAME_TAG: self.auto_scaling_group,
        }
        has_tags = all(not value or tags.get(key) == value for key, value in wanted.items())
        return has_tags and self.instance in ("", instance_id)


class Console:
    """All rules, in the order in which they were added."""

    def __init__(self) -> None:
        self.rules: list[ConsoleRule] = []

    def add(self, description: dict[str, Any]) -> dict[str, Any]:
        """Add a rule."""
        self.rules.append(ConsoleRule.parse(description))
        return self.as_json()

    def clear(self) -> dict[str, Any]:
        """Delete all rules."""
        self.rules.clear()
        return {}

    def as_json(self) -> dict[str, Any]:
        """Return all rules."""
        return {"rules": [asdict(rule) for rule in self.rules]}

    def install(self) -> None:
        """Replace the fixed text of moto for instances with a rule."""
        original = EC2Response.get_console_output

        def get_console_output(response: EC2Response) -> ActionResult:
            instance = response.ec2_backend.get_instance(response._get_param("InstanceId"))
            latest = response._get_bool_param("Latest", False)
            if latest and instance.hypervisor == "xen":
                message = f"The instance type {instance.instance_type} does not support the latest console output."
                raise ApiError("UnsupportedOperation", message)
            tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
            rule = next((each for each in reversed(self.rules) if each.matches(instance.id, tags)), None)
            return original(response) if rule is None else _output(rule, instance.id, latest)

        EC2Response.get_console_output = get_console_output  # type: ignore[method-assign]


def _output(rule: ConsoleRule, instance_id: str, latest: bool) -> ActionResult:
    if rule.error:
        raise ApiError(rule.error["code"], rule.error["message"], rule.error.get("status", 400))
    result: dict[str, Any] = {"InstanceId": instance_id, "Timestamp": utcnow()}
    if not rule.absent and (latest or not rule.latest_only):
        text = rule.text.encode()[-MAX_BYTES:].decode(errors="ignore")
        result["Output"] = Base64EncodedString.from_raw_string(text)
    return ActionResult(result)
