//! Destinations that are reachable from subnets through the routes and endpoints of their VPC.

use super::derived::{WayOut, route_table, subnets, way_out};
use super::facts::{Caller, Endpoint, EndpointKind, Facts, RouteTable, Skip, Subnet, Target, both, together};
use super::subject::Subject;

/// A subnet with the facts about its VPC.
#[derive(Debug, Clone, Copy)]
pub struct SubnetNetwork<'f> {
    /// The subnet.
    pub subnet: &'f Subnet,
    /// The route table that applies to it.
    pub table: &'f RouteTable,
    /// The VPC endpoints of its VPC.
    pub endpoints: &'f [Endpoint],
}

/// Returns the existing known subnets of VPCs that are fully readable, which excludes VPCs that another account shares.
///
/// # Errors
/// Returns an error if a fact is not read yet or cannot be read.
pub fn places<'f>(subject: &Subject, facts: &'f Facts) -> Result<Vec<SubnetNetwork<'f>>, Skip> {
    facts.caller(())?;
    places_of(subnets(subject, facts)?, facts)
}

/// Returns the same for these subnets.
///
/// # Errors
/// Returns an error if a fact is not read yet or cannot be read.
pub fn places_of<'f>(subnets: Vec<&'f Subnet>, facts: &'f Facts) -> Result<Vec<SubnetNetwork<'f>>, Skip> {
    let Caller { account, .. } = facts.caller(())?.ok_or(Skip::Absent)?;
    let own: Vec<_> = subnets.into_iter().filter(|subnet| subnet.owner_id == *account).collect();
    let of_vpcs = own.into_iter().map(|subnet| {
        let vpc = subnet.vpc_id.as_str();
        both(facts.route_tables(vpc), facts.endpoints(vpc)).map(|found| (subnet, found))
    });
    let found = together(of_vpcs)?.into_iter().filter_map(|(subnet, (tables, endpoints))| {
        let table = route_table(tables?, subnet)?;
        Some(SubnetNetwork { subnet, table, endpoints: endpoints? })
    });
    Ok(found.collect())
}

impl<'f> SubnetNetwork<'f> {
    /// Returns whether no traffic can leave the VPC: all routes target its own addresses, gateway endpoints, or deleted
    /// targets. Any other route, even to a single network, might reach the required destinations.
    #[must_use]
    pub fn is_isolated(&self) -> bool {
        self.table.routes.iter().all(|route| match &route.target {
            Target::Local => true,
            Target::Endpoint(id) => route.blackhole || self.is_gateway_endpoint(id),
            _ => route.blackhole,
        })
    }

    /// Returns the deleted target of the default route.
    #[must_use]
    pub fn lost(&self) -> Option<&'f str> {
        match way_out(self.table, false) {
            WayOut::Lost(id) => Some(id),
            _ => None,
        }
    }

    /// Returns the endpoints of a service, such as `ecr.api`, that traffic from the subnet can use.
    pub fn endpoints_of(&self, service: &str) -> impl Iterator<Item = &'f Endpoint> {
        let ending = format!(".{service}");
        let table = self.table;
        self.endpoints.iter().filter(move |endpoint| {
            // com.amazonaws.us-east-1.ecr.api, in China also cn.com.amazonaws.cn-north-1.ecr.api.
            let is_service = endpoint.service.ends_with(&ending);
            let is_there = match endpoint.kind {
                EndpointKind::Gateway => endpoint.route_tables.contains(&table.id),
                EndpointKind::Interface | EndpointKind::Other => true,
            };
            is_service && is_there
        })
    }

    fn is_gateway_endpoint(&self, id: &str) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.id == id && endpoint.kind == EndpointKind::Gateway)
    }
}
