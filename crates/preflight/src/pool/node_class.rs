//! The node class exists.

use super::{PoolCheck, View};
use crate::finding::{CheckFindings, Effect, Finding};
use framework::path::Path;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_node_class",
    finds: "Reports node classes that do not exist in the cluster and that the same run does not create.",
    offers: false,
    reads: &[],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let Some(missing) = &view.pool.missing_class else { return };
    let found = format!("The cluster has no {missing}, and no resource in this run creates it.");
    let why = "The node pool never becomes ready: its condition NodeClassReady stays False with the reason \
               NodeClassNotFound, and nodes are not launched.";
    let fix = "Correct the name or controller. If this configuration creates the node class, reference its name \
               attribute, so that Terraform creates it first.";
    let finding = Finding::new("Node class does not exist", found, why, fix);
    verdicts.blocks_apply(&Path::attribute("node_class_name"), finding);
}

#[cfg(test)]
mod tests {
    use super::super::Pool;
    use super::super::testing::{found, found_in, healthy, only};
    use super::*;

    #[test]
    fn missing_class_blocks_the_write() {
        assert_eq!(found(&CHECK, &healthy()), []);
        let missing = Pool { missing_class: Some("EC2NodeClass gpu".to_owned()), ..healthy() };
        let (verdict, text) = only(&CHECK, &missing);
        assert_eq!((verdict.effect, verdict.path.to_string()), (Effect::BlocksApply, "node_class_name".to_owned()));
        assert!(
            text.contains("The cluster has no EC2NodeClass gpu, and") && text.contains("NodeClassNotFound"),
            "{text}"
        );
        assert_eq!(found_in(&CHECK, &missing, &[]), [verdict], "the offers do not matter");
    }
}
