//! The EC2 vCPU quotas are sufficient for the nodes.

use std::collections::BTreeMap;

use crate::derived::{instance_types, subnets, template};
use crate::drain::{additional_nodes, replaces_nodes};
use crate::facts::{Facts, Family, QuotaCode, Skip, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use framework::path::Path;

pub(super) const CHECK: Check = Check {
    name: "vcpu_quota",
    finds: "Reports an EC2 vCPU quota, for On-Demand or Spot, that is too low to launch a node of the instance types, \
            or that supports fewer nodes than desired_size or max_size, or than an update requires. Running instances \
            of other node groups are not counted.",
    kinds: &[Kind::NodeGroup],
    inputs: &[
        Input::InstanceTypes,
        Input::CapacityType,
        Input::Scaling,
        Input::LaunchTemplate,
        Input::Version,
        Input::ReleaseVersion,
        Input::UpdateConfig,
        Input::Subnets,
    ],
    reads: &[Family::Template, Family::InstanceType, Family::Quota, Family::Subnet],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// Classes of instance types that share quotas: the prefixes of their names, and the quota codes. Source: the list of
/// Service Quotas for EC2.
struct Class {
    beginnings: &'static [&'static str],
    on_demand: &'static [&'static str],
    /// If there are two, the higher one applies: newer P types moved from one to the other.
    spot: &'static [&'static str],
}

const CLASSES: [Class; 9] = [
    Class {
        beginnings: &["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"],
        on_demand: &["L-1216C47A"],
        spot: &["L-34B43A08"],
    },
    Class { beginnings: &["g", "gr", "vt"], on_demand: &["L-DB2E81BA"], spot: &["L-3819A6DF"] },
    Class { beginnings: &["p"], on_demand: &["L-417A185B"], spot: &["L-7212CCBC", "L-C4BD4855"] },
    Class { beginnings: &["inf"], on_demand: &["L-1945791B"], spot: &["L-B5D1601B"] },
    Class { beginnings: &["trn"], on_demand: &["L-2C3B7624"], spot: &["L-6B0D517C"] },
    Class { beginnings: &["x"], on_demand: &["L-7295265B"], spot: &["L-E3A00192"] },
    Class { beginnings: &["f"], on_demand: &["L-74FC7D96"], spot: &["L-88CF9481"] },
    Class { beginnings: &["dl"], on_demand: &["L-6E869C2A"], spot: &["L-85EED4F7"] },
    Class { beginnings: &["hpc"], on_demand: &["L-F7808C92"], spot: &[] },
];

/// The smallest instance type of a class, and the quota of the class.
struct Room {
    name: String,
    vcpus: u16,
    code: &'static str,
    quota: f64,
}

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let is_spot = match subject.capacity_type.get()?.map_or("ON_DEMAND", String::as_str) {
        "ON_DEMAND" => false,
        "SPOT" => true,
        // Capacity Blocks have separate quotas.
        _ => return Ok(()),
    };
    let reserved = |market: Option<&String>, reservation: Option<&String>| market.is_some() || reservation.is_some();
    if template(subject, facts)?
        .is_some_and(|own| reserved(own.market_type.as_ref(), own.capacity_reservation_id.as_ref()))
    {
        return Ok(());
    }
    let (rooms, path) = rooms(subject, facts, is_spot)?;
    let most: f64 = rooms.iter().map(|room| (room.quota / f64::from(room.vcpus)).floor()).sum();
    let scaling = subject.scaling.get()?;
    let size = |given: &crate::subject::ConfiguredInput<i64>| given.value.known().copied();
    let desired = scaling.map_or(Some(1), |scaling| size(&scaling.desired));
    let quotas: Vec<_> = rooms.iter().map(text).collect();
    let quotas = quotas.join("; ");
    let codes: Vec<_> = rooms.iter().map(|room| room.code).collect();
    let fix = format!(
        "Request an increase of {} in the Service Quotas console, or use smaller or other instance types.",
        codes.join(", ")
    );
    let why = "The quota also covers other instances in the account. EC2 does not launch instances above it, and EKS \
               reports AsgInstanceLaunchFailures or InstanceLimitExceeded.";
    if most < 1.0 {
        // EKS creates a group without nodes regardless of the quota.
        let Some(desired) = desired else { return Err(Skip::Unknown) };
        let effect = if desired > 0 { Effect::BlocksApply } else { Effect::Warns };
        verdicts.push(
            effect,
            &path,
            Finding::new("vCPU quota too low to launch a node", format!("{quotas}."), why, fix),
        );
        return Ok(());
    }
    let Some(scaling) = scaling else { return Ok(()) };
    if replaces_nodes(subject) {
        let nodes = desired.ok_or(Skip::Unknown)?;
        subject.all_subnets_known()?;
        let extra = additional_nodes(subject, nodes, &subnets(subject, facts)?)?;
        // Old and new nodes exist at the same time.
        if nodes > 0 && extra > 0 && whole(nodes.saturating_add(extra)) > most {
            let found = format!(
                "The update launches up to {extra} nodes before it terminates the {nodes} old ones, but the vCPU quota \
                 supports a maximum of {most} nodes: {quotas}."
            );
            let fix = format!("{fix} To terminate old nodes first instead, set update_strategy = \"MINIMAL\".");
            verdicts.warning(&path, Finding::new("vCPU quota too low for the update", found, why, fix));
            return Ok(());
        }
    }
    // Another update does not change how many nodes the quota supports.
    if ![Input::InstanceTypes, Input::CapacityType, Input::Scaling, Input::LaunchTemplate]
        .into_iter()
        .any(|input| subject.changes(input))
    {
        return Ok(());
    }
    for given in [&scaling.desired, &scaling.max] {
        let Some(size) = size(given) else { continue };
        if whole(size) > most {
            let name = given.path.to_string();
            let name = name.rsplit('.').next().unwrap_or_default();
            let found = format!("{name} is {size}, but the vCPU quota supports a maximum of {most}: {quotas}.");
            verdicts.warning(&given.path, Finding::new("vCPU quota supports too few nodes", found, why, fix));
            break;
        }
    }
    scaling.desired.get().map(|_| ())
}

/// Returns the number for a comparison with a quota. It saturates far above every quota.
fn whole(nodes: i64) -> f64 {
    i32::try_from(nodes).map_or(f64::from(i32::MAX), f64::from)
}

fn text(room: &Room) -> String {
    let unit = if room.vcpus == 1 { "vCPU" } else { "vCPUs" };
    format!("{} has {} {unit}, and the quota {} is {}", room.name, room.vcpus, room.code, room.quota)
}

/// Returns the smallest instance type of each class with its quota. If a type has no known quota, the check ends.
fn rooms(subject: &Subject, facts: &Facts, is_spot: bool) -> Result<(Vec<Room>, Path), Skip> {
    let (types, path) = instance_types(subject, facts)?;
    let mut smallest = BTreeMap::new();
    for found in types {
        let class = class(&found.name).filter(|_| found.vcpus > 0).ok_or(Skip::Absent)?;
        let known = smallest.entry(class).or_insert(found);
        if found.vcpus < known.vcpus {
            *known = found;
        }
    }
    let rooms = together(smallest.into_iter().map(|(class, found)| {
        let class = &CLASSES[class];
        let (code, quota) = quota(facts, if is_spot { class.spot } else { class.on_demand })?;
        Ok(Room { name: found.name.clone(), vcpus: found.vcpus, code, quota })
    }))?;
    if rooms.is_empty() { Err(Skip::Absent) } else { Ok((rooms, path)) }
}

/// Returns the class of an instance type, from the letters before its generation.
fn class(name: &str) -> Option<usize> {
    let end = name.find(|letter: char| !letter.is_ascii_lowercase())?;
    CLASSES.iter().position(|class| class.beginnings.contains(&&name[..end]))
}

/// Returns the highest of these quotas. The AWS default does not apply to an account, because EC2 raises quotas
/// automatically.
fn quota(facts: &Facts, codes: &[&'static str]) -> Result<(&'static str, f64), Skip> {
    let asked = |code: &str| facts.quota(QuotaCode { service: "ec2".to_owned(), code: code.to_owned() });
    let found = together(codes.iter().map(|code| asked(code)))?;
    let applied = codes.iter().zip(found).filter_map(|(code, quota)| {
        let quota = quota.filter(|quota| quota.applied)?;
        Some((*code, quota.value))
    });
    applied.max_by(|one, other| one.1.total_cmp(&other.1)).ok_or(Skip::Absent)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{World, fires, instance_type, is_silent, node_group, quota_of};
    use super::*;
    use crate::facts::{Fact, FactResult, InstanceType, Quota, Template};
    use crate::subject::Changed;
    use framework::model::Attr;

    fn of(code: &str, vcpus: f64) -> World {
        node_group().with(quota_of("ec2", code, vcpus))
    }

    fn spot(world: World) -> World {
        world.plan(|subject| subject.capacity_type.value = Attr::from("SPOT"))
    }

    fn desired(world: World, size: i64) -> World {
        world.plan(|subject| {
            let Attr::Known(scaling) = &mut subject.scaling.value else { panic!("no sizes") };
            scaling.desired.value = Attr::Known(size);
        })
    }

    fn with_type(world: World, name: &str, vcpus: u16) -> World {
        let known = InstanceType { vcpus, ..instance_type(name, "x86_64") };
        world.with(Fact::InstanceType(name.to_owned(), FactResult::Known(known)))
    }

    #[test]
    fn quota_must_allow_nodes() {
        is_silent(&CHECK, &of("L-1216C47A", 6.0));
        let words = &["max_size is 3", "a maximum of 2:", "m5.large has 2 vCPUs", "L-1216C47A is 5"];
        fires(&CHECK, &of("L-1216C47A", 5.0), Effect::Warns, "scaling_config[0].max_size", words);
        let words = &["desired_size is 2", "a maximum of 1:"];
        fires(&CHECK, &of("L-1216C47A", 3.0), Effect::Warns, "scaling_config[0].desired_size", words);
        fires(
            &CHECK,
            &of("L-1216C47A", 1.0),
            Effect::BlocksApply,
            "instance_types",
            &["too low to launch a node", "the quota L-1216C47A is 1."],
        );
        let later = desired(of("L-1216C47A", 0.0), 0);
        fires(&CHECK, &later, Effect::Warns, "instance_types", &["too low to launch a node"]);
    }

    #[test]
    fn update_needs_a_quota_for_old_and_new_nodes() {
        let world = |vcpus, strategy: Option<&str>| {
            of("L-1216C47A", vcpus).plan(|subject| {
                subject.changed = Changed::Only([Input::Version].into());
                let Attr::Known(update) = &mut subject.update_config.value else { panic!("no update_config") };
                update.strategy.value = strategy.map(str::to_owned).into();
            })
        };
        let words = &["up to 4 nodes before it terminates the 2 old ones", "a maximum of 5 nodes", "MINIMAL"];
        fires(&CHECK, &world(11.0, None), Effect::Warns, "instance_types", words);
        is_silent(&CHECK, &world(12.0, None));
        is_silent(&CHECK, &world(11.0, Some("MINIMAL")));
    }

    #[test]
    fn spot_has_its_own_quota() {
        let world = |vcpus| spot(of("L-34B43A08", vcpus).with(quota_of("ec2", "L-1216C47A", 0.0)));
        is_silent(&CHECK, &world(6.0));
        fires(&CHECK, &world(0.0), Effect::BlocksApply, "instance_types", &["L-34B43A08 is 0"]);
        let newer = |one, other| {
            let world = of("L-7212CCBC", one).with(quota_of("ec2", "L-C4BD4855", other)).of_types(&["p5.48xlarge"]);
            spot(with_type(world, "p5.48xlarge", 192))
        };
        is_silent(&CHECK, &newer(0.0, 576.0));
        is_silent(&CHECK, &newer(576.0, 0.0));
        fires(&CHECK, &newer(0.0, 96.0), Effect::BlocksApply, "instance_types", &["L-C4BD4855 is 96"]);
    }

    #[test]
    fn one_of_several_types_is_enough() {
        let world = with_type(of("L-1216C47A", 6.0), "g5.xlarge", 4).with(quota_of("ec2", "L-DB2E81BA", 0.0));
        is_silent(&CHECK, &world.clone().of_types(&["g5.xlarge", "m5.large"]));
        fires(&CHECK, &world.of_types(&["g5.xlarge"]), Effect::BlocksApply, "instance_types", &["L-DB2E81BA is 0"]);
        let larger = with_type(of("L-1216C47A", 6.0), "m5.24xlarge", 96);
        is_silent(&CHECK, &larger.of_types(&["m5.24xlarge", "m5.large"]));
    }

    #[test]
    fn inapplicable_quotas_have_no_finding() {
        let code = QuotaCode { service: "ec2".to_owned(), code: "L-1216C47A".to_owned() };
        let default = Quota { value: 0.0, applied: false };
        is_silent(&CHECK, &node_group().with(Fact::Quota(code, FactResult::Known(default))));
        is_silent(&CHECK, &with_type(of("L-1216C47A", 0.0), "mac2.metal", 12).of_types(&["mac2.metal"]));
        let block = of("L-1216C47A", 0.0).plan(|subject| subject.capacity_type.value = Attr::from("CAPACITY_BLOCK"));
        is_silent(&CHECK, &block);
        let reserved = Template { capacity_reservation_id: Some("cr-1".to_owned()), ..Template::default() };
        is_silent(&CHECK, &of("L-1216C47A", 0.0).template(reserved));
    }

    #[rstest]
    #[case("m6i.large", Some(0))]
    #[case("im4gn.large", Some(0))]
    #[case("t4g.small", Some(0))]
    #[case("gr6.4xlarge", Some(1))]
    #[case("p4d.24xlarge", Some(2))]
    #[case("p6-b200.48xlarge", Some(2))]
    #[case("inf2.xlarge", Some(3))]
    #[case("trn1n.32xlarge", Some(4))]
    #[case("x2iedn.xlarge", Some(5))]
    #[case("dl1.24xlarge", Some(7))]
    #[case("hpc7g.16xlarge", Some(8))]
    #[case("u-6tb1.metal", None)]
    #[case("mac2.metal", None)]
    fn types_are_sorted_by_their_letters(#[case] name: &str, #[case] place: Option<usize>) {
        assert_eq!(class(name), place);
    }
}
