"""Validates IAM roles in EKS requests with the IAM of moto."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .errors import eks_error
from .world import Context

_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")


def find_role(context: Context, arn: str, service: str, member: str) -> Any:
    """Return the moto role of the ARN. Raises an error if it does not exist or does not trust the service."""
    if not _ROLE_ARN.fullmatch(arn):
        raise eks_error("InvalidParameterException", f"Invalid Role Arn: '{arn}'")
    try:
        role = iam_backends[context.account][context.eks.partition].get_role_by_arn(arn)
    except NotFoundException:
        name = arn.rsplit("/", 1)[1]
        raise eks_error(
            "InvalidParameterException",
            f"The role with name {name} cannot be found. (Service: AmazonIdentityManagement; Status Code: 404; "
            "Error Code: NoSuchEntity)",
        ) from None
    if not _trusts(role.assume_role_policy_document, service):
        if member == "nodeRole":
            text = (
                f"Following required service principals [{service}] were not found in the trust relationships "
                f"of nodeRole {arn}"
            )
        elif member == "podExecutionRoleArn":
            text = f"Misconfigured PodExecutionRole Trust Policy; Please add the {service} Service Principal"
        else:
            text = (
                f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is "
                "not correct"
            )
        raise eks_error("InvalidParameterException", text)
    return role


def _trusts(document: str, service: str) -> bool:
    try:
        statements = json.loads(unquote(document))["Statement"]
    except (ValueError, KeyError, TypeError):
        return False
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and service in ([services] if isinstance(services, str) else services):
            return True
    return False


def caller_arn(context: Context) -> str:
    """Return the principal of the caller: the user or role of an access key, or else the root of the account."""
    role = sts_backends[context.account][context.eks.partition].get_assumed_role_from_access_key(context.access_key)
    if role is not None:
        return str(role.role_arn)
    user = iam_backends[context.account][context.eks.partition].get_user_from_access_key_id(context.access_key)
    return str(user.arn) if user else f"arn:{context.eks.partition}:iam::{context.account}:root"
