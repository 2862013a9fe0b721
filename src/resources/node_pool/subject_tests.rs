//! The conditions for checking a node pool, and the data of its node class.

use std::sync::Arc;

use serde_json::json;

use super::super::model::GpuInput;
use super::*;
use clients::errors::ErrorKind;
use clients::kube::fake::{Fake, refusal};
use clients::kube::{EC2_NODE_CLASS, Object};
use framework::blocks::Blocks;
use framework::model::{Attr, List, Map};
use preflight::pool::Class;
use render::karpenter::form::Form;

fn pool() -> NodePool {
    let gpu = GpuInput { instance_categories: List::of(["g".to_owned()]), ..GpuInput::default() };
    NodePool {
        controller: "karpenter".into(),
        node_class_name: "gpu".into(),
        gpu: Blocks::Known(Some(Box::new(gpu))),
        limits: Map::of([("cpu".to_owned(), "8".to_owned())]),
        ..NodePool::default()
    }
}

#[test]
fn pool_is_looked_at_when_it_is_new_or_something_of_it_changes() {
    let is_new = |prior: Option<NodePool>, planned: NodePool| is_new_to_the_checks(prior.as_ref(), &planned);
    assert!(is_new(None, pool()));
    assert!(!is_new(Some(pool()), pool()));
    assert!(!is_new(Some(pool()), NodePool { weight: Attr::Known(3), expire_after: "24h".into(), ..pool() }));
    let limits = Map::of([("cpu".to_owned(), "9".to_owned())]);
    for changed in [
        NodePool { limits, ..pool() },
        NodePool { node_class_name: "other".into(), ..pool() },
        NodePool { gpu: Blocks::Known(Some(Box::default())), ..pool() },
        // Only the node class is skipped.
        NodePool { node_class_name: Attr::Unknown, node_labels: Attr::Unknown, ..pool() },
    ] {
        assert!(is_new(Some(pool()), changed.clone()), "{changed:?}");
    }
    for unknown in [
        NodePool { requirement: Blocks::Unknown, ..pool() },
        NodePool { efa_instance_types: Attr::Unknown, ..pool() },
        NodePool { gpu: Blocks::Unknown, ..pool() },
    ] {
        assert!(!is_new(None, unknown.clone()), "{unknown:?}");
    }
}

#[test]
fn paths_match_configured_arguments() {
    let subject = subject(&pool());
    assert_eq!(subject.requirements[0].path.to_string(), "gpu.instance_categories");
    assert_eq!(subject.requirements_path.to_string(), "gpu");
    assert_eq!(subject.limits[0].path.to_string(), "limits[\"cpu\"]");
    let without = NodePool { gpu: Blocks::Known(None), ..pool() };
    assert_eq!(super::subject(&without).requirements_path.to_string(), "requirement");
}

#[tokio::test]
async fn class_lookup_follows_pool_controller_and_name() {
    let fake = Arc::new(Fake::default());
    let found = async |pool: NodePool| {
        let work = Work::new(Form::Gpu, fake.clone(), Arc::new(RunLedger::default()), "us-east-1", &pool);
        class(&work, &pool, Some(work.ledger())).await.of(subject(&pool))
    };
    assert_eq!(found(pool()).await.missing_class.as_deref(), Some("EC2NodeClass gpu"));
    let auto_mode = || NodePool { controller: "auto_mode".into(), ..pool() };
    assert_eq!(found(auto_mode()).await.missing_class.as_deref(), Some("NodeClass gpu"));
    let unknown = found(NodePool { node_class_name: Attr::Unknown, ..pool() }).await;
    assert_eq!((unknown.class, unknown.missing_class), (None, None));
    let object = Object::of_cluster(EC2_NODE_CLASS, "gpu");
    fake.put(&object, "kubectl", "Apply", json!({"spec": {"amiSelectorTerms": [{"alias": "al2023@latest"}]}}));
    let there = found(pool()).await;
    assert!(there.missing_class.is_none() && there.class.is_some_and(|class| class.family.is_some()));
}

#[tokio::test]
async fn device_plugin_detection_uses_daemon_sets_and_ami_family() {
    let fake = Arc::new(Fake::default());
    let plugin = json!({"metadata": {"namespace": "nvidia", "name": "nvidia-device-plugin"}});
    fake.world().objects.insert("/apis/apps/v1/daemonsets/a".to_owned(), plugin);
    let found = daemon_sets(fake.as_ref()).await;
    assert!(
        found.as_ref().is_some_and(|all| all.len() == 1 && all[0].device() == Some(Device::NvidiaGpu)),
        "{found:?}"
    );
    let family = |family| Some(Class { family, ..Class::default() });
    let ground =
        |class, daemon_sets| PoolSubject { pool: Pool { class, daemon_sets, ..subject(&pool()) }, skip: [].into() };
    assert!(ground(family(Some(AmiFamily::AmazonLinux)), found.clone()).knows_the_plugin());
    assert!(
        !ground(family(Some(AmiFamily::AmazonLinux)), Some(vec![])).knows_the_plugin(),
        "its chart can be installed later"
    );
    assert!(ground(family(Some(AmiFamily::Bottlerocket)), None).knows_the_plugin());
    assert!(!ground(None, found).knows_the_plugin());
    fake.world().errors.push_back(("LIST", refusal(ErrorKind::Denied, "Forbidden")));
    assert_eq!(daemon_sets(fake.as_ref()).await, None);
}
