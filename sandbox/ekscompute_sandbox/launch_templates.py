"""Reads the launch template of a node group as EKS does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException

from .errors import eks_error
from .world import Context


@dataclass(slots=True)
class ResolvedTemplate:
    """An existing version of a launch template. `version` is its number, `data` is its content."""

    id: str
    name: str
    version: str
    data: dict[str, Any]

    @property
    def image_id(self) -> str:
        """Return the AMI of the template. Empty if EKS selects it."""
        return str(self.data.get("ImageId") or "")

    @property
    def instance_type(self) -> str:
        """Return the instance type of the template. Empty if the node group sets it."""
        return str(self.data.get("InstanceType") or "")

    def as_specification(self) -> dict[str, str]:
        """Return the launch template for DescribeNodegroup: ID, name, and number."""
        return {"id": self.id, "name": self.name, "version": self.version}


def resolve(context: Context, specification: dict[str, str]) -> ResolvedTemplate:
    """Find the template, and resolve `$Latest`, `$Default`, or no version to a number."""
    template_id, name = specification.get("id"), specification.get("name")
    if bool(template_id) == bool(name):
        raise eks_error(
            "InvalidParameterException",
            "Either provide launch template ID or launch template name in the request.",
        )
    wanted = specification.get("version") or "$Default"
    try:
        if template_id:
            template = context.ec2.get_launch_template(template_id)
        else:
            template = context.ec2.get_launch_template_by_name(name)
    except ServiceException as error:
        raise eks_error("InvalidParameterException", str(error.message)) from None
    if wanted not in ("$Latest", "$Default") and not wanted.isdigit():
        raise eks_error("InvalidParameterException", f"Invalid launch template version: {wanted}")
    try:
        version = template.get_version(wanted)
    except ServiceException:
        version = None
    if version is None or version.number < 1 or wanted == "0":
        raise eks_error(
            "InvalidParameterException",
            f"Could not find the specified version {wanted} for the launch template with ID {template.id}.",
        )
    resolved = ResolvedTemplate(template.id, template.name, str(version.number), version.data)
    _refuse_forbidden(resolved.data)
    return resolved


def _refuse_forbidden(data: dict[str, Any]) -> None:
    interfaces = data.get("NetworkInterfaces") or []
    interface_groups = any(each.get("Groups") or each.get("SecurityGroupId") for each in interfaces)
    forbidden = {
        "IamInstanceProfile": data.get("IamInstanceProfile"),
        "SubnetId": any(each.get("SubnetId") for each in interfaces),
        "InstanceInitiatedShutdownBehavior": data.get("InstanceInitiatedShutdownBehavior"),
        "HibernationOptions": data.get("HibernationOptions"),
        "InstanceMarketOptions with market type spot": (
            (data.get("InstanceMarketOptions") or {}).get("MarketType") == "spot"
        ),
    }
    for name, found in forbidden.items():
        if found:
            raise eks_error("InvalidParameterException", f"Launch template should not specify {name}.")
    if interface_groups and (data.get("SecurityGroupIds") or data.get("SecurityGroups")):
        raise eks_error(
            "InvalidParameterException",
            "Launch template specifies security groups both at instance and at network interface level.",
        )


def refuse_conflicts(parameters: dict[str, Any], template: ResolvedTemplate) -> None:
    """Reject arguments that CreateNodegroup does not support together with a template."""
    if "diskSize" in parameters:
        raise eks_error("InvalidParameterException", "Disk size must be specified within the launch template.")
    if "remoteAccess" in parameters:
        raise eks_error(
            "InvalidParameterException", "Remote access configuration cannot be specified with a launch template."
        )
    if template.instance_type and parameters.get("instanceTypes"):
        raise eks_error(
            "InvalidParameterException",
            "Instance types cannot be specified both in the launch template and in the request.",
        )
    if not template.image_id:
        if parameters.get("amiType") == "CUSTOM":
            raise eks_error(
                "InvalidParameterException", "Launch template must specify an image id for Custom ami type node group"
            )
        return
    if parameters.get("amiType", "CUSTOM") != "CUSTOM":
        raise eks_error(
            "InvalidParameterException",
            "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template.",
        )
    if "version" in parameters:
        raise eks_error(
            "InvalidParameterException",
            "You cannot specify a kubernetes version to use when specifying an image id to use within the launch "
            "template.",
        )
    if "releaseVersion" in parameters:
        raise eks_error(
            "InvalidParameterException",
            "You cannot specify a release version to use when specifying an image id to use within the launch "
            "template.",
        )
    if "warmPoolConfig" in parameters and parameters["warmPoolConfig"].get("enabled"):
        raise eks_error("InvalidParameterException", "Warm pools are not supported with custom AMIs.")
