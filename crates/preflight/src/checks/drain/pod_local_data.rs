//! No pod keeps data on its node.

use super::{PodFinding, check_of_pods, warn_about};
use crate::drain::drain;
use crate::facts::{Facts, Owner, Pod, Skip};
use crate::finding::CheckFindings;
use crate::{Check, Subject};

pub(in super::super) const CHECK: Check = check_of_pods(
    "pod_local_data",
    "Reports pods of StatefulSets and Jobs that have an emptyDir volume on disk, no PersistentVolumeClaim, and \
            not the annotation cluster-autoscaler.kubernetes.io/safe-to-evict: \"true\". Their data is lost when an \
            update or a replacement drains the node.",
    run,
);

/// In a Deployment, or in a pod with a claim, an `emptyDir` usually contains only temporary files.
fn has_local_data(pod: &Pod) -> bool {
    let keeps_data = matches!(pod.owner, Some(Owner::StatefulSet(_) | Owner::Job(_)));
    keeps_data && pod.has_empty_dir && !pod.has_claim && pod.safe_to_evict != Some(true)
}

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let drain = drain(subject, facts)?;
    let lines = drain.lines(has_local_data);
    let finding = PodFinding {
        summary: "Pods lose data on their nodes",
        found: "Pods on these nodes use emptyDir volumes on disk.",
        why: "The data in an emptyDir volume is deleted with the pod.",
        fix: "Make sure that the pods do not need this data, or move it to a PersistentVolumeClaim. To confirm that \
               the data is temporary, set the annotation cluster-autoscaler.kubernetes.io/safe-to-evict: \"true\".",
    };
    warn_about(&drain, lines, &finding, verdicts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pod, updating, with};
    use super::*;
    use crate::Effect;
    use crate::checks::testing::{World, fires, is_silent};

    fn database(change: impl FnOnce(&mut Pod)) -> World {
        let pod = pod("shop", "db-0", |pod| {
            pod.owner = Some(Owner::StatefulSet("db".to_owned()));
            pod.has_empty_dir = true;
            change(pod);
        });
        with(updating(), vec![pod], Vec::new())
    }

    #[test]
    fn stateful_set_with_an_empty_dir_is_reported() {
        fires(
            &CHECK,
            &database(|_| ()),
            Effect::Warns,
            "version",
            &["StatefulSet shop/db: db-0 on ip-1", "is deleted"],
        );
        is_silent(&CHECK, &database(|pod| pod.has_claim = true));
        is_silent(&CHECK, &database(|pod| pod.safe_to_evict = Some(true)));
        is_silent(&CHECK, &database(|pod| pod.has_empty_dir = false));
        is_silent(&CHECK, &database(|pod| pod.owner = Some(Owner::Deployment("db".to_owned()))));
    }
}
