"""The account of an access key, and IAM state that is cheap to create."""

from __future__ import annotations

import copy

import moto.iam.models
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import IAMBackend, ManagedPolicy, iam_backends
from moto.sts.models import STSBackend


def account_of(access_key: str) -> str:
    """Return the account whose user or assumed role has the key, or the default account.

    The lookup of moto creates the IAM state of all seven partitions, each with a thousand managed policies, on the
    first call after a reset. A key can only be in a partition that already exists.
    """
    for account, partitions in list(iam_backends.items()):
        if any(access_key in backend.access_keys for backend in list(partitions.values())):
            return account
    return DEFAULT_ACCOUNT_ID


def _install_root() -> None:
    """A key that was not issued belongs to the root user. moto would return an ARN that does not exist."""
    answer = STSBackend.get_caller_identity

    def get_caller_identity(self: STSBackend, access_key_id: str, region: str) -> tuple[str, str, str]:
        user_id, arn, account = answer(self, access_key_id, region)
        if arn.endswith(":user/moto"):
            return account, f"{arn.split(':sts:')[0]}:iam::{account}:root", account
        return user_id, arn, account

    STSBackend.get_caller_identity = get_caller_identity  # type: ignore[method-assign]


def install() -> None:
    """Install both functions in moto, whose responses look up the account on each call."""
    _install_root()
    moto.iam.models.get_account_id_from = account_of
    read_policies = IAMBackend._init_aws_policies
    read: dict[tuple[str, str], list[ManagedPolicy]] = {}

    def copy_policies(self: IAMBackend) -> list[ManagedPolicy]:
        key = (self.account_id, self.region_name)
        if key not in read:
            read[key] = read_policies(self)
        # Attachments are counted on the policy, so each account requires separate copies.
        return [copy.copy(policy) for policy in read[key]]

    IAMBackend._init_aws_policies = copy_policies  # type: ignore[method-assign]
