//! Evicted pods do not come back to the nodes.

use super::{PodFinding, check_of_pods, warn_about};
use crate::drain::{DrainMode, drain};
use crate::facts::{Facts, Skip};
use crate::finding::CheckFindings;
use crate::{Check, Subject};

pub(in super::super) const CHECK: Check = check_of_pods(
    "pod_tolerations",
    "Reports pods, other than those of DaemonSets, that tolerate the taint of cordoned nodes. After an eviction, \
            the scheduler can place them on the node that is being drained.",
    run,
);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    // Pods without an owner are not created again.
    let lines = drain.lines(|pod| pod.tolerates_cordon && pod.owner.is_some());
    let result = match drain.mode {
        DrainMode::Update => "the node is never empty, and the update fails with PodEvictionFailure.".to_owned(),
        DrainMode::DrainedReplacement(_) => "the node is never empty, and the deletion fails.".to_owned(),
        mode => format!("the drain of a node takes {} minutes.", mode.minutes()),
    };
    let why = format!(
        "A toleration of all taints, or of node.kubernetes.io/unschedulable, allows the new pod to be scheduled on \
         the same node. If this repeats, {result}"
    );
    let finding = PodFinding {
        summary: "Pods can return to cordoned nodes",
        found: "Pods on these nodes tolerate cordoned nodes.",
        why: &why,
        fix: "Limit the tolerations to the taints that the pods require.",
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
    use crate::facts::Owner;

    #[test]
    fn deployment_that_tolerates_everything_is_reported() {
        let tolerant = |owner| {
            pod("shop", "web-1", |pod| {
                pod.tolerates_cordon = true;
                pod.owner = owner;
            })
        };
        let world = |owner| with(updating(), vec![tolerant(owner)], Vec::new());
        let deployment = world(Some(Owner::Deployment("web".to_owned())));
        fires(&CHECK, &deployment, Effect::Warns, "version", &["Deployment shop/web", "fails with PodEvictionFailure"]);
        is_silent(&CHECK, &world(Some(Owner::DaemonSet("agent".to_owned()))));
        is_silent(&CHECK, &world(None));
        is_silent(&CHECK, &with(updating(), vec![pod("shop", "web-1", |_| ())], Vec::new()));
    }
}
