//! Every pod has a controller that creates it again.

use super::{PodFinding, check_of_pods, warn_about};
use crate::drain::drain;
use crate::facts::{Facts, Skip};
use crate::finding::CheckFindings;
use crate::{Check, Subject};

pub(in super::super) const CHECK: Check = check_of_pods(
    "pod_controllers",
    "Reports pods without a controller on nodes that an update or a replacement drains. Nothing creates them \
            again.",
    run,
);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    let lines = drain.lines(|pod| pod.owner.is_none());
    let finding = PodFinding {
        summary: "Pods without a controller are lost",
        found: "Pods on these nodes have no controller.",
        why: "EKS evicts these pods, and no Deployment, StatefulSet, or Job creates them on another node.",
        fix: "Run them in a Deployment, StatefulSet, or Job, or create them again after the apply.",
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
    use crate::facts::PodPhase;

    #[test]
    fn bare_pod_is_reported() {
        let bare = |phase, is_mirror| {
            let pod = pod("ops", "debug", |pod| {
                pod.owner = None;
                pod.phase = phase;
                pod.is_mirror = is_mirror;
            });
            with(updating(), vec![pod], Vec::new())
        };
        let words = &["Pod ops/debug on ip-1.ec2.internal"];
        fires(&CHECK, &bare(PodPhase::Running, false), Effect::Warns, "version", words);
        is_silent(&CHECK, &bare(PodPhase::Finished, false));
        is_silent(&CHECK, &bare(PodPhase::Running, true));
        is_silent(&CHECK, &with(updating(), vec![pod("ops", "debug", |_| ())], Vec::new()));
    }
}
