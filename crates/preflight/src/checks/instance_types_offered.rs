//! The instance types are offered in the zones of the subnets.

use std::collections::BTreeSet;

use crate::derived::{effect_of, instance_type_names, subnets};
use crate::facts::{Facts, Family, Skip, both, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "instance_types_offered",
    finds: "Reports instance types that are not offered in any Availability Zone of the subnets, and Availability \
            Zones in which none of the instance types is offered.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Subnets, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Subnet, Family::Template, Family::OfferedIn],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    subject.all_subnets_known()?;
    let (subnets, named) = both(subnets(subject, facts), instance_type_names(subject, facts))?;
    let (names, path) = named;
    let zones: BTreeSet<_> = subnets.iter().map(|subnet| subnet.zone_id.as_str()).collect();
    let offered = together(names.iter().map(|name| facts.offered_in(name.as_str())))?;
    // A type that is not offered in any zone does not exist, which another check reports.
    let offers: Vec<_> = names.iter().zip(offered).filter_map(|(name, zones)| Some((name.as_str(), zones?))).collect();
    if zones.is_empty() || offers.is_empty() || offers.len() < names.len() {
        return Ok(());
    }
    let list = |items: &[&str]| items.join(", ");
    let zone_list = list(&zones.iter().copied().collect::<Vec<_>>());
    let nowhere: Vec<_> =
        offers.iter().filter(|(_, offered)| !zones.iter().any(|zone| offered.contains(*zone))).collect();
    let elsewhere = |(name, offered): &(&str, &BTreeSet<String>)| {
        let offered = offered.iter().map(String::as_str).collect::<Vec<_>>();
        format!("{name} in {}", if offered.is_empty() { "no zone".to_owned() } else { list(&offered) })
    };
    let bare: Vec<_> =
        zones.iter().filter(|zone| !offers.iter().any(|(_, offered)| offered.contains(**zone))).copied().collect();
    if nowhere.len() == offers.len() {
        let offers = offers.iter().map(elsewhere).collect::<Vec<_>>().join("; ");
        let found = format!("The subnets are in {zone_list}. The instance types are offered as follows: {offers}.");
        let why = "Nodes cannot be launched, and EKS reports Ec2InstanceTypeDoesNotExist.";
        let fix = "Use instance types that are offered in these Availability Zones, or subnets in other Availability \
                   Zones.";
        verdicts.push(
            effect_of(subject, &path),
            &path,
            Finding::new("Instance types not offered in the subnets' zones", found, why, fix),
        );
    } else if !bare.is_empty() {
        let found = format!(
            "In {}, none of these instance types is offered: {}.",
            list(&bare),
            list(&names.iter().map(String::as_str).collect::<Vec<_>>())
        );
        let why = "Nodes cannot be launched in these subnets, and are distributed across fewer Availability Zones.";
        let fix = "Add an instance type that is offered there, or remove the subnets in these Availability Zones.";
        verdicts.warning(&path, Finding::new("Availability Zone does not offer the instance types", found, why, fix));
    } else if !nowhere.is_empty() {
        let offers = nowhere.iter().map(|offer| elsewhere(offer)).collect::<Vec<_>>().join("; ");
        let found = format!("The subnets are in {zone_list}. The instance types are offered as follows: {offers}.");
        let why = "Nodes of these types are not launched.";
        verdicts.warning(
            &path,
            Finding::new(
                "Instance types not offered in the subnets' zones",
                found,
                why,
                "Remove these instance types.",
            ),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn offered(world: World, name: &str, zones: &[&str]) -> World {
        let zones = zones.iter().map(|zone| (*zone).to_owned()).collect();
        world.with(Fact::OfferedIn(name.to_owned(), FactResult::Known(zones)))
    }

    #[test]
    fn types_must_be_offered_in_the_zones() {
        is_silent(&CHECK, &node_group());
        let words =
            &["The subnets are in use1-az1, use1-az2. The instance types are offered as follows: m5.large in use1-az6"];
        fires(&CHECK, &offered(node_group(), "m5.large", &["use1-az6"]), Effect::BlocksPlan, "instance_types", words);
        let one_zone = offered(node_group(), "m5.large", &["use1-az1"]);
        fires(&CHECK, &one_zone, Effect::Warns, "instance_types", &["In use1-az2, none of", ": m5.large."]);
        is_silent(&CHECK, &one_zone.clone().of_types(&["m5.large", "m5a.large"]));
        let one_type = offered(one_zone.of_types(&["m5.large", "m5a.large"]), "m5.large", &["use1-az6"]);
        fires(
            &CHECK,
            &one_type,
            Effect::Warns,
            "instance_types",
            &["m5.large in use1-az6", "Remove these instance types"],
        );
    }

    #[test]
    fn types_that_do_not_exist_are_reported_elsewhere() {
        is_silent(&CHECK, &node_group().with(Fact::OfferedIn("m5.large".to_owned(), FactResult::Missing)));
    }
}
