//! EKS supports the zones of the subnets.

use crate::derived::subnets;
use crate::facts::{Facts, Family, Skip, Subnet, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnet_zones",
    finds: "Reports subnets on Outposts and in Availability Zones that EKS does not support. For Fargate, also reports \
            subnets in Local Zones and Wavelength Zones.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Subnets],
    reads: &[Family::Subnet, Family::Zone],
    effects: &[Effect::BlocksPlan, Effect::Warns],
    run,
};

/// Source: EKS user guide, network requirements for VPC and subnets.
const UNSUPPORTED: [&str; 3] = ["use1-az3", "usw1-az2", "cac1-az3"];

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let subnets = subnets(subject, facts)?;
    let is_fargate = subject.kind == Kind::FargateProfile;
    let kinds = if is_fargate {
        together(subnets.iter().map(|subnet| facts.zone(subnet.zone_id.as_str())))?
    } else {
        vec![None; subnets.len()]
    };
    let wrong = subnets.iter().zip(kinds).filter_map(|(subnet, zone)| {
        let Subnet { id, zone_id, .. } = subnet;
        let kind = zone.map_or("", |zone| zone.kind.as_str());
        match (&subnet.outpost_arn, kind) {
            (Some(outpost), _) => Some(format!("{id} is on the Outpost {outpost}")),
            (_, "local-zone") => Some(format!("{id} is in the Local Zone {zone_id}")),
            (_, "wavelength-zone") => Some(format!("{id} is in the Wavelength Zone {zone_id}")),
            _ => UNSUPPORTED.contains(&zone_id.as_str()).then(|| format!("{id} is in {zone_id}")),
        }
    });
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        let (effect, why) = if is_fargate {
            (Effect::BlocksPlan, "Fargate is not offered there, and EKS rejects the profile.")
        } else if subnets.iter().any(|subnet| subnet.outpost_arn.is_some()) {
            (Effect::BlocksPlan, "EKS does not support managed node groups on Outposts. Use self-managed nodes there.")
        } else {
            (
                Effect::Warns,
                "EKS does not support this Availability Zone for clusters, and few instance types are offered there.",
            )
        };
        let found = format!("Subnet {}.", wrong.join("; subnet "));
        let fix = "Use subnets in other zones.";
        verdicts.push(effect, &subject.subnets.path, Finding::new("Subnets are in unsupported zones", found, why, fix));
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fargate_profile, fires, is_silent, node_group, zone};
    use super::*;

    fn in_zone(world: World, id: &str, kind: &str) -> World {
        world.subnet("subnet-b", |subnet| id.clone_into(&mut subnet.zone_id)).with(zone(id, kind))
    }

    #[test]
    fn unsupported_zones() {
        let nodes = in_zone(node_group(), "use1-az3", "availability-zone");
        fires(&CHECK, &nodes, Effect::Warns, "subnet_ids", &["subnet-b is in use1-az3"]);
        let pods = in_zone(fargate_profile(), "use1-az3", "availability-zone");
        fires(&CHECK, &pods, Effect::BlocksPlan, "subnet_ids", &["subnet-b is in use1-az3"]);
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &fargate_profile());
    }

    #[test]
    fn other_places_than_availability_zones() {
        for (kind, name) in [("local-zone", "Local Zone"), ("wavelength-zone", "Wavelength Zone")] {
            is_silent(&CHECK, &in_zone(node_group(), "use1-bos1-az1", kind));
            let pods = in_zone(fargate_profile(), "use1-bos1-az1", kind);
            fires(&CHECK, &pods, Effect::BlocksPlan, "subnet_ids", &[name, "use1-bos1-az1"]);
        }
        let outpost =
            |world: World| world.subnet("subnet-a", |subnet| subnet.outpost_arn = Some("arn:outpost".to_owned()));
        fires(&CHECK, &outpost(node_group()), Effect::BlocksPlan, "subnet_ids", &["arn:outpost", "self-managed nodes"]);
        fires(&CHECK, &outpost(fargate_profile()), Effect::BlocksPlan, "subnet_ids", &["arn:outpost"]);
    }
}
