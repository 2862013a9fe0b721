//! The terms select capacity reservations in which nodes can be launched.

use super::selection::{all_known, selected};
use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{CapacityReservation, Facts, Family, Skip, Subnet, both};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::reservations::ReservationTerm;
use framework::model::Attr;

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_capacity_reservations",
    finds: "Reports terms that do not select a capacity reservation, or select only reservations that have not \
            started, that have ended, or that are in a zone without a selected subnet.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::Subnets, Input::Reservations],
    reads: &[Family::Cluster, Family::CapacityReservations, Family::SelectedSubnets],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let terms = class.reservations.need()?;
    if terms.is_empty() {
        return Ok(());
    }
    class.cluster(facts)?;
    let (all, subnets) = (facts.capacity_reservations(()), subnets(class, facts));
    if let Err(needs @ Skip::Needs(_)) = both(all.clone(), subnets.clone()) {
        return Err(needs);
    }
    let all = all?.map(Vec::as_slice).unwrap_or_default();
    let known = terms.iter().filter_map(Attr::known);
    let zones = subnets.as_deref().ok();
    let unusable: Vec<_> = known.filter_map(|term| unusable(term, all, zones, &class.region)).collect();
    if !unusable.is_empty() {
        let why = format!(
            "{} does not report this: the condition CapacityReservationsReady is True even if no reservation can be \
             used. Nodes with capacity type reserved are not launched.",
            class.controller()
        );
        let fix =
            "Correct the terms, or create a capacity reservation that they select, in a zone of the selected subnets.";
        let finding = Finding::new("Capacity reservation cannot be used", unusable.join(" "), why, fix);
        verdicts.warning(&class.reservations.path, finding);
    }
    subnets.map(drop)?;
    all_known(&class.reservations)
}

/// The subnets that the class selects, if there are any to compare zones with.
fn subnets<'f>(class: &Class, facts: &'f Facts) -> Result<Vec<&'f Subnet>, Skip> {
    let found = selected(&class.subnets, |term| facts.selected_subnets(term))?;
    all_known(&class.subnets)?;
    let subnets: Vec<_> = found.iter().flat_map(|(_, subnets)| subnets.iter()).collect();
    if subnets.is_empty() { Err(Skip::Absent) } else { Ok(subnets) }
}

/// Returns why no reservation that the term selects can be used, or `None` if one can be used.
fn unusable(
    term: &ReservationTerm,
    all: &[CapacityReservation],
    subnets: Option<&[&Subnet]>,
    region: &str,
) -> Option<String> {
    let selected: Vec<_> = all.iter().filter(|reservation| term.selects(reservation)).collect();
    if selected.is_empty() {
        return Some(term.why_none(all, region));
    }
    let reasons: Option<Vec<_>> = selected.into_iter().map(|reservation| of_one(reservation, subnets)).collect();
    reasons.map(|reasons| format!("{}.", reasons.join(", and ")))
}

fn of_one(reservation: &CapacityReservation, subnets: Option<&[&Subnet]>) -> Option<String> {
    let CapacityReservation { id, zone, zone_id, .. } = reservation;
    if let Some(why) = reservation.why_not_now() {
        return Some(format!("Capacity reservation {id} {why}"));
    }
    let subnets = subnets?;
    let is_elsewhere = subnets.iter().all(|subnet| subnet.zone_id != *zone_id);
    is_elsewhere.then(|| {
        let mut zones: Vec<_> = subnets.iter().map(|subnet| subnet.zone_id.as_str()).collect();
        zones.sort_unstable();
        zones.dedup();
        format!(
            "Capacity reservation {id} is in {zone} ({zone_id}), and the selected subnets are in {}",
            zones.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::testing::{World, auto_mode, fires, is_silent, karpenter};
    use super::*;
    use crate::facts::{Fact, FactResult};

    const PATH: &str = "capacity_reservation_selector_terms";

    fn reservation() -> CapacityReservation {
        CapacityReservation {
            id: "cr-1".to_owned(),
            owner_id: "111122223333".to_owned(),
            zone: "us-east-1a".to_owned(),
            zone_id: "use1-az1".to_owned(),
            state: "active".to_owned(),
            tags: [("team".to_owned(), "ml".to_owned())].into(),
            ..CapacityReservation::default()
        }
    }

    fn with(world: World, terms: &[Json], reservations: Vec<CapacityReservation>) -> World {
        let terms = terms.iter().map(|term| Attr::Known(ReservationTerm::parse(term))).collect();
        world
            .with(Fact::CapacityReservations((), FactResult::Known(reservations)))
            .subnet(|subnet| subnet.zone_id = "use1-az1".to_owned())
            .plan(|class| class.reservations.value = Attr::Known(terms))
    }

    fn warns(world: &World, words: &[&str]) {
        fires(&CHECK, world, Effect::Warns, PATH, words);
    }

    #[test]
    fn active_reservation_in_a_subnet_zone_passes() {
        for world in [karpenter(), auto_mode()] {
            is_silent(&CHECK, &world);
            is_silent(&CHECK, &with(world.clone(), &[], vec![]));
            is_silent(&CHECK, &with(world.clone(), &[json!({"id": "cr-1"})], vec![reservation()]));
            let ended = CapacityReservation { id: "cr-0".to_owned(), state: "expired".to_owned(), ..reservation() };
            is_silent(&CHECK, &with(world, &[json!({"tags": {"team": "ml"}})], vec![ended, reservation()]));
        }
    }

    #[test]
    fn missing_reservation_is_found() {
        let missing = with(karpenter(), &[json!({"id": "cr-9"}), json!({"id": "cr-1"})], vec![reservation()]);
        warns(&missing, &["no capacity reservation with ID cr-9 in us-east-1", "Karpenter does not report this"]);
        is_silent(&CHECK, &missing.without_cluster());
        let auto = with(auto_mode(), &[json!({"tags": {"team": "web"}})], vec![reservation()]);
        warns(&auto, &["the tag team = web", "EKS Auto Mode does not report this"]);
        let owned = json!({"tags": {"team": "ml"}, "ownerID": "444455556666"});
        warns(&with(karpenter(), &[owned], vec![reservation()]), &["cr-1 belongs to account 111122223333"]);
    }

    #[test]
    fn reservation_must_be_active() {
        let term = &[json!({"id": "cr-1"})];
        let in_state = |state: &str| {
            let starts_at = Some("2027-01-31T11:30:00Z".to_owned());
            with(karpenter(), term, vec![CapacityReservation { state: state.to_owned(), starts_at, ..reservation() }])
        };
        warns(&in_state("scheduled"), &["cr-1 is scheduled and starts at 2027-01-31T11:30:00Z."]);
        for state in ["expired", "cancelled", "payment-failed"] {
            warns(&in_state(state), &[&format!("cr-1 is {state}.")]);
        }
        is_silent(&CHECK, &in_state("a-newer-state"));
    }

    #[test]
    fn reservation_must_be_in_a_subnet_zone() {
        let elsewhere =
            CapacityReservation { zone: "us-east-1c".to_owned(), zone_id: "use1-az3".to_owned(), ..reservation() };
        let elsewhere = with(karpenter(), &[json!({"id": "cr-1"})], vec![elsewhere]);
        warns(&elsewhere, &["cr-1 is in us-east-1c (use1-az3), and the selected subnets are in use1-az1."]);
        is_silent(&CHECK, &elsewhere.subnet(|subnet| subnet.zone_id = "use1-az3".to_owned()));
    }
}
