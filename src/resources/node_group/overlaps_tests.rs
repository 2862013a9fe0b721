use super::*;
use crate::resources::node_group::fake::{Fake, FakeTemplate};
use crate::resources::node_group::model::LaunchTemplate;
use framework::blocks::Blocks;

fn with_template(id: &str, name: &str) -> NodeGroup {
    let template = LaunchTemplate { id: id.into(), name: name.into(), version: "1".into() };
    NodeGroup { launch_template: Blocks::Known(vec![template]), ..NodeGroup::default() }
}

fn custom(version: Attr<String>) -> NodeGroup {
    NodeGroup { ami_type: CUSTOM.into(), version, ..NodeGroup::default() }
}

/// Returns the paths and details of the findings.
async fn found(config: &NodeGroup, prior: Option<&NodeGroup>) -> Vec<(String, String)> {
    let fake = Fake::new();
    for (id, name) in [("lt-1", "nodes"), ("lt-2", "others")] {
        let (id, name) = (id.to_owned(), name.to_owned());
        fake.world().templates.push(FakeTemplate { id, name, newest: 1, ..FakeTemplate::default() });
    }
    let mut plan = Plan::new(config.clone(), prior.cloned(), config.clone());
    check(Some(&fake), &mut plan).await;
    let each = plan.diagnostics.iter();
    each.map(|one| (one.path.as_ref().map(ToString::to_string).unwrap_or_default(), one.detail.clone())).collect()
}

#[tokio::test]
async fn template_id_and_name_must_agree() {
    assert_eq!(found(&with_template("lt-1", "nodes"), None).await, []);
    let stored = with_template("lt-1", "renamed");
    assert_eq!(found(&stored, Some(&stored)).await, []);
    for name in ["others", "missing"] {
        let found = found(&with_template("lt-1", name), Some(&stored)).await;
        assert!(matches!(&found[..], [(path, detail)] if path == "launch_template[0].name" && detail.contains(name)));
    }
}

#[tokio::test]
async fn version_with_custom_ami_must_match_state() {
    let stored = custom("1.33".into());
    assert_eq!(found(&stored, Some(&stored)).await, []);
    for (config, prior) in [(custom("1.33".into()), None), (custom("1.34".into()), Some(&stored))] {
        assert_eq!(found(&config, prior).await[0].0, "version");
    }
    assert_eq!(found(&custom(Attr::Null), Some(&stored)).await, []);
}
