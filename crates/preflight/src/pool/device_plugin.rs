//! The cluster has the device plugins without which nodes of the pool have no GPU and no adapter to give.

use super::daemon_set::{DaemonSet, Device};
use super::{AmiFamily, Pool, PoolCheck, View};
use crate::verdict::{Effect, Finding, Verdicts};
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::{NVIDIA_GPU, devices, is_derived};
use render::karpenter::requirements::Requirement;

/// The name of the check.
pub const NAME: &str = "pool_device_plugin";

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: NAME,
    finds: "Reports clusters without a device plugin for the NVIDIA GPUs or Elastic Fabric Adapters of the node pool, and plugins \
            whose pods do not run on its nodes because of a taint or a label. EKS Auto Mode and, for GPUs, Bottlerocket include the \
            plugin. Requires `list` on DaemonSets in the cluster, and is skipped without it.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

/// What says that a node is of EKS Auto Mode.
const AUTO_MODE: &str = "eks.amazonaws.com/compute-type";
const NODE_POOL: &str = "karpenter.sh/nodepool";
/// The label of the pool that lets the plugin find its nodes without help.
const PRESENT: &str = "nvidia.com/gpu.present";

fn run(view: &View<'_>, verdicts: &mut Verdicts) {
    let pool = view.pool;
    let Some(all) = pool.daemon_sets.as_deref().filter(|_| pool.controller == Controller::Karpenter) else { return };
    if needs_gpu_plugin(view) {
        look(pool, all, &GPU, verdicts);
    }
    if pool.uses_adapters() {
        look(pool, all, &EFA, verdicts);
    }
}

/// Whether the pool may start GPUs of NVIDIA from images that have no plugin. Nothing is said of images of the user's own.
fn needs_gpu_plugin(view: &View<'_>) -> bool {
    let family = view.pool.class.as_ref().and_then(|class| class.family);
    family == Some(AmiFamily::AmazonLinux)
        && view.is_for_gpus()
        && view.admitted().iter().any(|offer| devices(&offer.instance_type).contains_key(NVIDIA_GPU))
}

/// A plugin, in words.
struct Wanted {
    device: Device,
    plugin: &'static str,
    resource: &'static str,
    install: &'static str,
}

const GPU: Wanted = Wanted {
    device: Device::NvidiaGpu,
    plugin: "NVIDIA device plugin",
    resource: "nvidia.com/gpu",
    install: "the chart nvidia-device-plugin or gpu-operator; the data source ekscompute_nvidia_device_plugin_values makes values of \
              either that fit the taints and labels of this pool",
};

const EFA: Wanted = Wanted {
    device: Device::Efa,
    plugin: "EFA device plugin",
    resource: "vpc.amazonaws.com/efa",
    install: "the chart aws-efa-k8s-device-plugin with tolerations for the taints of this pool",
};

fn look(pool: &Pool, all: &[DaemonSet], wanted: &Wanted, verdicts: &mut Verdicts) {
    let Wanted { plugin, resource, install, .. } = wanted;
    let plugins: Vec<_> = all.iter().filter(|each| each.device() == Some(wanted.device)).collect();
    let obstacles: Vec<_> = plugins.iter().map(|plugin| obstacle(pool, all, plugin)).collect();
    if obstacles.iter().any(Option::is_none) && !obstacles.is_empty() {
        return;
    }
    let why = format!("Nodes of this pool would have no {resource}, and pods that ask for it would wait for ever.");
    let Some((path, found)) = obstacles.into_iter().flatten().next() else {
        let found = format!("No DaemonSet of the cluster is the {plugin}.");
        let fix = format!("Install {install}. If it comes later or with this apply, leave this check out until then.");
        let summary = format!("The {plugin} is not in the cluster");
        verdicts.warning(&pool.requirements_path, Finding::new(summary, found, why, fix));
        return;
    };
    let fix = format!("Change its settings, or the pool. What is meant to install it is {install}.");
    verdicts.warning(&path, Finding::new(format!("The {plugin} does not run on these nodes"), found, why, fix));
}

/// What keeps the pods of a plugin off the nodes, and its attribute.
fn obstacle(pool: &Pool, all: &[DaemonSet], plugin: &DaemonSet) -> Option<(Path, String)> {
    if let Some(taint) = plugin.kept_off_by(pool.taints.iter().map(|placed| &placed.0)) {
        let path = pool.taints.iter().find(|placed| placed.0 == *taint).map(|placed| placed.1.clone());
        let found = format!("DaemonSet {} does not tolerate the taint {}:{}.", plugin.name, taint.key, taint.effect);
        return Some((path.unwrap_or_default(), found));
    }
    if plugin.fits(|asked| may_fulfil(pool, all, asked)) {
        return None;
    }
    let terms = plugin.terms.iter().map(|term| term.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "));
    let selected = plugin.node_selector.iter().map(|(key, value)| format!("{key} In [{value}]"));
    let wanted: Vec<_> =
        selected.chain([terms.collect::<Vec<_>>().join(", or ")]).filter(|text| !text.is_empty()).collect();
    let found = format!(
        "DaemonSet {} looks for nodes with {}. No label of this pool is one of these, and nothing is there that would find it out on \
         its nodes.",
        plugin.name,
        wanted.join(" and ")
    );
    Some((Path::attribute("node_labels"), found))
}

/// Whether a node of the pool may fulfil the requirement, as far as its labels are known here.
fn may_fulfil(pool: &Pool, all: &[DaemonSet], asked: &Requirement) -> bool {
    let key = asked.label();
    if let Some(value) = pool.labels.get(key) {
        return asked.allows(Some(value));
    }
    if key == NODE_POOL {
        return asked.allows(Some(&pool.name));
    }
    let is_of_type = is_derived(key, pool.controller) || key.starts_with("topology.") || key.starts_with("karpenter.");
    let is_found_out = key.starts_with("feature.node.kubernetes.io/") && features_are_found(pool, all);
    // The operator puts these on nodes that it knows as ones with GPUs.
    let is_of_operator = key.starts_with("nvidia.com/gpu.deploy.")
        && (pool.labels.get(PRESENT).is_some_and(|value| value == "true") || features_are_found(pool, all));
    // Labels that are asked for are put on the node.
    let is_asked = pool.requirements.iter().any(|each| each.requirement.label() == key);
    is_asked || is_of_type && key != AUTO_MODE || is_found_out || is_of_operator || asked.allows(None)
}

/// Whether somebody looks into the nodes of the pool.
fn features_are_found(pool: &Pool, all: &[DaemonSet]) -> bool {
    let mut finders = all.iter().filter(|each| each.device() == Some(Device::Features));
    finders.any(|each| each.kept_off_by(pool.taints.iter().map(|placed| &placed.0)).is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{class, found, healthy, only};
    use super::super::{Class, Interface};
    use super::*;
    use render::karpenter::node_pool::Taint;

    fn taint(key: &str, value: &str) -> (Taint, Path) {
        let taint = Taint { key: key.to_owned(), value: value.to_owned(), effect: "NoSchedule".to_owned() };
        (taint, Path::attribute("taint").index(0))
    }

    /// A pool as it is by default, in a cluster with these DaemonSets.
    fn pool(daemon_sets: Vec<DaemonSet>) -> Pool {
        Pool {
            name: "gpu".to_owned(),
            labels: [(PRESENT.to_owned(), "true".to_owned())].into(),
            taints: vec![taint("nvidia.com/gpu", "present")],
            class: Some(Class { family: Some(AmiFamily::AmazonLinux), ..class() }),
            daemon_sets: Some(daemon_sets),
            ..healthy()
        }
    }

    fn daemon_set(name: &str, tolerations: &serde_json::Value, keys: &[&str]) -> DaemonSet {
        let term = |key: &&str| {
            json!({"matchExpressions": [
                {"key": key, "operator": "In", "values": ["true"]},
                {"key": AUTO_MODE, "operator": "NotIn", "values": ["auto"]},
            ]})
        };
        let terms: Vec<_> = keys.iter().map(term).collect();
        let affinity =
            json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}});
        DaemonSet::parse(&json!({
            "metadata": {"namespace": "kube-system", "name": name},
            "spec": {"template": {"spec": {"tolerations": tolerations, "affinity": affinity}}},
        }))
    }

    fn gpu_toleration() -> serde_json::Value {
        json!([{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}])
    }

    /// The plugin as its chart makes it.
    fn plugin() -> DaemonSet {
        let keys = ["feature.node.kubernetes.io/pci-10de.present", PRESENT];
        daemon_set("nvidia-device-plugin", &gpu_toleration(), &keys)
    }

    fn finder(value: &str) -> DaemonSet {
        daemon_set("node-feature-discovery-worker", &json!([{"key": "nvidia.com/gpu", "value": value}]), &[])
    }

    #[test]
    fn plugin_that_runs_on_the_nodes_is_silent() {
        assert_eq!(found(&CHECK, &pool(vec![plugin()])), []);
        let unlabelled = |value: &str| Pool { labels: [].into(), ..pool(vec![plugin(), finder(value)]) };
        assert_eq!(found(&CHECK, &unlabelled("present")), []);
        assert_eq!(found(&CHECK, &unlabelled("true")).len(), 1, "who looks into nodes does not tolerate the taint");
        let by_pool = DaemonSet {
            terms: vec![vec![Requirement::new(NODE_POOL, render::karpenter::requirements::Operator::In, ["gpu"])]],
            ..plugin()
        };
        assert_eq!(found(&CHECK, &Pool { labels: [].into(), ..pool(vec![by_pool]) }), []);
    }

    #[test]
    fn missing_plugin_is_told_with_what_makes_its_values() {
        let (verdict, text) = only(&CHECK, &pool(vec![finder("present")]));
        assert_eq!(verdict.path, Path::attribute("gpu"));
        assert!(text.contains("ekscompute_nvidia_device_plugin_values"), "{text}");
    }

    #[test]
    fn taint_and_label_that_keep_it_off_are_told_at_their_place() {
        let tainted = Pool { taints: vec![taint("team", "a")], ..pool(vec![plugin()]) };
        let (verdict, text) = only(&CHECK, &tainted);
        assert_eq!(verdict.path, Path::attribute("taint").index(0));
        assert!(
            text.contains("kube-system/nvidia-device-plugin does not tolerate the taint team:NoSchedule"),
            "{text}"
        );
        let (verdict, text) = only(&CHECK, &Pool { labels: [].into(), ..pool(vec![plugin()]) });
        assert_eq!(verdict.path, Path::attribute("node_labels"));
        assert!(text.contains("or nvidia.com/gpu.present In [true]"), "{text}");
        // One that runs is enough.
        let other = daemon_set("nvidia-device-plugin-of-team", &json!([{"operator": "Exists"}]), &[]);
        assert_eq!(found(&CHECK, &Pool { taints: vec![taint("team", "a")], ..pool(vec![plugin(), other]) }), []);
    }

    #[test]
    fn nothing_is_said_where_none_is_needed_or_known() {
        let family = |family| Pool { class: Some(Class { family, ..class() }), ..pool(vec![]) };
        for silent in [
            family(Some(AmiFamily::Bottlerocket)),
            family(Some(AmiFamily::Custom)),
            family(None),
            Pool { daemon_sets: None, ..pool(vec![]) },
            Pool { controller: Controller::AutoMode, ..pool(vec![]) },
        ] {
            assert_eq!(found(&CHECK, &silent), [], "{silent:?}");
        }
    }

    #[test]
    fn adapters_have_a_plugin_of_their_own() {
        let with = |daemon_set: DaemonSet| Pool { has_adapters: true, ..pool(vec![plugin(), daemon_set]) };
        let of_chart =
            daemon_set("aws-efa-k8s-device-plugin", &json!([{"key": "aws.amazon.com/efa", "operator": "Exists"}]), &[]);
        let (_, text) = only(&CHECK, &with(of_chart));
        assert!(
            text.contains("aws-efa-k8s-device-plugin does not tolerate the taint nvidia.com/gpu:NoSchedule"),
            "{text}"
        );
        assert_eq!(found(&CHECK, &with(daemon_set("aws-efa-k8s-device-plugin", &gpu_toleration(), &[]))), []);
        let interfaces = vec![Interface { card: 0, efa_only: false }, Interface { card: 0, efa_only: true }];
        let class = Some(Class { interfaces, family: Some(AmiFamily::Bottlerocket), ..class() });
        let (_, text) = only(&CHECK, &Pool { class, ..pool(vec![]) });
        assert!(text.contains("The EFA device plugin is not in the cluster"), "{text}");
    }
}
