//! The schema of `ekscompute_node_pool` and `ekscompute_gpu_node_pool`.

use clients::kube::free_form;
use clients::kube::managed::StatusCondition;
use clients::kube::metadata;
use clients::names::cluster_name;
use framework::blocks::{ListBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use framework::value::Value;
use preflight::names::pool_check_name_or_all;
use render::karpenter::requirements::Operator;

use super::validators as rules;

/// Manages a `NodePool` of Karpenter or EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodePool {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node pool.
    #[attribute(required, replace, validate = [rules::pool_name()])]
    pub name: Attr<String>,
    /// Controller that launches the nodes. `karpenter` is a Karpenter installation that you manage. `auto_mode`
    /// is EKS Auto Mode.
    #[attribute(required, replace, validate = [must::one_of(&["karpenter", "auto_mode"])])]
    pub controller: Attr<String>,
    /// Name of the node class: an `EC2NodeClass` of Karpenter, or a `NodeClass` of EKS Auto Mode, which manages the node class
    /// `default`. Changing it replaces the nodes.
    #[attribute(required, validate = [must::length_between(1..=253)])]
    pub node_class_name: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Labels of the node pool object. Nodes do not get these labels. Other labels of the object are left unchanged.
    #[attribute(optional, inert, validate = [must::each_key(metadata::label_key()), must::each(metadata::label_value())])]
    pub object_labels: Map<String>,
    /// Annotations of the node pool object. Other annotations, such as those set by Karpenter, are left unchanged.
    #[attribute(optional, inert, validate = [must::each_key(metadata::annotation_key())])]
    pub object_annotations: Map<String>,
    /// Labels of the nodes. Changing them replaces the nodes.
    #[attribute(optional, computed, validate = [must::size_between(0..=100)])]
    pub node_labels: Map<String>,
    /// Annotations of the nodes. Changing them replaces the nodes.
    #[attribute(optional)]
    pub node_annotations: Map<String>,
    /// Configuration block for a requirement on the labels of the nodes. Nodes must match all requirements.
    #[block(max = 100)]
    pub requirement: ListBlock<RequirementInput>,
    /// Whether the nodes have the taint `nvidia.com/gpu=present:NoSchedule`, which the NVIDIA device plugin and Node Feature
    /// Discovery tolerate. Defaults to `true` if there is no `taint` block and an NVIDIA instance type can match `gpu` and
    /// `requirement`. Changing it replaces the nodes.
    #[attribute(optional, computed)]
    pub nvidia_taint: Attr<bool>,
    /// Configuration block for a taint of the nodes. Changing the taints replaces the nodes.
    #[block]
    pub taint: ListBlock<TaintInput>,
    /// Configuration block for a taint that another component removes when the node is ready. Pods do not need to
    /// tolerate startup taints for a node to be launched. Changing the startup taints replaces the nodes.
    #[block]
    pub startup_taint: ListBlock<TaintInput>,
    /// Maximum lifetime of a node, such as `720h`, or `Never`. Karpenter defaults to `720h`, EKS Auto Mode to `336h`. In EKS
    /// Auto Mode, the sum of `expire_after` and `termination_grace_period` must be at most 21 days. Changing it replaces the
    /// nodes.
    #[attribute(optional, equivalent = rules::same_duration, validate = [rules::duration_or_never()])]
    pub expire_after: Attr<String>,
    /// Maximum time to drain a node before its pods are deleted, such as `24h`. Unlimited by default with Karpenter. EKS Auto
    /// Mode defaults to `24h`. Changing it replaces the nodes.
    #[attribute(optional, equivalent = rules::same_duration, validate = [rules::duration()])]
    pub termination_grace_period: Attr<String>,
    /// Configuration block for the disruption of nodes. By default, nodes are consolidated as soon as their pods can
    /// run on other nodes, at most 10% of them at a time. For long-running jobs, set `consolidation_policy` to
    /// `WhenEmpty` and `consolidate_after` to a few minutes.
    #[block]
    pub disruption: SingleBlock<DisruptionInput>,
    /// Maximum total resources of all nodes, such as `{ cpu = "1000", "nvidia.com/gpu" = "16" }`. Unlimited by default.
    #[attribute(optional, equivalent = rules::same_quantities, validate = [must::each(rules::quantity())])]
    pub limits: Map<String>,
    /// Priority of the node pool. Node pools with a higher weight are preferred. If unset, the weight is 0. Conflicts
    /// with `replicas`.
    #[attribute(optional, validate = [must::between(1..=100)])]
    pub weight: Attr<i64>,
    /// Fixed number of nodes, regardless of pending pods. Requires Karpenter 1.8 or later with the `StaticCapacity`
    /// feature gate. Adding or removing it forces replacement of the node pool. If unset, changes by another process do
    /// not appear as drift.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub replicas: Attr<i64>,
    /// Fields of the node pool spec for which this resource has no argument, in camelCase, such as
    /// `{ template = { spec = { newField = true } } }`. They are owned and compared like all other arguments. A field that has
    /// an argument is an error.
    #[attribute(optional, equivalent = free_form::same_values)]
    pub additional_spec: Attr<Value>,
    /// Whether to force ownership of fields that another field manager sets to a different value. If `false`, a conflict is
    /// a warning at plan time and an error at apply time that lists the field manager and the fields. Manual changes to
    /// configured fields are reverted in both cases.
    #[attribute(optional, computed, inert, default = false)]
    pub force_conflicts: Attr<bool>,
    /// Whether to wait until the node pool is ready after create and update operations. A node pool is ready if it is valid
    /// and its node class is ready.
    #[attribute(optional, computed, inert, default = true)]
    pub wait_for_ready: Attr<bool>,
    /// Names of preflight checks to skip for this node pool, or `all`.
    #[attribute(optional, inert, validate = [must::each(pool_check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// Instance types with EFA that the node pool requires if `efa` in `gpu` is `true`.
    #[attribute(computed)]
    pub efa_instance_types: List<String>,
    /// Status conditions of the node pool.
    #[attribute(computed)]
    pub conditions: List<StatusCondition>,
    /// Number of nodes in the node pool.
    #[attribute(computed)]
    pub node_count: Attr<i64>,
    /// Total resources of all nodes in the node pool.
    #[attribute(computed)]
    pub resources: Map<String>,
    /// UID of the object. Changes if the object is deleted and recreated.
    #[attribute(computed, stable)]
    pub uid: Attr<String>,
    /// Field managers of the provider from which the state was moved. The next apply transfers ownership of their fields.
    #[attribute(computed, stable)]
    pub previous_field_managers: List<String>,
    /// ID of the node pool in the format `cluster_name/controller/name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Configuration block for the GPUs of the nodes. The provider converts its arguments to requirements. An empty
    /// block matches all instance types with NVIDIA GPUs.
    #[block]
    pub gpu: SingleBlock<GpuInput>,
    /// Configuration block for operation timeouts. `create` and `update` default to `10m`, and `delete` defaults to
    /// `30m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Configuration block for the GPUs of the nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuInput {
    /// Manufacturers of the GPUs. AWS Neuron devices are not GPUs; for these, use `requirement` with the
    /// `instance-accelerator-*` labels. Defaults to `nvidia` if no argument of the block selects instance types or
    /// GPUs.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(must::one_of(&["nvidia", "amd", "habana"]))])]
    pub manufacturers: List<String>,
    /// Names of the GPUs as in instance labels, such as `l40s`, `h100`, or `rtx-pro-server-6000`.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(rules::gpu_name())])]
    pub names: List<String>,
    /// Exact number of GPUs per node.
    #[attribute(optional, validate = [must::between(1..=1024)])]
    pub count: Attr<i64>,
    /// Minimum number of GPUs per node. Excludes instance types with a fraction of a GPU.
    #[attribute(optional, validate = [must::between(1..=1024)])]
    pub min_count: Attr<i64>,
    /// Maximum number of GPUs per node.
    #[attribute(optional, validate = [must::between(1..=1024)])]
    pub max_count: Attr<i64>,
    /// Minimum memory of one GPU, such as `40Gi`, or a number of MiB. EC2 reports less memory than the data sheet of a GPU:
    /// an L4 or A10G with 24 GB has 22888 MiB.
    #[attribute(optional, validate = [rules::gpu_memory()])]
    pub memory: Attr<String>,
    /// CPU architectures of the nodes.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(must::one_of(&["amd64", "arm64"]))])]
    pub architectures: List<String>,
    /// Instance families, such as `g6` or `p5en`.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(rules::instance_word())])]
    pub instance_families: List<String>,
    /// Instance categories, such as `g` or `p`. `g` excludes `gr6`, and includes g4ad with AMD GPUs and g6f with fractions of
    /// a GPU.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(rules::instance_category())])]
    pub instance_categories: List<String>,
    /// Instance types, such as `g6.12xlarge`.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(rules::instance_type())])]
    pub instance_types: List<String>,
    /// Whether every node has an Elastic Fabric Adapter. No instance label describes EFA support, so the plan queries
    /// EC2 for the matching instance types with EFA, and the node pool requires them (`efa_instance_types`). They are
    /// kept until `gpu`, `requirement`, `controller`, or `region` changes. `false` has the same effect as omitting the
    /// argument.
    #[attribute(optional)]
    pub efa: Attr<bool>,
    /// Capacity types of the nodes.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(must::one_of(&["on-demand", "spot", "reserved"]))])]
    pub capacity_types: List<String>,
    /// Names of Availability Zones, such as `eu-central-1a`. For IDs of Availability Zones, use `requirement` with
    /// `topology.k8s.aws/zone-id`.
    #[attribute(optional, validate = [must::size_between(1..=usize::MAX), must::each(rules::zone_name())])]
    pub zones: List<String>,
}

/// Configuration block for a requirement on a label of the nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RequirementInput {
    /// Key of the label.
    #[attribute(required, validate = [must::length_between(1..=316)])]
    pub key: Attr<String>,
    /// Operator that compares the label with the values. `Gte` and `Lte` require Karpenter 1.9 or later.
    #[attribute(required, validate = [must::one_of(Operator::NAMES)])]
    pub operator: Attr<String>,
    /// Values of the label: strings for `In` and `NotIn`, or one integer for `Gt`, `Lt`, `Gte`, and `Lte`.
    #[attribute(optional)]
    pub values: List<String>,
    /// Minimum number of different values that the matching instance types must have.
    #[attribute(optional, validate = [must::between(1..=50)])]
    pub min_values: Attr<i64>,
}

/// Configuration block for a Kubernetes taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct TaintInput {
    /// Key of the taint.
    #[attribute(required, validate = [must::length_between(1..=317)])]
    pub key: Attr<String>,
    /// Value of the taint.
    #[attribute(optional, equivalent = rules::same_text)]
    pub value: Attr<String>,
    /// Effect on pods that do not tolerate the taint.
    #[attribute(required, validate = [must::one_of(rules::EFFECTS)])]
    pub effect: Attr<String>,
}

/// Configuration block for the disruption of nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct DisruptionInput {
    /// Nodes to consolidate. If unset, the controller uses `WhenEmptyOrUnderutilized`. `Balanced` requires Karpenter
    /// 1.14 or later.
    #[attribute(optional, validate = [must::one_of(&["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"])])]
    pub consolidation_policy: Attr<String>,
    /// Time without pod changes after which a node can be consolidated, such as `20m`. `Never` disables consolidation. If
    /// unset, nodes are consolidated immediately (`0s`).
    #[attribute(optional, equivalent = rules::same_consolidation_delay, validate = [rules::duration_or_never()])]
    pub consolidate_after: Attr<String>,
    /// Configuration block for a limit on the number of nodes that are disrupted at a time. If multiple budgets are active,
    /// the lowest limit applies. By default, at most 10% of the nodes are disrupted at a time.
    #[block(max = 50)]
    pub budget: ListBlock<BudgetInput>,
}

/// Configuration block for a limit on the number of nodes that are disrupted at a time.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct BudgetInput {
    /// Maximum number of nodes, such as `0`, or a percentage, such as `20%`.
    #[attribute(required, validate = [rules::budget_nodes()])]
    pub nodes: Attr<String>,
    /// Cron schedule in UTC at which the budget becomes active, such as `0 9 * * mon-fri` or `@daily`. Requires `duration`.
    #[attribute(optional, validate = [must::length_between(1..=256)])]
    pub schedule: Attr<String>,
    /// Time in hours and minutes for which the budget is active, such as `8h`. Requires `schedule`.
    #[attribute(optional, equivalent = rules::same_duration, validate = [rules::budget_duration()])]
    pub duration: Attr<String>,
    /// Disruption reasons to which the budget applies. By default, it applies to all reasons. `Unhealthy` requires Karpenter
    /// 1.15 or later. Only EKS Auto Mode supports `NodeNotHealthy`.
    #[attribute(optional, validate = [must::size_between(1..=50), must::each(must::one_of(rules::REASONS))])]
    pub reasons: List<String>,
}

/// Identity of a node pool.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodePoolIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Controller that launches the nodes: `karpenter` or `auto_mode`. Optional for an import, because node pool names
    /// are unique in a cluster.
    #[attribute(optional)]
    pub controller: Attr<String>,
    /// Name of the node pool.
    #[attribute(required)]
    pub name: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for NodePoolIdentity {}
