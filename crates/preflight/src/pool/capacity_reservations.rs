//! Node pools for reserved capacity have a usable capacity reservation.

use super::admitted::{Exclusion, RESERVED, is_usable, refusal};
use super::{Asked, Class, Pool, PoolCheck, View};
use crate::facts::{Availability, CapacityReservation, Family};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::reservations::ReservationTerm;
use render::karpenter::instance_labels::{CAPACITY_TYPE, INSTANCE_TYPE};
use render::karpenter::instance_type::Zone;
use render::karpenter::requirements::Operator;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_capacity_reservations",
    finds: "Reports node pools with capacity type `reserved` whose node class does not select a capacity reservation, \
            or selects only reservations that are not active or that the requirements or the subnets exclude. Also \
            reports node pools that exclude `reserved`, although the node class selects reservations.",
    offers: true,
    reads: &[Family::CapacityReservations],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// How the requirements treat reserved capacity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// It is the only capacity type.
    Only,
    /// It is one of several listed capacity types.
    Named,
    /// It is allowed, but not listed.
    Allowed,
    /// It is excluded.
    Excluded,
}

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let pool = view.pool;
    let Some(class) = &pool.class else { return };
    let asked: Vec<_> = pool.requirements.iter().filter(|each| each.requirement.label() == CAPACITY_TYPE).collect();
    // Without a requirement, all capacity types are allowed, and there is no argument to report.
    let Some(first) = asked.first() else { return };
    let (wish, has_terms) = (wish(&asked), !class.reservation_terms.is_empty());
    match (wish, has_terms) {
        (Wish::Excluded, true) => verdicts.warning(&first.path, excluded(class)),
        (Wish::Only | Wish::Named, false) => {
            let found = format!("Node class {} does not select capacity reservations.", class.name);
            let fix = "Select capacity reservations in the node class, or change the capacity types.";
            let finding = Finding::new("Node class does not select capacity reservations", found, why(wish), fix);
            verdicts.push(effect(wish, true), &first.path, finding);
        }
        (Wish::Only | Wish::Named, true) => of_reservations(view, class, wish, first, verdicts),
        (Wish::Allowed, _) | (Wish::Excluded, false) => {}
    }
}

fn wish(asked: &[&Asked]) -> Wish {
    let allows = |name: &str| asked.iter().all(|each| each.requirement.allows(Some(name)));
    let is_named = asked.iter().any(|each| {
        each.requirement.operator == Operator::In && each.requirement.values.iter().any(|value| value == RESERVED)
    });
    match (allows(RESERVED), allows("on-demand") || allows("spot")) {
        (false, _) => Wish::Excluded,
        (true, false) => Wish::Only,
        (true, true) if is_named => Wish::Named,
        (true, true) => Wish::Allowed,
    }
}

fn why(wish: Wish) -> &'static str {
    if wish == Wish::Only {
        "The node pool becomes ready but never launches a node, and no error is reported."
    } else {
        "The node pool does not launch nodes in reserved capacity, and no error is reported. Its nodes use the other \
         capacity types."
    }
}

/// A pool without another capacity type cannot work. `is_lasting` is false if a reservation can start or be created
/// later.
fn effect(wish: Wish, is_lasting: bool) -> Effect {
    if wish == Wish::Only && is_lasting { Effect::BlocksApply } else { Effect::Warns }
}

fn excluded(class: &Class) -> Finding {
    let terms: Vec<_> = class.reservation_terms.iter().map(|term| term.to_string()).collect();
    let found = format!(
        "The requirements exclude capacity type {RESERVED}, but node class {} selects capacity reservations with {}.",
        class.name,
        terms.join(" or with ")
    );
    let why = "The nodes of this pool never use the reserved capacity, which is billed even if it is unused.";
    let fix = format!("Add {RESERVED:?} to the capacity types, or use a node class without capacity reservations.");
    Finding::new("Node pool does not use capacity reservations", found, why, fix)
}

fn of_reservations(view: &View<'_>, class: &Class, wish: Wish, first: &Asked, verdicts: &mut CheckFindings) {
    let Some(all) = &view.pool.reservations else { return };
    let terms = &class.reservation_terms;
    let selected: Vec<_> =
        all.iter().filter(|reservation| terms.iter().any(|term| term.selects(reservation))).collect();
    let obstacles: Option<Vec<_>> =
        selected.iter().map(|reservation| launch_blocker(view, reservation).map(|why| (*reservation, why))).collect();
    let Some(obstacles) = obstacles else { return };
    let reasons: Vec<_> =
        obstacles.iter().map(|(reservation, why)| format!("Capacity reservation {} {why}.", reservation.id)).collect();
    let found = if reasons.is_empty() {
        let terms: Vec<_> = terms.iter().map(ToString::to_string).collect();
        format!(
            "Node class {} selects capacity reservations with {}, but the account has none.",
            class.name,
            terms.join(" or ")
        )
    } else {
        reasons.join(" ")
    };
    let is_in = |state: Availability| selected.iter().any(|reservation| reservation.availability() == state);
    // Another reservation with the tags can be created at any time; one with the ID cannot.
    let by_id = terms.iter().all(|term| matches!(term, ReservationTerm::Id(_)));
    let is_lasting = !is_in(Availability::Later) && (by_id || is_in(Availability::Active));
    let fix = "Select an active capacity reservation whose instance type and zone are allowed by the requirements and \
               the node class subnets, or change the requirements.";
    let finding = Finding::new("Node pool cannot use a capacity reservation", found, why(wish), fix);
    verdicts.push(effect(wish, is_lasting), &first.path, finding);
}

/// Returns why the pool does not launch instances in the reservation, as the end of a sentence, or `None` if it can.
fn launch_blocker(view: &View<'_>, reservation: &CapacityReservation) -> Option<String> {
    let CapacityReservation { instance_type, zone, zone_id, .. } = reservation;
    reservation
        .why_not_now()
        .or_else(|| label_obstacle(view.pool, reservation))
        .or_else(|| type_obstacle(view, instance_type))
        .or_else(|| {
            let own = Zone { name: zone.clone(), id: zone_id.clone() };
            let text =
                format!("is in {zone} ({zone_id}), which the requirements or the subnets of the node class exclude");
            (!is_usable(view.pool, &own)).then_some(text)
        })
}

/// Requirements can specify single reservations and their type.
fn label_obstacle(pool: &Pool, reservation: &CapacityReservation) -> Option<String> {
    let value = |label: &str| match label.strip_prefix(pool.controller.prefix())? {
        "capacity-reservation-id" => Some(reservation.id.as_str()),
        "capacity-reservation-type" => Some(reservation.kind.as_str()),
        _ => None,
    };
    let refuses =
        |asked: &&Asked| value(asked.requirement.label()).is_some_and(|value| !asked.requirement.allows(Some(value)));
    pool.requirements.iter().find(refuses).map(|asked| format!("does not match {}", asked.requirement))
}

fn type_obstacle(view: &View<'_>, name: &str) -> Option<String> {
    let Some(offer) = view.offers.iter().find(|offer| offer.instance_type.name == name) else {
        let refuses =
            |asked: &&Asked| asked.requirement.label() == INSTANCE_TYPE && !asked.requirement.allows(Some(name));
        let asked = view.pool.requirements.iter().find(refuses)?;
        return Some(format!("is for {name}, which does not match {}", asked.requirement));
    };
    match refusal(view.pool, offer)? {
        Exclusion::Requirements(asked) => {
            let asked: Vec<_> = asked.iter().map(|asked| asked.requirement.to_string()).collect();
            Some(format!("is for {name}, which does not match {}", asked.join(" and ")))
        }
        Exclusion::Controller => Some(format!("is for {name}, which EKS Auto Mode does not launch")),
        Exclusion::Network => {
            Some(format!("is for {name}, which does not support the network interfaces of the node class"))
        }
        Exclusion::Image => Some(format!("is for {name}, for which the node class has no AMI")),
        // The zone of the reservation is compared instead.
        Exclusion::Zones => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value as Json, json};

    use super::super::testing::{class, found, only, pool, zone};
    use super::*;
    use crate::facts::{Ask, Fact, FactResult};

    const KEY: &str = "karpenter.sh/capacity-type";

    fn reservation() -> CapacityReservation {
        CapacityReservation {
            id: "cr-1".to_owned(),
            instance_type: "p5e.48xlarge".to_owned(),
            zone: "us-east-1b".to_owned(),
            zone_id: "use1-az2".to_owned(),
            state: "active".to_owned(),
            kind: "default".to_owned(),
            tags: [("team".to_owned(), "ml".to_owned())].into(),
            ..CapacityReservation::default()
        }
    }

    /// A pool of these requirements, whose class has these terms.
    fn with(requirements: &[(&str, Operator, &[&str])], terms: &[Json], reservations: &[CapacityReservation]) -> Pool {
        let class = Class { reservation_terms: terms.iter().map(ReservationTerm::parse).collect(), ..class() };
        let mut pool = Pool { class: Some(class), ..pool(requirements) };
        pool.learn(&[Fact::CapacityReservations((), FactResult::Known(reservations.to_vec()))]);
        pool
    }

    fn only_reserved() -> (&'static str, Operator, &'static [&'static str]) {
        (KEY, Operator::In, &["reserved"])
    }

    #[track_caller]
    fn finds(pool: &Pool, effect: Effect, words: &[&str]) {
        let (verdict, text) = only(&CHECK, pool);
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
        let path = &pool.requirements.iter().find(|asked| asked.requirement.key == KEY).expect("it is required").path;
        assert_eq!((verdict.effect, &verdict.path), (effect, path), "{text}");
    }

    #[test]
    fn usable_reservation_passes() {
        let all = [reservation()];
        for terms in [json!({"id": "cr-1"}), json!({"tags": {"team": "ml"}})] {
            assert_eq!(found(&CHECK, &with(&[only_reserved()], &[terms], &all)), []);
        }
        assert_eq!(found(&CHECK, &with(&[], &[], &[])), []);
        assert_eq!(found(&CHECK, &Pool { class: None, ..with(&[only_reserved()], &[], &[]) }), []);
        let unread = Pool { reservations: None, ..with(&[only_reserved()], &[json!({"id": "cr-9"})], &[]) };
        assert_eq!(found(&CHECK, &unread), []);
    }

    #[test]
    fn reserved_pool_requires_terms() {
        let words = &["Node class gpu does not select capacity reservations."];
        finds(&with(&[only_reserved()], &[], &[]), Effect::BlocksApply, words);
        let several = (KEY, Operator::In, &["reserved", "on-demand"][..]);
        finds(&with(&[several], &[], &[]), Effect::Warns, &["use the other capacity types"]);
        let unnamed = (KEY, Operator::NotIn, &["spot"][..]);
        assert_eq!(found(&CHECK, &with(&[unnamed], &[], &[])), []);
    }

    #[test]
    fn pool_that_excludes_reserved_is_reported() {
        let spot = (KEY, Operator::In, &["spot"][..]);
        let terms = [json!({"id": "cr-1"})];
        finds(
            &with(&[spot], &terms, &[reservation()]),
            Effect::Warns,
            &["never use", "selects capacity reservations with ID cr-1"],
        );
        assert_eq!(found(&CHECK, &with(&[spot], &[], &[])), []);
    }

    #[test]
    fn reservation_must_exist_and_be_active() {
        let by_id = [json!({"id": "cr-1"})];
        let by_tag = [json!({"tags": {"team": "ml"}})];
        let reserved = [only_reserved()];
        finds(
            &with(&reserved, &by_id, &[]),
            Effect::BlocksApply,
            &["Node class gpu selects capacity reservations with ID cr-1, but the account has none."],
        );
        finds(&with(&reserved, &by_tag, &[]), Effect::Warns, &["the tag team = ml"]);
        let state = |state: &str| [CapacityReservation { state: state.to_owned(), ..reservation() }];
        finds(
            &with(&reserved, &by_id, &state("expired")),
            Effect::BlocksApply,
            &["Capacity reservation cr-1 is expired."],
        );
        finds(
            &with(&reserved, &by_id, &state("scheduled")),
            Effect::Warns,
            &["cr-1 is scheduled and has not started."],
        );
        finds(&with(&reserved, &by_tag, &state("expired")), Effect::Warns, &["cr-1 is expired."]);
    }

    #[test]
    fn reservation_must_match_the_requirements() {
        let terms = [json!({"id": "cr-1"})];
        let with =
            |key: &str, value: &str| with(&[only_reserved(), (key, Operator::In, &[value])], &terms, &[reservation()]);
        for (key, value, words) in [
            ("node.kubernetes.io/instance-type", "g6.xlarge", "is for p5e.48xlarge, which does not match node"),
            ("K/instance-family", "g6", "is for p5e.48xlarge, which does not match karpenter"),
            ("topology.kubernetes.io/zone", "us-east-1a", "is in us-east-1b (use1-az2), which"),
            ("K/capacity-reservation-id", "cr-2", "cr-1 does not match karpenter"),
            ("K/capacity-reservation-type", "capacity-block", "cr-1 does not match karpenter"),
        ] {
            finds(&with(key, value), Effect::BlocksApply, &[words]);
        }
        assert_eq!(found(&CHECK, &with("topology.kubernetes.io/zone", "us-east-1b")), []);
        assert_eq!(found(&CHECK, &with("K/capacity-reservation-id", "cr-1")), []);
    }

    #[test]
    fn reservation_must_be_in_a_subnet_zone() {
        let mut pool = with(&[only_reserved()], &[json!({"id": "cr-1"})], &[reservation()]);
        let mut in_zones = |zones| {
            pool.class = pool.class.clone().map(|class| Class { zones: Some(zones), ..class });
            pool.clone()
        };
        assert_eq!(found(&CHECK, &in_zones(vec![zone(2)])), []);
        finds(&in_zones(vec![zone(1)]), Effect::BlocksApply, &["is in us-east-1b (use1-az2)"]);
    }

    #[test]
    fn reservation_of_another_type_is_compared_by_name() {
        let general = CapacityReservation { instance_type: "m5.large".to_owned(), ..reservation() };
        let of_type = |name| {
            let requirement = ("node.kubernetes.io/instance-type", Operator::In, name);
            with(&[only_reserved(), requirement], &[json!({"id": "cr-1"})], std::slice::from_ref(&general))
        };
        assert_eq!(found(&CHECK, &of_type(&["m5.large"])), []);
        finds(&of_type(&["m5.xlarge"]), Effect::BlocksApply, &["is for m5.large, which does not match"]);
    }

    #[test]
    fn reservations_are_read_for_terms_only() {
        let reservations = [Ask::CapacityReservations(())].into();
        assert_eq!(with(&[], &[json!({"id": "cr-1"})], &[]).asks(&BTreeSet::new()), reservations);
        assert_eq!(with(&[], &[], &[]).asks(&BTreeSet::new()), BTreeSet::new());
    }
}
