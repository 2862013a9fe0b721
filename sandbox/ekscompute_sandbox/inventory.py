"""Lists all existing objects, to verify that a destroy deletes everything."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends


def inventory() -> dict[str, list[str]]:
    """Return names and IDs by kind over all accounts and Regions, without the default objects of AWS."""
    found: dict[str, list[str]] = {}
    for _, region, backend in eks_backends.iter_backends():
        for cluster in backend.clusters.values():
            where = f"{region}/{cluster.name}"
            found.setdefault("cluster", []).append(where)
            for kind, names in (
                ("nodegroup", cluster.nodegroups),
                ("fargate_profile", cluster.fargate_profiles),
                ("access_entry", cluster.access_entries),
            ):
                found.setdefault(kind, []).extend(f"{where}/{name}" for name in names)
    for _, region, backend in autoscaling_backends.iter_backends():
        found.setdefault("auto_scaling_group", []).extend(f"{region}/{name}" for name in backend.autoscaling_groups)
    for _, region, backend in ec2_backends.iter_backends():
        for kind, ids in _ec2(backend).items():
            found.setdefault(kind, []).extend(f"{region}/{each}" for each in ids)
    for _, _, backend in iam_backends.iter_backends():
        found.setdefault("iam_role", []).extend(role.name for role in backend.get_roles())
    return {kind: sorted(names) for kind, names in sorted(found.items()) if names}


def _ec2(backend: Any) -> dict[str, list[str]]:
    default_vpcs = {vpc.id for vpc in backend.vpcs.values() if str(vpc.is_default).lower() == "true"}
    subnets = [subnet for zone in backend.subnets.values() for subnet in zone.values()]
    groups = [group for vpc in backend.groups.values() for group in vpc.values()]
    return {
        "vpc": [vpc for vpc in backend.vpcs if vpc not in default_vpcs],
        "subnet": [subnet.id for subnet in subnets if subnet.vpc_id not in default_vpcs],
        "security_group": [group.id for group in groups if group.name != "default"],
        "launch_template": list(backend.launch_templates),
        "nat_gateway": [gateway.id for gateway in backend.nat_gateways.values() if gateway.state != "deleted"],
        "internet_gateway": [
            gateway.id
            for gateway in backend.internet_gateways.values()
            if gateway.vpc is None or gateway.vpc.id not in default_vpcs
        ],
        "key_pair": list(backend.key_pairs),
    }
