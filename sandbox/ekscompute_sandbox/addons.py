"""Add-ons and pod identity associations: the sandbox has none, and returns the corresponding responses."""

from __future__ import annotations

from typing import Any

from .clusters import find_cluster
from .errors import eks_error
from .operations import operation, page
from .world import Context


@operation("DescribeAddon")
def describe_addon(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Clusters of the sandbox have no add-ons."""
    find_cluster(context, parameters["clusterName"])
    name = parameters["addonName"]
    raise eks_error(
        "ResourceNotFoundException",
        f"No addon: {name} found in cluster: {parameters['clusterName']}",
        clusterName=parameters["clusterName"],
        addonName=name,
    )


@operation("ListAddons")
def list_addons(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Always return an empty list."""
    find_cluster(context, parameters["clusterName"])
    return page([], parameters, "addons")


@operation("ListPodIdentityAssociations")
def list_pod_identity_associations(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Always return an empty list."""
    find_cluster(context, parameters["clusterName"])
    return page([], parameters, "associations")


@operation("DescribePodIdentityAssociation")
def describe_pod_identity_association(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Always raise ResourceNotFoundException."""
    find_cluster(context, parameters["clusterName"])
    raise eks_error(
        "ResourceNotFoundException",
        f"The association ID '{parameters['associationId']}' could not be found",
        clusterName=parameters["clusterName"],
    )
