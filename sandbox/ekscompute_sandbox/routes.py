"""The internet routes of a subnet."""

from __future__ import annotations

from .world import Context


def default_targets(context: Context, subnet_id: str) -> list[str]:
    """Return the gateway IDs of the default routes, from the route table of the subnet or the main one of its VPC."""
    tables = context.ec2.describe_route_tables(filters={"association.subnet-id": [subnet_id]})
    if not tables:
        vpc_id = context.ec2.get_subnet(subnet_id).vpc_id
        tables = context.ec2.describe_route_tables(filters={"vpc-id": [vpc_id], "association.main": ["true"]})
    targets: list[str] = []
    for route in tables[0].routes:
        if route.destination_cidr_block != "0.0.0.0/0" and route.destination_ipv6_cidr_block != "::/0":
            continue
        if route.state == "blackhole":
            continue
        gateways = (route.gateway, route.nat_gateway, route.transit_gateway, route.interface, route.instance)
        targets += [str(gateway.id) for gateway in gateways if gateway is not None]
    return targets


def is_public(context: Context, subnet_id: str) -> bool:
    """Whether the subnet has a direct route to an internet gateway."""
    return any(target.startswith("igw-") for target in default_targets(context, subnet_id))
