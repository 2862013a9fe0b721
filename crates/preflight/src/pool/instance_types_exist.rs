//! There is an instance type that the pool can launch.

use std::collections::{BTreeMap, BTreeSet};

use super::admitted::{Candidate, Exclusion, is_usable};
use super::{Asked, PoolCheck, View, some_of};
use crate::finding::{CheckFindings, Effect, Finding};
use framework::path::Path;
use render::karpenter::instance_labels::{ZONE, ZONE_ID};

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_instance_types",
    finds: "Reports node pools that no instance type matches. The cause can be the requirements, the instance types \
            that EKS Auto Mode launches, the zones of the subnets, or the network interfaces and AMIs of the node \
            class. The message lists the closest instance types.",
    offers: true,
    reads: &[],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

/// The attribute that specifies the node class.
const CLASS: &str = "node_class_name";

/// No node is ever launched, and no error is reported.
const WHY: &str =
    "The node pool becomes ready but never launches a node, and pods that need one stay Pending without an error.";

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let judged = view.judged();
    // The step that excludes the last remaining types is the cause.
    let at = |step: fn(&Exclusion<'_>) -> bool| -> Vec<&Candidate<'_>> {
        judged.iter().filter(|judged| judged.refusal.as_ref().is_some_and(step)).collect()
    };
    if judged.is_empty() || judged.iter().any(|judged| judged.refusal.is_none()) {
        return;
    }
    let images = at(|refusal| *refusal == Exclusion::Image);
    let network = at(|refusal| *refusal == Exclusion::Network);
    let zones = at(|refusal| *refusal == Exclusion::Zones);
    let families = at(|refusal| *refusal == Exclusion::Controller);
    if !images.is_empty() {
        of_images(view, &images, verdicts);
    } else if !network.is_empty() {
        of_network(&network, verdicts);
    } else if !zones.is_empty() {
        of_zones(view, &zones, verdicts);
    } else if !families.is_empty() {
        of_families(view, &families, verdicts);
    } else {
        of_requirements(view, &judged, verdicts);
    }
}

fn names<'j>(judged: &[&'j Candidate<'_>]) -> Vec<&'j str> {
    judged.iter().map(|judged| judged.offer.instance_type.name.as_str()).collect()
}

fn of_requirements(view: &View<'_>, judged: &[Candidate<'_>], verdicts: &mut CheckFindings) {
    let mut near: BTreeMap<String, (&Asked, Vec<&str>)> = BTreeMap::new();
    for each in judged {
        if let Some(Exclusion::Requirements(refusing)) = &each.refusal
            && let [only] = refusing.as_slice()
        {
            let known = near.entry(only.requirement.to_string()).or_insert_with(|| (only, Vec::new()));
            known.1.push(&each.offer.instance_type.name);
        }
    }
    let path = match near.values().collect::<Vec<_>>().as_slice() {
        [(asked, _)] => &asked.path,
        _ => &view.pool.requirements_path,
    };
    let asked: Vec<_> = view.pool.requirements.iter().map(|asked| asked.requirement.to_string()).collect();
    let found = format!(
        "This Region offers {} instance types{}, but none of them matches all requirements: {}.",
        judged.len(),
        if view.pool.is_for_accelerators { " with accelerators" } else { "" },
        asked.join("; ")
    );
    let nearest: Vec<_> = near
        .iter()
        .map(|(requirement, (_, names))| format!("{requirement}, which alone excludes {}", some_of(names)))
        .collect();
    let fix = if nearest.is_empty() {
        "Every instance type fails at least two requirements. Relax or remove several of them.".to_owned()
    } else {
        format!(
            "Change one of these requirements: {}. The listed instance types match all other requirements.",
            nearest.join("; ")
        )
    };
    verdicts.blocks_plan(path, Finding::new("No instance type matches the requirements", found, WHY, fix));
}

fn of_families(view: &View<'_>, judged: &[&Candidate<'_>], verdicts: &mut CheckFindings) {
    let families: BTreeSet<_> = judged.iter().map(|judged| judged.offer.instance_type.family()).collect();
    let families = families.into_iter().collect::<Vec<_>>().join(", ");
    let found = format!(
        "The requirements match only {}. EKS Auto Mode does not support these families: {families}.",
        some_of(&names(judged))
    );
    let fix = "Allow other instance families, or use Karpenter for these families.";
    verdicts.blocks_plan(
        &view.pool.requirements_path,
        Finding::new("EKS Auto Mode does not launch the instance types", found, WHY, fix),
    );
}

fn of_zones(view: &View<'_>, judged: &[&Candidate<'_>], verdicts: &mut CheckFindings) {
    let pool = view.pool;
    let zone_asked = pool.requirements.iter().find(|asked| [ZONE, ZONE_ID].contains(&asked.requirement.label()));
    let offered: Vec<_> = judged
        .iter()
        .map(|judged| {
            let zones: Vec<_> = judged.offer.zones.iter().map(|zone| format!("{} ({})", zone.name, zone.id)).collect();
            let zones = if zones.is_empty() { "no zone of this account".to_owned() } else { zones.join(", ") };
            format!("{} in {zones}", judged.offer.instance_type.name)
        })
        .collect();
    let mut usable = Vec::new();
    if let Some(zones) = pool.class.as_ref().and_then(|class| class.zones.as_ref()) {
        let usable_ones: Vec<_> =
            zones.iter().filter(|zone| is_usable(pool, zone)).map(|zone| zone.name.as_str()).collect();
        usable.push(match usable_ones.as_slice() {
            [] => "no subnet of the node class is in a zone that the requirements allow".to_owned(),
            some => format!("the usable subnets of the node class are in {}", some.join(", ")),
        });
    }
    usable.extend(zone_asked.map(|asked| format!("the node pool requires {}", asked.requirement)));
    if usable.is_empty() {
        usable.push("the account has no other zones".to_owned());
    }
    let offered: Vec<_> = offered.iter().map(String::as_str).collect();
    let found = format!(
        "The instance types are offered as follows: {}. However, {}.",
        some_of(&offered),
        usable.join(", and ")
    );
    let path = zone_asked.map_or(&pool.requirements_path, |asked| &asked.path);
    let fix = "Allow instance types that are offered in usable zones. Alternatively, in the node class, select subnets \
               in the zones of these types.";
    verdicts.blocks_plan(path, Finding::new("Instance types not offered in the node pool zones", found, WHY, fix));
}

fn of_network(judged: &[&Candidate<'_>], verdicts: &mut CheckFindings) {
    let found = format!(
        "The following instance types do not support the network interfaces of the node class: {}. They lack network \
         cards, interfaces per card, or Elastic Fabric Adapters.",
        some_of(&names(judged))
    );
    let fix = "Allow instance types with enough network cards, or use a node class with fewer network interfaces.";
    verdicts
        .blocks_plan(&Path::attribute(CLASS), Finding::new("Instance types lack network interfaces", found, WHY, fix));
}

fn of_images(view: &View<'_>, judged: &[&Candidate<'_>], verdicts: &mut CheckFindings) {
    let class = view.pool.class.as_ref();
    let path = Path::attribute(CLASS);
    let images: Vec<_> = class.and_then(|class| class.images.as_ref()).into_iter().flatten().collect();
    let of_image = images.iter().map(|image| {
        let asked: Vec<_> = image.requirements.iter().map(ToString::to_string).collect();
        let asked = if asked.is_empty() { "all instance types".to_owned() } else { asked.join(" and ") };
        format!("{} for {asked}", image.id)
    });
    let of_image: Vec<_> = of_image.collect();
    let has = if of_image.is_empty() {
        "has an AMI family without GPU AMIs".to_owned()
    } else {
        format!("has these AMIs: {}", of_image.join("; "))
    };
    let name = class.map(|class| class.name.as_str()).unwrap_or_default();
    let found = format!(
        "Node class {name} {has}. The remaining instance types of the node pool require another AMI: {}.",
        some_of(&names(judged))
    );
    let fix = "In the node class, select an AMI with drivers for these types, or allow other instance types. For \
               example, use the alias al2023 or bottlerocket in a version that has such an AMI for this architecture.";
    verdicts.blocks_plan(&path, Finding::new("Node class has no AMI for the instance types", found, WHY, fix));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, class, found, found_in, healthy, only, pool, zone};
    use super::super::{AmiFamily, Class, Image, Interface, Pool};
    use super::*;
    use render::karpenter::controller::Controller;
    use render::karpenter::requirements::{Operator, Requirement};

    #[test]
    fn pool_with_types_is_silent() {
        assert_eq!(found(&CHECK, &healthy()), []);
        let impossible = pool(&[("K/instance-family", Operator::In, &["abacus"])]);
        assert_eq!(found_in(&CHECK, &impossible, &[]), []);
    }

    #[test]
    fn nearest_types_and_the_requirement_in_their_way_are_named() {
        let pool = pool(&[
            ("K/instance-family", Operator::In, &["g6", "gr6"]),
            ("K/instance-gpu-memory", Operator::Gt, &["24000"]),
        ]);
        let (verdict, text) = only(&CHECK, &pool);
        // p5e.48xlarge is refused by the family, the others by the memory.
        assert_eq!(verdict.path, pool.requirements_path);
        assert!(
            text.contains(
                "karpenter.k8s.aws/instance-gpu-memory Gt [24000], which alone excludes g6.12xlarge, g6.xlarge, gr6.4xlarge"
            ),
            "{text}"
        );
        assert!(
            text.contains("karpenter.k8s.aws/instance-family In [g6, gr6], which alone excludes p5e.48xlarge"),
            "{text}"
        );
    }

    #[test]
    fn only_requirement_in_the_way_is_the_place() {
        let pool =
            pool(&[("K/instance-gpu-count", Operator::Gt, &["8"]), ("K/instance-gpu-count", Operator::Lt, &["99"])]);
        let (verdict, text) = only(&CHECK, &pool);
        assert_eq!(verdict.path, pool.requirements[0].path);
        assert!(text.contains("and 1 more"), "{text}");
    }

    #[test]
    fn requirements_that_exclude_each_other_are_said_to() {
        let pool =
            pool(&[("K/instance-family", Operator::In, &["abacus"]), ("kubernetes.io/arch", Operator::In, &["s390x"])]);
        let (_, text) = only(&CHECK, &pool);
        assert!(text.contains("fails at least two requirements"), "{text}");
    }

    #[test]
    fn zones_are_named() {
        let g6 = ("K/instance-size", Operator::In, &["12xlarge"][..]);
        let elsewhere = Pool { class: Some(Class { zones: Some(vec![zone(2)]), ..class() }), ..pool(&[g6]) };
        let (verdict, text) = only(&CHECK, &elsewhere);
        assert_eq!(verdict.path, Path::attribute("gpu"));
        assert!(text.contains("g6.12xlarge in us-east-1a (use1-az1)"), "{text}");
        assert!(text.contains("usable subnets of the node class are in us-east-1b"), "{text}");
        let asked_for = pool(&[g6, (ZONE, Operator::In, &["us-east-1b"])]);
        let (verdict, text) = only(&CHECK, &asked_for);
        assert_eq!(verdict.path, asked_for.requirements[1].path);
        assert!(text.contains("the node pool requires topology.kubernetes.io/zone In [us-east-1b]"), "{text}");
    }

    #[test]
    fn types_that_no_zone_offers_are_named() {
        let mut offers = super::super::testing::offers();
        offers.retain(|offer| offer.instance_type.family() == "g6");
        offers.iter_mut().for_each(|offer| offer.zones.clear());
        let found = found_in(&CHECK, &healthy(), &offers);
        assert!(found[0].found.contains("g6.xlarge in no zone of this account. However, the account has"), "{found:?}");
    }

    #[test]
    fn interfaces_without_a_place_are_said() {
        let interfaces = vec![Interface { card: 1, efa_only: true }];
        let (verdict, text) = only(&CHECK, &Pool { class: Some(Class { interfaces, ..class() }), ..healthy() });
        assert_eq!(verdict.path, Path::attribute("node_class_name"));
        assert!(text.contains("of the node class: g6.12xlarge, g6.xlarge."), "{text}");
    }

    #[test]
    fn families_that_auto_mode_does_not_start_are_named() {
        let requirements = vec![asked("eks.amazonaws.com/instance-family", Operator::In, &["g6f"])];
        let pool = Pool { controller: Controller::AutoMode, requirements, ..healthy() };
        let (_, text) = only(&CHECK, &pool);
        assert!(text.contains("does not support these families: g6f"), "{text}");
    }

    #[test]
    fn images_that_do_not_fit_are_named() {
        let image = Image {
            id: "ami-1".to_owned(),
            requirements: vec![Requirement::new("kubernetes.io/arch", Operator::In, ["arm64"])],
        };
        let of = |class| Pool { class: Some(class), ..healthy() };
        let (verdict, text) = only(&CHECK, &of(Class { images: Some(vec![image]), ..class() }));
        assert_eq!(verdict.path, Path::attribute("node_class_name"));
        assert!(text.contains("ami-1 for kubernetes.io/arch In [arm64]") && text.contains("g6.12xlarge"), "{text}");
        let (_, text) = only(&CHECK, &of(Class { family: Some(AmiFamily::Windows), ..class() }));
        assert!(text.contains("without GPU AMIs"), "{text}");
    }
}
