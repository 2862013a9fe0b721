//! Reads facts from EC2: subnets and their outbound routes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_ec2::types::{
    ConnectivityType, Filter, Route as Described, RouteState, State, Subnet as DescribedSubnet, VpcAttributeName,
    VpcEndpoint, VpcEndpointType,
};

use super::{Found, during, text};
use crate::aws::errors::sorted;
use crate::cache::Cache;
use crate::errors::ApiError;
use preflight::facts::{
    DhcpOptions, Endpoint, EndpointKind, NatGateway, Route, RouteTable, Subnet, Target, VpcDns, Zone,
};

pub(super) const EC2: &str = "EC2";

pub(super) fn filter(name: &str, values: Vec<String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values)).build()
}

pub(super) fn in_vpc(vpc: &str) -> Filter {
    filter("vpc-id", vec![vpc.to_owned()])
}

/// Returns subnets by ID. A filter skips missing subnets, which a list of IDs would reject.
pub(super) async fn subnets(ec2: aws_sdk_ec2::Client, ids: Vec<String>) -> Result<HashMap<String, Subnet>, ApiError> {
    let pages = ec2.describe_subnets().filters(filter("subnet-id", ids)).into_paginator().items().send();
    let subnets: Result<Vec<_>, _> = pages.collect().await;
    let subnets = subnets.map_err(sorted(EC2, "DescribeSubnets"))?;
    Ok(subnets.iter().map(|subnet| (text(subnet.subnet_id()), converted(subnet))).collect())
}

pub(super) fn converted(subnet: &DescribedSubnet) -> Subnet {
    let associated = subnet.ipv6_cidr_block_association_set().iter();
    let tags = subnet.tags().iter().map(|tag| (text(tag.key()), text(tag.value())));
    Subnet {
        id: text(subnet.subnet_id()),
        vpc_id: text(subnet.vpc_id()),
        owner_id: text(subnet.owner_id()),
        zone: text(subnet.availability_zone()),
        zone_id: text(subnet.availability_zone_id()),
        cidr: text(subnet.cidr_block()),
        free_addresses: subnet.available_ip_address_count().unwrap_or_default().into(),
        ipv6_cidrs: associated.filter_map(|block| block.ipv6_cidr_block().map(str::to_owned)).collect(),
        assigns_ipv6: subnet.assign_ipv6_address_on_creation().unwrap_or_default(),
        maps_public_ip: subnet.map_public_ip_on_launch().unwrap_or_default(),
        outpost_arn: subnet.outpost_arn().filter(|arn| !arn.is_empty()).map(str::to_owned),
        tags: tags.collect(),
    }
}

pub(super) async fn route_tables(ec2: &aws_sdk_ec2::Client, vpc: &str) -> Found<Vec<RouteTable>> {
    let pages = ec2.describe_route_tables().filters(in_vpc(vpc)).into_paginator().items().send();
    let tables: Result<Vec<_>, _> = pages.collect().await;
    let tables = tables.map_err(sorted(EC2, "DescribeRouteTables")).map_err(during("ec2:DescribeRouteTables"))?;
    let tables = tables.into_iter().map(|table| {
        let associations = table.associations().iter();
        RouteTable {
            id: text(table.route_table_id()),
            main: associations.clone().any(|association| association.main() == Some(true)),
            subnets: associations.filter_map(|association| association.subnet_id().map(str::to_owned)).collect(),
            routes: table.routes().iter().map(route).collect(),
        }
    });
    Ok(Some(tables.collect()))
}

fn route(route: &Described) -> Route {
    let destination = route.destination_cidr_block().or(route.destination_ipv6_cidr_block());
    Route {
        destination: text(destination.or(route.destination_prefix_list_id())),
        target: target(route),
        blackhole: route.state() == Some(&RouteState::Blackhole),
    }
}

fn target(route: &Described) -> Target {
    if let Some(id) = route.nat_gateway_id() {
        return Target::NatGateway(id.to_owned());
    }
    if let Some(id) = route.egress_only_internet_gateway_id() {
        return Target::EgressOnlyGateway(id.to_owned());
    }
    if let Some(id) = route.gateway_id() {
        return match id {
            "local" => Target::Local,
            _ if id.starts_with("igw-") => Target::InternetGateway(id.to_owned()),
            _ if id.starts_with("vpce-") => Target::Endpoint(id.to_owned()),
            _ => Target::Other(id.to_owned()),
        };
    }
    let others = [
        route.transit_gateway_id(),
        route.vpc_peering_connection_id(),
        route.network_interface_id(),
        route.instance_id(),
        route.carrier_gateway_id(),
        route.local_gateway_id(),
        route.core_network_arn(),
    ];
    Target::Other(text(others.into_iter().flatten().next()))
}

pub(super) async fn endpoints(ec2: &aws_sdk_ec2::Client, vpc: &str) -> Found<Vec<Endpoint>> {
    let pages = ec2.describe_vpc_endpoints().filters(in_vpc(vpc)).into_paginator().items().send();
    let endpoints: Result<Vec<_>, _> = pages.collect().await;
    let endpoints = endpoints.map_err(sorted(EC2, "DescribeVpcEndpoints"));
    let endpoints = endpoints.map_err(during("ec2:DescribeVpcEndpoints"))?;
    Ok(Some(endpoints.iter().map(endpoint).collect()))
}

fn endpoint(endpoint: &VpcEndpoint) -> Endpoint {
    Endpoint {
        id: text(endpoint.vpc_endpoint_id()),
        service: text(endpoint.service_name()),
        kind: match endpoint.vpc_endpoint_type() {
            Some(VpcEndpointType::Interface) => EndpointKind::Interface,
            Some(VpcEndpointType::Gateway) => EndpointKind::Gateway,
            _ => EndpointKind::Other,
        },
        // EC2 returns endpoint states in both lowercase and uppercase.
        available: endpoint.state().is_some_and(|state| state.as_str().eq_ignore_ascii_case(State::Available.as_str())),
        private_dns: endpoint.private_dns_enabled().unwrap_or_default(),
        subnets: endpoint.subnet_ids().to_vec(),
        security_groups: endpoint.groups().iter().filter_map(|group| group.group_id().map(str::to_owned)).collect(),
        route_tables: endpoint.route_table_ids().to_vec(),
    }
}

pub(super) async fn nat_gateways(ec2: &aws_sdk_ec2::Client, vpc: &str) -> Found<Vec<NatGateway>> {
    let pages = ec2.describe_nat_gateways().filter(in_vpc(vpc)).into_paginator().items().send();
    let gateways: Result<Vec<_>, _> = pages.collect().await;
    let gateways = gateways.map_err(sorted(EC2, "DescribeNatGateways")).map_err(during("ec2:DescribeNatGateways"))?;
    let gateways = gateways.into_iter().map(|gateway| {
        let addresses = gateway.nat_gateway_addresses().iter();
        NatGateway {
            id: text(gateway.nat_gateway_id()),
            state: text(gateway.state().map(|state| state.as_str())),
            subnet_id: text(gateway.subnet_id()),
            public_ips: addresses.filter_map(|address| address.public_ip().map(str::to_owned)).collect(),
            public: gateway.connectivity_type() != Some(&ConnectivityType::Private),
        }
    });
    // EC2 returns deleted NAT gateways for about an hour.
    Ok(Some(gateways.filter(|gateway| gateway.state != "deleted").collect()))
}

pub(super) async fn vpc_dns(ec2: &aws_sdk_ec2::Client, vpc: &str) -> Found<VpcDns> {
    let attribute = async |name: VpcAttributeName| {
        let answer = ec2.describe_vpc_attribute().vpc_id(vpc).attribute(name).send().await;
        answer.map_err(sorted(EC2, "DescribeVpcAttribute")).map_err(during("ec2:DescribeVpcAttribute"))
    };
    let support = attribute(VpcAttributeName::EnableDnsSupport).await?;
    let hostnames = attribute(VpcAttributeName::EnableDnsHostnames).await?;
    Ok(Some(VpcDns {
        support: support.enable_dns_support().and_then(|value| value.value()).unwrap_or_default(),
        hostnames: hostnames.enable_dns_hostnames().and_then(|value| value.value()).unwrap_or_default(),
    }))
}

pub(super) async fn dhcp_options(ec2: &aws_sdk_ec2::Client, vpc: &str) -> Found<DhcpOptions> {
    let answer = ec2.describe_vpcs().filters(in_vpc(vpc)).send().await;
    let answer = answer.map_err(sorted(EC2, "DescribeVpcs")).map_err(during("ec2:DescribeVpcs"))?;
    let Some(vpc) = answer.vpcs().first() else { return Ok(None) };
    let associations = vpc.cidr_block_association_set().iter().filter_map(|block| block.cidr_block());
    let mut vpc_cidrs: Vec<_> = vpc.cidr_block().into_iter().chain(associations).map(str::to_owned).collect();
    vpc_cidrs.dedup();
    let Some(id) = vpc.dhcp_options_id().map(str::to_owned) else { return Ok(None) };
    // A VPC without DHCP options has the options ID `default`.
    if id == "default" {
        return Ok(Some(DhcpOptions { id, domain_name_servers: Vec::new(), vpc_cidrs }));
    }
    let answer = ec2.describe_dhcp_options().filters(filter("dhcp-options-id", vec![id.clone()])).send().await;
    let answer = answer.map_err(sorted(EC2, "DescribeDhcpOptions")).map_err(during("ec2:DescribeDhcpOptions"))?;
    let entries = answer.dhcp_options().iter().flat_map(|options| options.dhcp_configurations());
    let servers = entries.filter(|entry| entry.key() == Some("domain-name-servers")).flat_map(|entry| entry.values());
    let domain_name_servers = servers.filter_map(|server| server.value().map(str::to_owned)).collect();
    Ok(Some(DhcpOptions { id, domain_name_servers, vpc_cidrs }))
}

/// Returns a zone by ID, from one list of all zones.
pub(super) async fn zone(
    ec2: &aws_sdk_ec2::Client,
    all: &Cache<(), Arc<BTreeMap<String, Zone>>>,
    id: &str,
) -> Found<Zone> {
    let call = ec2.describe_availability_zones();
    let load = || async move {
        let answer = call.send().await.map_err(sorted(EC2, "DescribeAvailabilityZones"))?;
        let zones = answer.availability_zones().iter().map(|zone| Zone {
            id: text(zone.zone_id()),
            name: text(zone.zone_name()),
            kind: text(zone.zone_type()),
        });
        Ok(Arc::new(zones.map(|zone| (zone.id.clone(), zone)).collect()))
    };
    let zones = all.get((), load).await.map_err(during("ec2:DescribeAvailabilityZones"))?;
    Ok(zones.get(id).cloned())
}
