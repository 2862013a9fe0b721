"""Assembles the sandbox."""

from __future__ import annotations

# These modules register their EKS operations when they are imported.
from . import (  # noqa: F401
    access_entries,
    accounts,
    addons,
    backend,
    cluster_create,
    cluster_updates,
    fargate,
    insights,
    moto_extras,
    nodegroup,
    nodegroup_create,
    nodegroup_update,
    placement_groups,
    scaling_extras,
    ssm_parameters,
    tags,
    updates,
)
from .gateway import Gateway
from .world import World


def make_gateway() -> Gateway:
    """Install the extensions in moto, and return the request handler."""
    world = World()
    accounts.install()
    backend.install()
    ssm_parameters.install(world.releases)
    moto_extras.install(world)
    placement_groups.install()
    scaling_extras.install(world)
    world.console.install()
    return Gateway(world)
