//! Subnets of a Fargate profile are private.

use crate::facts::{Facts, Family, Skip, Target};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::places;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnets_private",
    finds: "Reports subnets of a Fargate profile that have a route to an internet gateway.",
    kinds: &[Kind::FargateProfile],
    inputs: &[Input::Subnets],
    reads: &[Family::Caller, Family::Subnet, Family::RouteTables, Family::Endpoints],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let public = places(subject, facts)?.into_iter().filter_map(|place| {
        let gateway = place.table.routes.iter().find_map(|route| match &route.target {
            Target::InternetGateway(id) => Some(id),
            _ => None,
        });
        gateway.map(|gateway| format!("{} ({} targets {gateway})", place.subnet.id, place.table.id))
    });
    let public: Vec<_> = public.collect();
    if !public.is_empty() {
        let found =
            format!("The route tables of these subnets have a route to an internet gateway: {}.", public.join(", "));
        let why = "Fargate supports only private subnets, and EKS rejects the profile.";
        let fix = "Use private subnets with a default route to a NAT gateway.";
        verdicts.blocks_apply(&subject.subnets.path, Finding::new("Subnets are not private", found, why, fix));
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fargate_profile, fires, is_silent};
    use super::*;

    #[test]
    fn subnets_must_be_private() {
        is_silent(&CHECK, &fargate_profile());
        is_silent(&CHECK, &fargate_profile().isolated());
        let words = &["subnet-public (rtb-public targets igw-1)"];
        fires(&CHECK, &fargate_profile().public(), Effect::BlocksApply, "subnet_ids", words);
    }
}
