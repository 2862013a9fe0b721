//! Combinations of arguments in a node pool that the API server rejects, or that it accepts but Karpenter rejects. The
//! schema validates single values.
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

/// Maximum number of labels and requirements in Karpenter.
const MOST_REQUIREMENTS: usize = 100;

/// Maximum lifetime of an EKS Auto Mode node in hours, including the time to drain it.
const LONGEST_HOURS: u64 = 21 * 24;

/// Returns all errors in the combination of arguments.
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
            "Karpenter supports at most {MOST_REQUIREMENTS} requirements and labels in total, got: {} and {}.",
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
            found.push(Finding::error(place, format!("A node pool cannot set the label {key}: {why}.")));
        } else if let Err(why) = labels::key_of(key) {
            found.push(Finding::error(place, format!("{key:?} is not a valid label key: {why}.")));
        } else if let Err(why) = labels::value_of(value) {
            found.push(Finding::error(place, format!("{value:?} is not a valid label value: {why}.")));
        }
    }
    for key in pool.annotations.keys() {
        if let Err(why) = labels::key_of(key) {
            let place = Place::of("node_annotations").key(key);
            found.push(Finding::error(place, format!("{key:?} is not a valid annotation key: {why}.")));
        }
    }
}

fn requirement_key(placed: &Placed<Requirement>, controller: Controller, found: &mut Vec<Finding>) {
    let key = placed.value.key.as_str();
    let mut error = |text: String| found.push(Finding::error(placed.place.then("key"), text));
    if let Err(why) = labels::key_of(key) {
        error(format!("{key:?} is not a valid label key: {why}."));
    } else if let Some(why) = keys::refused(key, controller) {
        error(format!("A node pool cannot require the label {key}: {why}."));
    } else if let Some(own) = keys::of_the_other(key, controller) {
        let (whose, pools) = match controller {
            Controller::Karpenter => ("EKS Auto Mode", "Karpenter"),
            Controller::AutoMode => ("Karpenter", "EKS Auto Mode"),
        };
        let what_to_do = match own {
            Some(own) => format!("Use {own}, or set controller = {:?}.", controller.other().name()),
            None => format!("{pools} does not have an equivalent label. Remove the requirement."),
        };
        error(format!("{key} is a label of {whose}, so no node of a {pools} node pool has it. {what_to_do}"));
    } else if controller == Controller::AutoMode && keys::is_of_operating_system(key) {
        error(format!("EKS Auto Mode runs only Bottlerocket and does not support {key}. Remove the requirement."));
    }
}

/// Paths inside a requirement exist only if the user wrote the requirement. Requirements from the `gpu` block are
/// valid.
fn requirement_values(placed: &Placed<Requirement>, found: &mut Vec<Finding>) {
    let Requirement { key, operator, values, min_values } = &placed.value;
    let name = operator.name();
    let mut error = |part: &str, text: String| found.push(Finding::error(placed.place.then(part), text));
    match operator {
        Operator::In if values.is_empty() => {
            error(
                "values",
                format!("The operator In requires at least one value for {key}. To match any value, use Exists."),
            );
        }
        Operator::NotIn if values.is_empty() => {
            error(
                "values",
                format!("The operator NotIn requires at least one value for {key}. To match any value, use Exists."),
            );
        }
        Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
            error(
                "values",
                format!("The operator {name} does not support values for {key}. Remove them, or use In or NotIn."),
            );
        }
        operator if operator.is_numeric() => {
            let is_number = |value: &String| value.parse::<i64>().is_ok_and(|number| number >= 0);
            if values.len() != 1 || !values.iter().all(is_number) {
                let given = values.join(", ");
                let text =
                    format!("The operator {name} requires exactly one non-negative integer for {key}, got: [{given}].");
                error("values", text);
            }
        }
        _ => {}
    }
    if let Some(least) = min_values.filter(|_| *operator == Operator::In)
        && usize::try_from(least).is_ok_and(|least| values.len() < least)
    {
        let text = format!(
            "min_values is {least} for {key}, but the requirement has fewer values: {}. Add values, or lower \
             min_values.",
            values.len()
        );
        error("min_values", text);
    }
    for (index, value) in values.iter().enumerate() {
        if let Err(why) = labels::value_of(value) {
            let text = format!("{value:?} is not a valid value of the label {key}: {why}.");
            found.push(Finding::error(placed.place.then("values").index(index), text));
        }
    }
}

fn taints(pool: &NodePool, found: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for Placed { place, value: Taint { key, value, effect } } in pool.taints.iter().chain(&pool.startup_taints) {
        if let Err(why) = labels::key_of(key) {
            found.push(Finding::error(place.then("key"), format!("{key:?} is not a valid taint key: {why}.")));
        }
        if let Err(why) = labels::value_of(value) {
            found.push(Finding::error(place.then("value"), format!("{value:?} is not a valid taint value: {why}.")));
        }
        if !seen.insert((key, effect)) {
            let text = format!(
                "Duplicate taint with the key {key} and the effect {effect} in the taint or startup_taint blocks. A \
                 node supports only one of them."
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
                ("expire_after", "termination_grace_period (24h by default)")
            } else {
                ("termination_grace_period", "expire_after (336h by default)")
            };
            let text = format!(
                "EKS Auto Mode replaces every node within 21 days ({LONGEST_HOURS}h), but {place} and {other} are {}h \
                 in total. Use at most {left}h here.",
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
            (Some(_), None) => error(
                "duration",
                "A budget with a schedule requires a duration, which sets how long the budget applies after each start \
                 time."
                    .to_owned(),
            ),
            (None, Some(_)) => error(
                "schedule",
                "A budget with a duration requires a schedule, which sets the start times of the budget.".to_owned(),
            ),
            _ => {}
        }
        if let Some(Err(why)) = budget.schedule.as_deref().map(schedule::check) {
            let text = format!(
                "The schedule {why}. Use five cron fields in UTC, such as \"0 9 * * mon-fri\", or a name such as \
                 @daily."
            );
            error("schedule", text);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = budget.reasons.iter().find(|reason| !seen.insert(*reason)) {
            error("reasons", format!("Duplicate reason {twice}. Specify each reason once."));
        }
        if controller == Controller::Karpenter && budget.reasons.iter().any(|reason| reason == "NodeNotHealthy") {
            error("reasons", "Only EKS Auto Mode supports the reason NodeNotHealthy.".to_owned());
        }
    }
}

fn of_static_pool(pool: &NodePool, found: &mut Vec<Finding>) {
    if pool.replicas.is_none() {
        return;
    }
    for name in pool.limits.keys().filter(|name| *name != "nodes") {
        let text = format!(
            "A node pool with replicas has a fixed number of nodes and supports only a limit for nodes, not for \
             {name}. Remove this limit, or replicas."
        );
        found.push(Finding::error(Place::of("limits").key(name), text));
    }
    if pool.weight.is_some() {
        let text = "A node pool with replicas has its nodes even without pending pods, so it does not support weight. \
                    Remove weight, or replicas.";
        found.push(Finding::error(Place::of("weight"), text));
    }
}

/// Reports instance types that EKS Auto Mode does not launch.
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
                "EKS Auto Mode does not launch nodes of {names}, so this node pool would never have a node. Use other \
                 instance types, or Karpenter."
            );
            Finding::error(placed.place.clone(), text)
        } else {
            Finding::warning(
                placed.place.clone(),
                format!("EKS Auto Mode does not launch nodes of {names}. Only the other values are used."),
            )
        };
        found.push(finding);
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
