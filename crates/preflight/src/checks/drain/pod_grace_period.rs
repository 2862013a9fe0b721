//! Pods end within the time that EKS waits for a drain.

use super::INPUTS;
use crate::drain::{DrainMode, PodGroup, drain, grouped};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect};
use crate::{Check, Kind, Subject};

pub(in super::super) const CHECK: Check = Check {
    name: "pod_grace_period",
    finds: "Reports pods whose termination grace period exceeds the time for which EKS waits for the pods of a node: 15 \
            minutes in an update, and 5 minutes if the node group is deleted.",
    kinds: &[Kind::NodeGroup],
    inputs: INPUTS,
    reads: &[Family::Workloads],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    let lines: Vec<_> = grouped(drain.pods().filter(|pod| pod.grace_period_seconds > drain.mode.minutes() * 60))
        .iter()
        .map(|group| {
            let longest = group.pods.iter().map(|pod| pod.grace_period_seconds).max().unwrap_or_default();
            format!("{}: {longest} seconds", PodGroup::line(group))
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let found = "Pods on these nodes can take longer to end.";
    let why = match drain.mode {
        DrainMode::Update => {
            "EKS waits 15 minutes for the pods of a node. If they use their grace period, the update fails with \
             PodEvictionFailure."
        }
        DrainMode::ForcedUpdate => {
            "EKS waits 15 minutes for the pods of a node, then it terminates the node, and the pods end early."
        }
        DrainMode::Replacement => {
            "EKS waits 5 minutes for the pods of a node, then it terminates the node, and the pods end early."
        }
    };
    let fix = "Lower terminationGracePeriodSeconds if the pods do not require more time.";
    verdicts.warning(&drain.path, drain.finding("Pods can take longer to end than EKS waits", found, lines, why, fix));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pod, updating, with};
    use super::*;
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
