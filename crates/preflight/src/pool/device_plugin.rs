//! The cluster has the device plugins without which nodes of the pool do not advertise their devices.

use super::daemon_set::{DaemonSet, Device};
use super::{AmiFamily, Pool, PoolCheck, View, some_of};
use crate::finding::{CheckFindings, Effect, Finding};
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::karpenter::instance_labels::{AMD_GPU, EFA, NEURON, NVIDIA_GPU, devices, is_derived, labels};
use render::karpenter::instance_type::InstanceType;
use render::karpenter::requirements::{Labels, Requirement};

/// The name of the check.
pub const NAME: &str = "pool_device_plugin";

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: NAME,
    finds: "Reports clusters without a device plugin for the NVIDIA GPUs or Elastic Fabric Adapters of the node pool. \
            For Neuron devices and AMD GPUs, a missing plugin is reported if the node pool launches only instance \
            types with such devices. Also reports plugins whose pods do not run on the nodes because of a taint, a \
            label, or the instance type. EKS Auto Mode includes the plugins for NVIDIA and Neuron, and Bottlerocket \
            includes the plugin for NVIDIA. Requires `list` on DaemonSets in the cluster, and is skipped without this \
            permission.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

const NODE_POOL: &str = "karpenter.sh/nodepool";
/// The node pool label by which the plugin selects its nodes without Node Feature Discovery.
const PRESENT: &str = "nvidia.com/gpu.present";

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let pool = view.pool;
    let Some(all) = pool.daemon_sets.as_deref().filter(|_| pool.controller == Controller::Karpenter) else { return };
    let admitted: Vec<_> = view.admitted().into_iter().map(|offer| &offer.instance_type).collect();
    for plugin in &PLUGINS {
        let has_device = |known: &&InstanceType| devices(known).contains_key(plugin.resource);
        let types: Vec<_> = admitted.iter().copied().filter(has_device).collect();
        if needs(view, plugin, types.len(), admitted.len()) {
            look(&Nodes { pool, all, types }, plugin, verdicts);
        }
    }
}

/// Returns whether the nodes need a plugin that their AMI lacks, if this many of the admitted types have the device.
fn needs(view: &View<'_>, plugin: &Plugin, with_device: usize, admitted: usize) -> bool {
    let family = view.pool.class.as_ref().and_then(|class| class.family);
    let is_missing = family.is_some_and(|family| plugin.missing_in.contains(&family));
    match plugin.device {
        Device::Efa => view.pool.uses_adapters(),
        Device::NvidiaGpu => is_missing && with_device > 0 && view.is_for_gpus(),
        // A pool with broad requirements also admits these types, but is intended for NVIDIA GPUs.
        _ => is_missing && with_device > 0 && with_device == admitted,
    }
}

/// A device plugin.
struct Plugin {
    device: Device,
    name: &'static str,
    resource: &'static str,
    /// The AMI families that do not include it.
    missing_in: &'static [AmiFamily],
    install: &'static str,
}

const PLUGINS: [Plugin; 4] = [
    Plugin {
        device: Device::NvidiaGpu,
        name: "NVIDIA device plugin",
        resource: NVIDIA_GPU,
        missing_in: &[AmiFamily::AmazonLinux],
        install: "the chart nvidia-device-plugin or gpu-operator. The data source \
                  ekscompute_nvidia_device_plugin_values generates values for both charts that are compatible with the \
                  taints and labels of the node pool",
    },
    Plugin {
        device: Device::Neuron,
        name: "Neuron device plugin",
        resource: NEURON,
        missing_in: &[AmiFamily::AmazonLinux, AmiFamily::Bottlerocket],
        install: "the chart oci://public.ecr.aws/neuron/neuron-helm-chart. Its device plugin tolerates the taint \
                  aws.amazon.com/neuron:NoSchedule. Add tolerations for other taints",
    },
    Plugin {
        device: Device::AmdGpu,
        name: "AMD device plugin",
        resource: AMD_GPU,
        // Amazon AMIs have no driver for AMD GPUs, so most of these nodes have a custom AMI.
        missing_in: &[AmiFamily::AmazonLinux, AmiFamily::Custom],
        install: "the chart amd-gpu from https://rocm.github.io/k8s-device-plugin with tolerations for the taints of \
                  the node pool",
    },
    Plugin {
        device: Device::Efa,
        name: "EFA device plugin",
        resource: EFA,
        missing_in: &[],
        install: "the chart aws-efa-k8s-device-plugin with tolerations for the taints of the node pool",
    },
];

/// The nodes that need a plugin, and what runs in the cluster.
struct Nodes<'n> {
    pool: &'n Pool,
    all: &'n [DaemonSet],
    types: Vec<&'n InstanceType>,
}

fn look(nodes: &Nodes<'_>, plugin: &Plugin, verdicts: &mut CheckFindings) {
    let Plugin { name, resource, install, .. } = plugin;
    let why = format!("Nodes do not advertise {resource}, and pods that request it stay Pending.");
    let found: Vec<_> = nodes.all.iter().filter(|each| each.device() == Some(plugin.device)).collect();
    if found.is_empty() {
        let found = format!("No DaemonSet in the cluster provides the {name}.");
        let fix = format!(
            "Install {install}. If this or a later apply installs the plugin, add {NAME} to skip_preflight until then."
        );
        let summary = format!("{name} not found in the cluster");
        verdicts.warning(&nodes.pool.requirements_path, Finding::new(summary, found, why, fix));
    } else if let Some((path, found)) = scheduling_blocker(nodes, &found) {
        let fix =
            format!("Change the settings of the DaemonSet or the node pool. To install the plugin, use {install}.");
        verdicts.warning(&path, Finding::new(format!("{name} does not run on these nodes"), found, why, fix));
    }
}

/// Returns why the pods of all these DaemonSets do not run on some of the nodes, and the attribute that causes it.
fn scheduling_blocker(nodes: &Nodes<'_>, plugins: &[&DaemonSet]) -> Option<(Path, String)> {
    let taint = |plugin: &DaemonSet| plugin.untolerated_taint(nodes.pool.taints.iter().map(|placed| &placed.0));
    let Some(tolerant) = plugins.iter().find(|plugin| taint(plugin).is_none()) else {
        return plugins.iter().find_map(|plugin| {
            let taint = taint(plugin)?;
            let path = nodes.pool.taints.iter().find(|placed| placed.0 == *taint).map(|placed| placed.1.clone());
            let found =
                format!("DaemonSet {} does not tolerate the taint {}:{}.", plugin.name, taint.key, taint.effect);
            Some((path.unwrap_or_default(), found))
        });
    };
    // One DaemonSet for each architecture or family is common, so each type needs any of them.
    let runs_on = |labels: Option<&Labels>| {
        let mut tolerant = plugins.iter().filter(|plugin| taint(plugin).is_none());
        tolerant.any(|plugin| plugin.fits(|asked| may_satisfy(nodes, labels, asked)))
    };
    let is_left_out = |known: &&&InstanceType| !runs_on(Some(&labels(known, nodes.pool.controller)));
    let left_out: Vec<_> = nodes.types.iter().filter(is_left_out).map(|known| known.name.as_str()).collect();
    let by_labels = !runs_on(None);
    if left_out.is_empty() && !by_labels {
        return None;
    }
    let selects = format!("DaemonSet {} selects nodes with {}.", tolerant.name, selection(tolerant));
    if by_labels {
        let found = format!(
            "{selects} The node pool does not set any of these labels, and no component in the cluster adds them."
        );
        return Some((Path::attribute("node_labels"), found));
    }
    Some((nodes.pool.requirements_path.clone(), format!("{selects} This excludes {}.", some_of(&left_out))))
}

/// The labels that a DaemonSet requires.
fn selection(of: &DaemonSet) -> String {
    let terms = of.terms.iter().map(|term| term.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "));
    let terms = terms.collect::<Vec<_>>().join(", or ");
    let selected = of.node_selector.iter().map(|(key, value)| format!("{key} In [{value}]"));
    selected.chain((!terms.is_empty()).then_some(terms)).collect::<Vec<_>>().join(" and ")
}

/// Returns whether a node of the pool can fulfill the requirement, as far as its labels are known. `of_type` are the
/// labels of its instance type. If they are unknown, they can have any value.
fn may_satisfy(nodes: &Nodes<'_>, of_type: Option<&Labels>, asked: &Requirement) -> bool {
    let Nodes { pool, all, .. } = nodes;
    let key = asked.label();
    if let Some(value) = pool.labels.get(key) {
        return asked.allows(Some(value));
    }
    if key == NODE_POOL {
        return asked.allows(Some(&pool.name));
    }
    if is_derived(key, pool.controller) {
        return of_type.is_none_or(|labels| asked.allows(labels.get(key).map(String::as_str)));
    }
    let is_of_node = key.starts_with("topology.") || key.starts_with("karpenter.");
    let is_found_out = key.starts_with("feature.node.kubernetes.io/") && features_are_found(pool, all);
    // The operator sets these labels on nodes that it recognizes as GPU nodes.
    let is_of_operator = key.starts_with("nvidia.com/gpu.deploy.")
        && (pool.labels.get(PRESENT).is_some_and(|value| value == "true") || features_are_found(pool, all));
    // Karpenter sets required labels on the node.
    let is_asked = pool.requirements.iter().any(|each| each.requirement.label() == key);
    is_asked || is_of_node || is_found_out || is_of_operator || asked.allows(None)
}

/// Returns whether a DaemonSet for hardware labels runs on the nodes of the pool.
fn features_are_found(pool: &Pool, all: &[DaemonSet]) -> bool {
    let mut finders = all.iter().filter(|each| each.device() == Some(Device::Features));
    finders.any(|each| each.untolerated_taint(pool.taints.iter().map(|placed| &placed.0)).is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{asked, class, found, healthy, only};
    use super::super::{Class, Interface};
    use super::*;
    use render::karpenter::node_pool::Taint;
    use render::karpenter::requirements::Operator;

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
                {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["auto"]},
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
        let by_pool = DaemonSet { terms: vec![vec![Requirement::new(NODE_POOL, Operator::In, ["gpu"])]], ..plugin() };
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
    fn efa_adapters_require_efa_device_plugin() {
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
        assert!(text.contains("EFA device plugin not found in the cluster"), "{text}");
    }

    /// A pool for these families, whose class has AMIs of this family.
    fn of_families(families: &[&str], ami_family: AmiFamily, daemon_sets: Vec<DaemonSet>) -> Pool {
        Pool {
            requirements: vec![asked("K/instance-family", Operator::In, families)],
            labels: [].into(),
            taints: vec![],
            class: Some(Class { family: Some(ami_family), ..class() }),
            ..pool(daemon_sets)
        }
    }

    /// The Neuron device plugin of the published manifests, for these instance types.
    fn neuron(types: &[&str]) -> DaemonSet {
        DaemonSet::parse(&json!({
            "metadata": {"namespace": "kube-system", "name": "neuron-device-plugin-daemonset"},
            "spec": {"template": {"spec": {
                "tolerations": [{"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}],
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchExpressions": [
                        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": types},
                    ]},
                ]}}},
            }}},
        }))
    }

    #[test]
    fn neuron_nodes_need_the_neuron_plugin() {
        let tainted = |key: &str, daemon_sets| Pool {
            taints: vec![taint(key, "present")],
            ..of_families(&["trn1"], AmiFamily::AmazonLinux, daemon_sets)
        };
        for family in [AmiFamily::AmazonLinux, AmiFamily::Bottlerocket] {
            let (_, text) = only(&CHECK, &of_families(&["trn1"], family, vec![plugin()]));
            assert!(text.contains("Neuron device plugin not found in the cluster"), "{text}");
            assert!(text.contains("aws.amazon.com/neuron, and pods"), "{text}");
        }
        let all = || vec![neuron(&["trn1.32xlarge"])];
        assert_eq!(found(&CHECK, &tainted("aws.amazon.com/neuron", all())), []);
        let (verdict, text) = only(&CHECK, &tainted("nvidia.com/gpu", all()));
        assert_eq!(verdict.path, Path::attribute("taint").index(0));
        assert!(text.contains("does not tolerate the taint nvidia.com/gpu:NoSchedule"), "{text}");
        let mixed = of_families(&["trn1", "g6"], AmiFamily::Bottlerocket, vec![]);
        assert_eq!(found(&CHECK, &mixed), [], "the plugin for NVIDIA is in the image");
    }

    #[test]
    fn plugin_must_select_every_type_with_the_device() {
        let of = |types: &[&str]| of_families(&["trn1"], AmiFamily::AmazonLinux, vec![neuron(types)]);
        let (verdict, text) = only(&CHECK, &of(&["inf1.xlarge"]));
        assert_eq!(verdict.path, Path::attribute("gpu"));
        assert!(text.contains("selects nodes with node.kubernetes.io/instance-type In [inf1.xlarge]"), "{text}");
        assert!(text.contains("This excludes trn1.32xlarge."), "{text}");
        // Several DaemonSets can share the types.
        let shared = Pool { daemon_sets: Some(vec![neuron(&["inf1.xlarge"]), neuron(&["trn1.32xlarge"])]), ..of(&[]) };
        assert_eq!(found(&CHECK, &shared), []);
    }

    #[test]
    fn amd_nodes_need_the_amd_plugin() {
        let amd = |node_selector: &serde_json::Value| {
            DaemonSet::parse(&json!({
                "metadata": {"namespace": "kube-system", "name": "amdgpu-device-plugin-daemonset"},
                "spec": {"template": {"spec": {
                    "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}], "nodeSelector": node_selector,
                }}},
            }))
        };
        let of = |daemon_sets| of_families(&["g4ad"], AmiFamily::Custom, daemon_sets);
        let (_, text) = only(&CHECK, &of(vec![plugin()]));
        assert!(text.contains("AMD device plugin not found in the cluster"), "{text}");
        let by_architecture = amd(&json!({"kubernetes.io/arch": "amd64"}));
        assert_eq!(found(&CHECK, &of(vec![by_architecture.clone()])), []);
        let tainted = Pool { taints: vec![taint("amd.com/gpu", "")], ..of(vec![by_architecture]) };
        let (_, text) = only(&CHECK, &tainted);
        assert!(text.contains("does not tolerate the taint amd.com/gpu:NoSchedule"), "{text}");
        let by_feature = amd(&json!({"feature.node.kubernetes.io/pci-0300_1002.present": "true"}));
        let (verdict, _) = only(&CHECK, &of(vec![by_feature.clone()]));
        assert_eq!(verdict.path, Path::attribute("node_labels"));
        assert_eq!(found(&CHECK, &of(vec![by_feature, finder("present")])), []);
        assert_eq!(found(&CHECK, &of_families(&["g4ad", "g6"], AmiFamily::Custom, vec![])), []);
    }
}
