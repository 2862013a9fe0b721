//! The instance types of a Region that the pool can launch, and why the others are excluded.

use super::{AmiFamily, Asked, Pool, View};
use render::karpenter::auto_mode;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::{CAPACITY_TYPE, ZONE, ZONE_ID, capacity_types, is_derived, labels};
use render::karpenter::instance_type::{InstanceType, Offer, Zone};
use render::karpenter::requirements::Labels;

/// The capacity type of a reservation, which instance types do not include.
pub(super) const RESERVED: &str = "reserved";

/// The first step that excludes an instance type from the pool.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Exclusion<'p> {
    /// Requirements that its labels do not fulfill.
    Requirements(Vec<&'p Asked>),
    /// EKS Auto Mode does not launch its family.
    Controller,
    /// No zone that the pool can use offers it.
    Zones,
    /// It lacks network cards for the interfaces of the node class.
    Network,
    /// The node class has no AMI for it.
    Image,
}

/// An instance type, and the reason for its exclusion.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate<'v> {
    pub(super) offer: &'v Offer,
    pub(super) refusal: Option<Exclusion<'v>>,
}

impl<'v> View<'v> {
    /// Returns every instance type with the reason for its exclusion.
    pub(super) fn judged(&self) -> Vec<Candidate<'v>> {
        self.offers.iter().map(|offer| Candidate { offer, refusal: refusal(self.pool, offer) }).collect()
    }

    /// Returns the instance types that the pool can launch.
    pub(super) fn admitted(&self) -> Vec<&'v Offer> {
        let judged = self.judged().into_iter();
        judged.filter(|judged| judged.refusal.is_none()).map(|judged| judged.offer).collect()
    }
}

pub(super) fn refusal<'p>(pool: &'p Pool, offer: &Offer) -> Option<Exclusion<'p>> {
    let labels = labels(&offer.instance_type, pool.controller);
    let refusing = refusing(pool, offer, &labels);
    if !refusing.is_empty() {
        return Some(Exclusion::Requirements(refusing));
    }
    let family = offer.instance_type.family();
    if pool.controller == Controller::AutoMode && auto_mode::starts(family) == Some(false) {
        return Some(Exclusion::Controller);
    }
    if usable_zones(pool, offer).is_empty() {
        return Some(Exclusion::Zones);
    }
    if !has_interfaces(pool, &offer.instance_type) {
        return Some(Exclusion::Network);
    }
    (!has_image(pool, &offer.instance_type, &labels)).then_some(Exclusion::Image)
}

/// Returns the requirements that exclude the type, except zone requirements.
fn refusing<'p>(pool: &'p Pool, offer: &Offer, labels: &Labels) -> Vec<&'p Asked> {
    let of_labels = pool.requirements.iter().filter(|asked| {
        let key = asked.requirement.label();
        is_derived(key, pool.controller) && !asked.requirement.allows(labels.get(key).map(String::as_str))
    });
    let of_capacity: Vec<_> =
        pool.requirements.iter().filter(|asked| asked.requirement.label() == CAPACITY_TYPE).collect();
    let mut types = capacity_types(&offer.instance_type);
    types.push(RESERVED);
    let can_be_bought = types.iter().any(|name| of_capacity.iter().all(|asked| asked.requirement.allows(Some(name))));
    of_labels.chain(of_capacity.iter().copied().filter(|_| !can_be_bought)).collect()
}

/// Returns the zones that offer the type, fulfill the requirements, and have a subnet of the class.
fn usable_zones<'o>(pool: &Pool, offer: &'o Offer) -> Vec<&'o Zone> {
    offer.zones.iter().filter(|zone| is_usable(pool, zone)).collect()
}

/// Returns whether the pool can use a zone, by its requirements and by the derived subnets of its class.
pub(super) fn is_usable(pool: &Pool, zone: &Zone) -> bool {
    let fulfils = |asked: &Asked| match asked.requirement.label() {
        ZONE => asked.requirement.allows(Some(&zone.name)),
        ZONE_ID => asked.requirement.allows(Some(&zone.id)),
        _ => true,
    };
    let has_subnet = |zones: &Vec<Zone>| zones.iter().any(|known| known.name == zone.name || known.id == zone.id);
    let of_class = pool.class.as_ref().and_then(|class| class.zones.as_ref());
    pool.requirements.iter().all(fulfils) && of_class.is_none_or(has_subnet)
}

/// Returns whether the type supports the network interfaces of the class. Karpenter counts the network cards, the
/// interfaces per card, and all Elastic Fabric Adapters.
fn has_interfaces(pool: &Pool, known: &InstanceType) -> bool {
    let Some(class) = &pool.class else { return true };
    let on = |card: i64| count(class.interfaces.iter().filter(|interface| interface.card == card));
    let has_room =
        |card: i64| known.network.cards.iter().any(|known| known.index == card && known.most_interfaces >= on(card));
    let efa = count(class.interfaces.iter().filter(|interface| interface.efa_only));
    class.interfaces.iter().all(|interface| has_room(interface.card)) && efa <= known.network.most_efa_interfaces
}

fn count<T>(all: impl Iterator<Item = T>) -> i64 {
    i64::try_from(all.count()).unwrap_or(i64::MAX)
}

/// Returns whether the class has an AMI for nodes with these labels, as far as its AMIs are known. A class without AMIs
/// is not ready yet, so it does not exclude types.
fn has_image(pool: &Pool, instance_type: &InstanceType, labels: &Labels) -> bool {
    let Some(class) = &pool.class else { return true };
    let fits = |requirements: &[render::karpenter::requirements::Requirement]| {
        requirements.iter().all(|requirement| {
            let key = requirement.label();
            !is_derived(key, pool.controller) || requirement.allows(labels.get(key).map(String::as_str))
        })
    };
    let images = class.images.as_deref().filter(|images| !images.is_empty());
    // The Windows AMIs have no driver for accelerators.
    let has_driver = class.family != Some(AmiFamily::Windows) || !instance_type.is_accelerated();
    has_driver && images.is_none_or(|images| images.iter().any(|image| fits(&image.requirements)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, class, offers, pool, zone};
    use super::super::{Class, Image, Interface};
    use super::*;
    use render::karpenter::requirements::{Operator, Requirement};

    fn admitted(pool: &Pool) -> Vec<String> {
        let offers = offers();
        let view = View { pool, offers: &offers };
        view.admitted().into_iter().map(|offer| offer.instance_type.name.clone()).collect()
    }

    #[test]
    fn labels_decide() {
        let pool =
            pool(&[("kubernetes.io/arch", Operator::In, &["amd64"]), ("K/instance-category", Operator::In, &["g"])]);
        assert_eq!(admitted(&pool), ["g4ad.xlarge", "g6.12xlarge", "g6.xlarge", "g6f.xlarge"]);
    }

    #[test]
    fn capacity_type_must_be_sold_or_reserved() {
        let of = |name: &str| {
            admitted(&pool(&[
                ("K/instance-family", Operator::In, &["p5e", "g6"]),
                ("karpenter.sh/capacity-type", Operator::In, &[name]),
            ]))
        };
        assert_eq!(of("spot"), ["g6.12xlarge", "g6.xlarge"]);
        assert_eq!(of("reserved"), ["g6.12xlarge", "g6.xlarge", "p5e.48xlarge"]);
    }

    #[test]
    fn labels_of_the_user_and_of_a_table_decide_nothing() {
        let pool = pool(&[
            ("K/instance-family", Operator::In, &["g6"]),
            ("team", Operator::In, &["a"]),
            ("K/instance-network-bandwidth", Operator::Gt, &["1000000"]),
        ]);
        assert_eq!(admitted(&pool), ["g6.12xlarge", "g6.xlarge"]);
    }

    #[test]
    fn zones_are_those_of_requirements_and_subnets() {
        let g6 = ("K/instance-family", Operator::In, &["g6"][..]);
        assert_eq!(admitted(&pool(&[g6, (ZONE, Operator::In, &["us-east-1b"])])), ["g6.xlarge"]);
        assert_eq!(admitted(&pool(&[g6, (ZONE_ID, Operator::NotIn, &["use1-az1"])])), ["g6.xlarge"]);
        let with = |zones| Pool { class: Some(Class { zones: Some(zones), ..class() }), ..pool(&[g6]) };
        assert_eq!(admitted(&with(vec![zone(2)])), ["g6.xlarge"]);
        assert_eq!(admitted(&with(vec![zone(1)])), ["g6.12xlarge", "g6.xlarge"]);
        assert!(admitted(&with(Vec::new())).is_empty());
    }

    #[test]
    fn instance_type_must_match_image_requirements() {
        let arm = Image {
            id: "ami-1".to_owned(),
            requirements: vec![Requirement::new("kubernetes.io/arch", Operator::In, ["arm64"])],
        };
        let g = asked("K/instance-category", Operator::In, &["g"]);
        let with =
            |images| Pool { class: Some(Class { images, ..class() }), requirements: vec![g.clone()], ..pool(&[]) };
        assert_eq!(admitted(&with(Some(vec![arm]))), ["g5g.xlarge"]);
        assert_eq!(admitted(&with(Some(Vec::new()))).len(), 5);
        let windows = Pool { class: Some(Class { family: Some(AmiFamily::Windows), ..class() }), ..with(None) };
        assert!(admitted(&windows).is_empty());
    }

    #[test]
    fn neuron_types_need_an_image_with_their_driver() {
        let label = |name: &str, operator| {
            Requirement::new(format!("karpenter.k8s.aws/instance-{name}-count"), operator, [""; 0])
        };
        let image = |requirements: Vec<Requirement>| Image { id: "ami-1".to_owned(), requirements };
        let none = Operator::DoesNotExist;
        // The variants of AL2023, and the standard one of Bottlerocket, which also has the Neuron driver.
        let standard = image(vec![label("gpu", none), label("accelerator", none)]);
        let (nvidia, neuron) =
            (image(vec![label("gpu", Operator::Exists)]), image(vec![label("accelerator", Operator::Exists)]));
        let bottlerocket = image(vec![label("gpu", none)]);
        let families = asked("K/instance-family", Operator::In, &["g4ad", "trn1"]);
        let with = |images: &[&Image]| {
            let images = Some(images.iter().map(|image| (*image).clone()).collect());
            admitted(&Pool {
                class: Some(Class { images, ..class() }),
                requirements: vec![families.clone()],
                ..pool(&[])
            })
        };
        assert_eq!(with(&[&standard, &nvidia, &neuron]), ["g4ad.xlarge", "trn1.32xlarge"]);
        assert_eq!(with(&[&standard, &nvidia]), ["g4ad.xlarge"]);
        assert_eq!(with(&[&bottlerocket]), ["trn1.32xlarge"]);
    }

    #[test]
    fn interfaces_of_the_class_must_fit_on_the_cards() {
        let with = |interfaces: &[(i64, bool)]| {
            let interface = |(card, efa_only): &(i64, bool)| Interface { card: *card, efa_only: *efa_only };
            let interfaces = interfaces.iter().map(interface).collect();
            let pool = pool(&[("K/instance-family", Operator::In, &["g6", "p5e"])]);
            admitted(&Pool { class: Some(Class { interfaces, ..class() }), ..pool })
        };
        assert_eq!(with(&[]).len(), 3);
        assert_eq!(with(&[(0, false), (0, false)]).len(), 3);
        assert_eq!(with(&[(0, false), (0, true), (1, true)]), ["p5e.48xlarge"]);
        assert!(with(&[(0, false), (0, true), (0, true)]).is_empty(), "a card has two interfaces");
        assert!(with(&[(0, false), (1, true), (2, true)]).is_empty(), "there are two cards");
        assert!(with(&[(0, true), (1, true), (1, true)]).is_empty(), "there are two adapters");
    }

    #[test]
    fn auto_mode_starts_some_families() {
        let auto = |families: &[&str]| {
            let requirements = vec![asked("eks.amazonaws.com/instance-family", Operator::In, families)];
            admitted(&Pool { controller: Controller::AutoMode, requirements, ..pool(&[]) })
        };
        assert_eq!(auto(&["g6", "g6f"]), ["g6.12xlarge", "g6.xlarge"]);
    }
}
