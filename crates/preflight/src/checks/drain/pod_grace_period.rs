//! Pods end within the time that EKS waits for a drain.

use super::{PodFinding, check_of_pods, warn_about};
use crate::drain::{DrainMode, PodGroup, drain, grouped};
use crate::facts::{Facts, Skip};
use crate::finding::CheckFindings;
use crate::{Check, Subject};

pub(in super::super) const CHECK: Check = check_of_pods(
    "pod_grace_period",
    "Reports pods whose termination grace period exceeds the time for which EKS waits for the pods of a node: 15 \
            minutes in an update, and 5 minutes if the node group is deleted.",
    run,
);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    let lines: Vec<_> = grouped(drain.pods().filter(|pod| pod.grace_period_seconds > drain.mode.minutes() * 60))
        .iter()
        .map(|group| {
            let longest = group.pods.iter().map(|pod| pod.grace_period_seconds).max().unwrap_or_default();
            format!("{}: {longest} seconds", PodGroup::line(group))
        })
        .collect();
    let who = match drain.mode {
        DrainMode::DrainedReplacement(_) | DrainMode::ForcedReplacement(_) => "The provider",
        DrainMode::Update | DrainMode::ForcedUpdate | DrainMode::Replacement => "EKS",
    };
    let then = match drain.mode {
        DrainMode::Update => ". If they use their grace period, the update fails with PodEvictionFailure.",
        DrainMode::DrainedReplacement(_) => ". If they use their grace period, the deletion fails.",
        // The provider waits for the pods that it deletes.
        DrainMode::ForcedReplacement(_) => ", then it deletes the remaining pods, so the deletion takes longer.",
        DrainMode::ForcedUpdate | DrainMode::Replacement => ", then it terminates the node, and the pods end early.",
    };
    let why = format!("{who} waits {} minutes for the pods of a node{then}", drain.mode.minutes());
    let finding = PodFinding {
        summary: "Pods can take longer to end than the drain waits",
        found: "Pods on these nodes can take longer to end.",
        why: &why,
        fix: "Lower terminationGracePeriodSeconds if the pods do not require more time.",
    };
    warn_about(&drain, lines, &finding, verdicts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pod, updating, with};
    use super::*;
    use crate::Effect;
    use crate::checks::testing::{fires, is_silent};

    #[test]
    fn long_grace_period_is_reported() {
        let world = |seconds| {
            let pod = pod("shop", "web-1", |pod| pod.grace_period_seconds = seconds);
            with(updating(), vec![pod], Vec::new())
        };
        fires(&CHECK, &world(901), Effect::Warns, "version", &["web-1 on ip-1.ec2.internal: 901 seconds"]);
        is_silent(&CHECK, &world(900));
    }
}
