//! What the API server refuses in a node pool, and what it takes and Karpenter then refuses: combinations of inputs. What
//! one value alone must be, the schema says.
//!
//! Sources: the rules of `karpenter.sh_nodepools.yaml` of Karpenter 1.15.2, the additional rules of EKS Auto Mode, and
//! `NodePool.RuntimeValidate` of Karpenter.

use std::collections::BTreeSet;

use super::super::auto_mode;
use super::super::controller::Controller;
use super::super::duration::{self, Duration};
use super::super::requirements::{Operator, Requirement};
use super::{Disruption, NodePool, Placed, Taint, keys, schedule};
use crate::node::check::labels;
use crate::node::{Finding, Place};

/// As many labels and requirements as Karpenter takes.
const MOST_REQUIREMENTS: usize = 100;

/// The longest life of a node of EKS Auto Mode, with the time that draining it may take.
const LONGEST_HOURS: u64 = 21 * 24;

/// Everything that is wrong with the combination of inputs.
#[must_use]
pub fn check(pool: &NodePool) -> Vec<Finding> {
    let mut found = Vec::new();
    label_keys(pool, &mut found);
    for placed in &pool.requirements {
        requirement_key(placed, pool.controller, &mut found);
        requirement_values(placed, &mut found);
    }
    if pool.requirements.len() + pool.labels.len() > MOST_REQUIREMENTS {
        let text = format!(
            "There are {} requirements and {} labels; Karpenter takes {MOST_REQUIREMENTS} together.",
            pool.requirements.len(),
            pool.labels.len()
        );
        found.push(Finding::error(Place::of("requirement"), text));
    }
    taints(pool, &mut found);
    lifetime(pool, &mut found);
    if let Some(disruption) = &pool.disruption {
        budgets(disruption, pool.controller, &mut found);
    }
    of_static_pool(pool, &mut found);
    if pool.controller == Controller::AutoMode {
        families(pool, &mut found);
    }
    found
}

fn label_keys(pool: &NodePool, found: &mut Vec<Finding>) {
    for (key, value) in &pool.labels {
        let place = Place::of("node_labels").key(key);
        if let Some(why) = keys::refused(key, pool.controller) {
            found.push(Finding::error(place, format!("A node pool may not set the label {key}: {why}.")));
        } else if let Err(why) = labels::key_of(key) {
            found.push(Finding::error(place, format!("{key:?} cannot be the key of a label: {why}.")));
        } else if let Err(why) = labels::value_of(value) {
            found.push(Finding::error(place, format!("{value:?} cannot be the value of a label: {why}.")));
        }
    }
    for key in pool.annotations.keys() {
        if let Err(why) = labels::key_of(key) {
            let place = Place::of("node_annotations").key(key);
            found.push(Finding::error(place, format!("{key:?} cannot be the key of an annotation: {why}.")));
        }
    }
}

fn requirement_key(placed: &Placed<Requirement>, controller: Controller, found: &mut Vec<Finding>) {
    let key = placed.value.key.as_str();
    let mut error = |text: String| found.push(Finding::error(placed.place.then("key"), text));
    if let Err(why) = labels::key_of(key) {
        error(format!("{key:?} cannot be the key of a label: {why}."));
    } else if let Some(why) = keys::refused(key, controller) {
        error(format!("A node pool may not ask for the label {key}: {why}."));
    } else if let Some(own) = keys::of_the_other(key, controller) {
        let (whose, pools) = match controller {
            Controller::Karpenter => ("EKS Auto Mode", "Karpenter"),
            Controller::AutoMode => ("Karpenter", "EKS Auto Mode"),
        };
        let what_to_do = match own {
            Some(own) => format!("Write {own}, or set controller = {:?}.", controller.other().name()),
            None => format!("{pools} has nothing like it; remove the requirement."),
        };
        error(format!("{key} is a label of {whose}: no node of a pool of {pools} has it. {what_to_do}"));
    } else if controller == Controller::AutoMode && keys::is_of_operating_system(key) {
        error(format!("EKS Auto Mode runs Bottlerocket alone and does not support {key}. Remove the requirement."));
    }
}

/// Places inside of a requirement exist only where the user wrote one; those of the block `gpu` are right by their making.
fn requirement_values(placed: &Placed<Requirement>, found: &mut Vec<Finding>) {
    let Requirement { key, operator, values, min_values } = &placed.value;
    let name = operator.name();
    let mut error = |part: &str, text: String| found.push(Finding::error(placed.place.then(part), text));
    match operator {
        Operator::In if values.is_empty() => {
            error(
                "values",
                format!("The operator In needs at least one value for {key}. To ask for any value, use Exists."),
            );
        }
        Operator::NotIn if values.is_empty() => {
            error("values", format!("The operator NotIn needs at least one value for {key}, else it is Exists."));
        }
        Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
            error("values", format!("The operator {name} takes no values for {key}. Remove them, or use In or NotIn."));
        }
        operator if operator.is_numeric() => {
            let is_number = |value: &String| value.parse::<i64>().is_ok_and(|number| number >= 0);
            if values.len() != 1 || !values.iter().all(is_number) {
                let given = values.join(", ");
                let text =
                    format!("The operator {name} needs exactly one whole number from 0 on for {key}; got [{given}].");
                error("values", text);
            }
        }
        _ => {}
    }
    if let Some(least) = min_values.filter(|_| *operator == Operator::In)
        && usize::try_from(least).is_ok_and(|least| values.len() < least)
    {
        let text =
            format!("{least} values of {key} cannot be had from {}. Name more values, or ask for fewer.", values.len());
        error("min_values", text);
    }
    for (index, value) in values.iter().enumerate() {
        if let Err(why) = labels::value_of(value) {
            let text = format!("{value:?} cannot be the value of the label {key}: {why}.");
            found.push(Finding::error(placed.place.then("values").index(index), text));
        }
    }
}

fn taints(pool: &NodePool, found: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for Placed { place, value: Taint { key, value, effect } } in pool.taints.iter().chain(&pool.startup_taints) {
        if let Err(why) = labels::key_of(key) {
            found.push(Finding::error(place.then("key"), format!("{key:?} cannot be the key of a taint: {why}.")));
        }
        if let Err(why) = labels::value_of(value) {
            found
                .push(Finding::error(place.then("value"), format!("{value:?} cannot be the value of a taint: {why}.")));
        }
        if !seen.insert((key, effect)) {
            let text = format!(
                "There is another taint with the key {key} and the effect {effect} in taints or startup_taints; a node takes one of each."
            );
            found.push(Finding::error(place.clone(), text));
        }
    }
}

fn lifetime(pool: &NodePool, found: &mut Vec<Finding>) {
    let expires = pool.expire_after.as_deref().map(Duration::parse);
    let drains = pool.termination_grace_period.as_deref().map(duration::seconds);
    if pool.controller == Controller::Karpenter {
        return;
    }
    let hours = |seconds: u64| seconds.div_ceil(3600);
    match (expires.unwrap_or(Ok(Duration::Seconds(336 * 3600))), drains.unwrap_or(Ok(24 * 3600))) {
        (Ok(Duration::Never), _) => {
            let text = format!(
                "EKS Auto Mode replaces every node within 21 days, so expire_after cannot be Never. Use at most {}h.",
                LONGEST_HOURS - 24
            );
            found.push(Finding::error(Place::of("expire_after"), text));
        }
        (Ok(Duration::Seconds(lives)), Ok(drains)) if lives.saturating_add(drains) > LONGEST_HOURS * 3600 => {
            let is_long = pool.expire_after.is_some();
            let left = LONGEST_HOURS.saturating_sub(hours(if is_long { drains } else { lives }));
            let (place, other) = if is_long {
                ("expire_after", "termination_grace_period (24h unless given)")
            } else {
                ("termination_grace_period", "expire_after (336h unless given)")
            };
            let text = format!(
                "EKS Auto Mode replaces every node within 21 days ({LONGEST_HOURS}h): {place} and {other} together are {}h. \
                 Use at most {left}h here.",
                hours(lives.saturating_add(drains))
            );
            found.push(Finding::error(Place::of(place), text));
        }
        _ => {}
    }
}

fn budgets(disruption: &Disruption, controller: Controller, found: &mut Vec<Finding>) {
    for (index, budget) in disruption.budgets.iter().flatten().enumerate() {
        let place = Place::of("disruption").then("budget").index(index);
        let mut error = |part: &str, text: String| found.push(Finding::error(place.then(part), text));
        match (&budget.schedule, &budget.duration) {
            (Some(_), None) => {
                error("duration", "A budget with a schedule needs a duration: how long it counts each time.".to_owned())
            }
            (None, Some(_)) => {
                error("schedule", "A budget with a duration needs a schedule: when it begins to count.".to_owned())
            }
            _ => {}
        }
        if let Some(Err(why)) = budget.schedule.as_deref().map(schedule::check) {
            let text = format!(
                "The schedule {why}. It is five fields of cron in UTC, such as \"0 9 * * mon-fri\", or @daily."
            );
            error("schedule", text);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = budget.reasons.iter().find(|reason| !seen.insert(*reason)) {
            error("reasons", format!("The reason {twice} is there twice. Name each once."));
        }
        if controller == Controller::Karpenter && budget.reasons.iter().any(|reason| reason == "NodeNotHealthy") {
            error("reasons", "Only EKS Auto Mode knows the reason NodeNotHealthy.".to_owned());
        }
    }
}

fn of_static_pool(pool: &NodePool, found: &mut Vec<Finding>) {
    if pool.replicas.is_none() {
        return;
    }
    for name in pool.limits.keys().filter(|name| *name != "nodes") {
        let text = format!(
            "A pool with replicas has a fixed number of nodes and can be limited by nodes alone, not by {name}. Remove this limit, or replicas."
        );
        found.push(Finding::error(Place::of("limits").key(name), text));
    }
    if pool.weight.is_some() {
        let text = "A pool with replicas has its nodes whether pods wait or not, so that it has no weight. Remove weight, or replicas.";
        found.push(Finding::error(Place::of("weight"), text));
    }
}

/// What no node of EKS Auto Mode is.
fn families(pool: &NodePool, found: &mut Vec<Finding>) {
    for placed in pool.requirements.iter().filter(|placed| placed.value.operator == Operator::In) {
        let is_of_types = placed.value.label() == "node.kubernetes.io/instance-type";
        if !is_of_types && placed.value.key != "eks.amazonaws.com/instance-family" {
            continue;
        }
        let is_lacking = |value: &String| {
            let (family, size) = value.split_once('.').unwrap_or((value, ""));
            auto_mode::starts(family) == Some(false) || ["nano", "micro", "small"].contains(&size)
        };
        let (lacking, left): (Vec<_>, Vec<_>) = placed.value.values.iter().partition(|value| is_lacking(value));
        if lacking.is_empty() {
            continue;
        }
        let names = lacking.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let finding = if left.is_empty() {
            let text = format!(
                "EKS Auto Mode starts no nodes of {names}, so this pool would never have one. Choose others, or use Karpenter."
            );
            Finding::error(placed.place.clone(), text)
        } else {
            Finding::warning(
                placed.place.clone(),
                format!("EKS Auto Mode starts no nodes of {names}; the others remain."),
            )
        };
        found.push(finding);
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
