//! The schema of `ekscompute_gpu_node_pool`.

use clients::kube::managed::StatusCondition;
use clients::names::cluster_name;
use framework::blocks::SingleBlock;
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use preflight::names::pool_check_name_or_all;
use render::karpenter::requirements::Operator;

use super::validators as rules;

/// Manages a `NodePool` for nodes with GPUs, of Karpenter or of EKS Auto Mode.
///
/// The block `gpu` says in plain words which GPUs are wanted, and becomes requirements with the labels of the controller.
/// What would leave pods waiting is found in the plan: rules of the NodePool, labels of the other controller, taints that
/// the NVIDIA device plugin does not tolerate.
///
/// The cluster is asked by its name at the moment of use, so it may be made in the same apply, as may the chart that
/// installs Karpenter. Only what is configured here is owned, by server-side apply; defaults of the server and fields of
/// others are left alone. Amounts and durations compare by value: `1000` and `1k`, `720h` and `720h0m0s` are the same.
///
/// A `moved` block takes over the state of `kubernetes_manifest` (hashicorp/kubernetes) and of `kubectl_manifest`
/// (gavinbunney/kubectl, alekc/kubectl).
///
/// The plan also asks EC2 whether there is an instance type that the pool can start, in the zones and from the images of its node
/// class, and whether the limits leave room for one. The guide to preflight checks lists what is found and what that needs.
///
/// Whoever runs Terraform needs these rights in the cluster, from an access entry or aws-auth: `get`, `create`, `patch`,
/// `delete` and `list` on `nodepools.karpenter.sh`, and `list` on `nodeclaims.karpenter.sh`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodePool {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node pool.
    #[attribute(required, replace, validate = [rules::pool_name()])]
    pub name: Attr<String>,
    /// Who starts the nodes: `karpenter`, or `auto_mode` for EKS Auto Mode.
    #[attribute(required, replace, validate = [must::one_of(&["karpenter", "auto_mode"])])]
    pub controller: Attr<String>,
    /// Name of the node class: an `EC2NodeClass` of Karpenter, or a `NodeClass` of EKS Auto Mode, whose own is called
    /// `default`. A change replaces the nodes.
    #[attribute(required, validate = [must::length(1..=253)])]
    pub node_class_name: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Labels of the nodes. If the nodes can have NVIDIA GPUs and `controller` is `karpenter`, the default is
    /// `nvidia.com/gpu.present = "true"`, which the NVIDIA device plugin selects; include it in your own labels. A change
    /// replaces the nodes.
    #[attribute(optional, computed, validate = [must::size(0..=100)])]
    pub labels: Map<String>,
    /// Annotations of the nodes. A change replaces the nodes.
    #[attribute(optional)]
    pub annotations: Map<String>,
    /// What the nodes must be, beside what `gpu` says. Without both, and with an empty list, any instance type will do.
    #[attribute(optional, validate = [must::size(0..=100)])]
    pub requirements: List<RequirementInput>,
    /// Taints of the nodes. If `gpu` and `requirements` can match an NVIDIA instance type, the default is
    /// `nvidia.com/gpu=present:NoSchedule`, which the NVIDIA device plugin and node-feature-discovery tolerate; an empty list
    /// means no taints. A change replaces the nodes.
    #[attribute(optional, computed)]
    pub taints: List<TaintInput>,
    /// Taints that something takes away once a node is ready; pods need not tolerate them for a node to be started. A
    /// change replaces the nodes.
    #[attribute(optional)]
    pub startup_taints: List<TaintInput>,
    /// How long a node lives, such as `720h`, or `Never`. Karpenter's default is `720h`, that of EKS Auto Mode `336h`;
    /// there it is, together with `termination_grace_period`, at most 21 days. A change replaces the nodes.
    #[attribute(optional, equivalent = rules::same_duration, validate = [rules::duration_or_never()])]
    pub expire_after: Attr<String>,
    /// How long draining a node may take before its pods are removed by force, such as `24h`. Without it Karpenter waits
    /// for ever, EKS Auto Mode 24 hours. A change replaces the nodes.
    #[attribute(optional, equivalent = rules::same_duration, validate = [rules::duration()])]
    pub termination_grace_period: Attr<String>,
    /// When nodes are given up. Without it, as soon as their pods fit elsewhere (`WhenEmptyOrUnderutilized`, `0s`), at most
    /// 10 % at once. Long jobs want `WhenEmpty` and some minutes.
    #[attribute(optional)]
    pub disruption: Attr<DisruptionInput>,
    /// The most that all nodes together may have, such as `{ cpu = "1000", "nvidia.com/gpu" = "16" }`.
    #[attribute(optional, equivalent = rules::same_quantities, validate = [must::each(rules::quantity())])]
    pub limits: Map<String>,
    /// Pools of greater weight come first. Not with `replicas`.
    #[attribute(optional, validate = [must::between(1..=100)])]
    pub weight: Attr<i64>,
    /// How many nodes there always are, whether pods wait or not. Karpenter needs its feature gate StaticCapacity for it.
    /// Adding or removing it makes another node pool; without it, what scales the pool otherwise is left alone.
    #[attribute(optional, validate = [must::between(0..=i64::MAX)])]
    pub replicas: Attr<i64>,
    /// Whether fields that another manager owns are taken over. Without it they are an error that names the manager.
    #[attribute(optional, computed, inert, default = false)]
    pub force_conflicts: Attr<bool>,
    /// Whether create and update wait until the node pool is ready: that its rules hold and its node class is ready.
    #[attribute(optional, computed, inert, default = true)]
    pub wait_for_ready: Attr<bool>,
    /// Names of preflight checks to leave out for this node pool, or `all`. The guide to preflight checks lists them. A
    /// change calls nothing.
    #[attribute(optional, inert, validate = [must::each(pool_check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// Instance types that `efa` in `gpu` stands for; without it, none.
    #[attribute(computed)]
    pub efa_instance_types: List<String>,
    /// Conditions of the node pool, as reported by the controller.
    #[attribute(computed)]
    pub conditions: List<StatusCondition>,
    /// How many nodes the pool has.
    #[attribute(computed)]
    pub node_count: Attr<i64>,
    /// What all nodes of the pool have together.
    #[attribute(computed)]
    pub resources: Map<String>,
    /// Id that the API server gave the object. One that is deleted and made again by somebody else has another.
    #[attribute(computed, stable)]
    pub uid: Attr<String>,
    /// Managers of another provider, from which the state was moved: the next apply takes over what they declare.
    #[attribute(computed, stable)]
    pub previous_field_managers: List<String>,
    /// `cluster_name/controller/name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Which GPUs are wanted. An empty block is any of NVIDIA.
    #[block]
    pub gpu: SingleBlock<GpuInput>,
    /// How long each operation may take: 10 minutes to create and update, 30 minutes to delete by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// GPUs, and the instances that bring them.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuInput {
    /// Who makes the GPUs: `nvidia`, `amd`, `habana`. Neuron devices are no GPUs: for those use `requirements` with the
    /// labels `instance-accelerator-*`.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(must::one_of(&["nvidia", "amd", "habana"]))])]
    pub manufacturers: List<String>,
    /// Names of GPUs as labels have them, such as `l40s`, `h100`, `rtx-pro-server-6000`.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(rules::gpu_name())])]
    pub names: List<String>,
    /// Exactly so many GPUs a node.
    #[attribute(optional, validate = [must::between(1..=1024)])]
    pub count: Attr<i64>,
    /// At least so many GPUs a node. Leaves out instances with a fraction of a GPU.
    #[attribute(optional, validate = [must::between(1..=1024)])]
    pub min_count: Attr<i64>,
    /// At most so many GPUs a node.
    #[attribute(optional, validate = [must::between(1..=1024)])]
    pub max_count: Attr<i64>,
    /// The least memory of one GPU, such as `40Gi`, or a number of MiB. EC2 counts less than the data sheet of a GPU: an
    /// L4 or A10G of 24 GB has 22888 MiB.
    #[attribute(optional, validate = [rules::gpu_memory()])]
    pub memory: Attr<String>,
    /// Architectures: `amd64`, `arm64`. GPUs with arm64 are those of g5g.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(must::one_of(&["amd64", "arm64"]))])]
    pub architectures: List<String>,
    /// Families, such as `g6`, `p5en`.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(rules::instance_word())])]
    pub instance_families: List<String>,
    /// Categories, such as `g`, `p`. `g` leaves out `gr6`, and brings g4ad of AMD and g6f with fractions of a GPU.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(rules::instance_category())])]
    pub instance_categories: List<String>,
    /// Instance types, such as `g6.12xlarge`.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(rules::instance_type())])]
    pub instance_types: List<String>,
    /// Whether every node has an Elastic Fabric Adapter. No label says so, so the plan asks EC2 which of the types that the rest
    /// allows have one, and the pool names these: `efa_instance_types`. They stay until `gpu`, `requirements`, `controller` or
    /// `region` changes, so that a new type of EC2 is no change. `false` is the same as nothing.
    #[attribute(optional)]
    pub efa: Attr<bool>,
    /// Capacity types: `on-demand`, `spot`, `reserved`.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(must::one_of(&["on-demand", "spot", "reserved"]))])]
    pub capacity_types: List<String>,
    /// Names of zones, such as `eu-central-1a`. For ids of zones use `requirements` with `topology.k8s.aws/zone-id`.
    #[attribute(optional, validate = [must::size(1..=usize::MAX), must::each(rules::zone_name())])]
    pub zones: List<String>,
}

/// What a label of the nodes must be.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RequirementInput {
    /// Key of the label.
    #[attribute(required, validate = [must::length(1..=316)])]
    pub key: Attr<String>,
    /// How it is compared. `Gte` and `Lte` need Karpenter 1.9.
    #[attribute(required, validate = [must::one_of(Operator::NAMES)])]
    pub operator: Attr<String>,
    /// With what: texts for `In` and `NotIn`, one whole number for `Gt`, `Lt`, `Gte` and `Lte`.
    #[attribute(optional)]
    pub values: List<String>,
    /// How many different values there must be to choose from.
    #[attribute(optional, validate = [must::between(1..=50)])]
    pub min_values: Attr<i64>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct TaintInput {
    /// Key.
    #[attribute(required, validate = [must::length(1..=317)])]
    pub key: Attr<String>,
    /// Value.
    #[attribute(optional, equivalent = rules::same_text)]
    pub value: Attr<String>,
    /// What happens to pods that do not tolerate it: `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    #[attribute(required, validate = [must::one_of(rules::EFFECTS)])]
    pub effect: Attr<String>,
}

/// When nodes are given up.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct DisruptionInput {
    /// Which nodes: `WhenEmpty`, `WhenEmptyOrUnderutilized` or, from Karpenter 1.14 on, `Balanced`.
    #[attribute(optional, validate = [must::one_of(&["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"])])]
    pub consolidation_policy: Attr<String>,
    /// After how long without a change of their pods, such as `20m`; `0s` for at once, `Never` for not at all.
    #[attribute(required, equivalent = rules::same_duration, validate = [rules::duration_or_never()])]
    pub consolidate_after: Attr<String>,
    /// How many nodes may be given up at once; the smallest budget that counts at the moment holds. Without it, 10 %.
    #[attribute(optional, validate = [must::size(0..=50)])]
    pub budgets: List<BudgetInput>,
}

/// How many nodes may be given up at once.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct BudgetInput {
    /// A number, such as `0`, or a percentage, such as `20%`.
    #[attribute(required, validate = [rules::budget_nodes()])]
    pub nodes: Attr<String>,
    /// When it begins to count: five fields of cron in UTC, such as `0 9 * * mon-fri`, or `@daily`. Needs `duration`.
    #[attribute(optional, validate = [must::length(1..=256)])]
    pub schedule: Attr<String>,
    /// For how long it counts each time, in hours and minutes, such as `8h`. Needs `schedule`.
    #[attribute(optional, equivalent = rules::same_duration, validate = [rules::budget_duration()])]
    pub duration: Attr<String>,
    /// For which reasons it counts: `Underutilized`, `Empty`, `Drifted`, and with EKS Auto Mode `NodeNotHealthy`. Without
    /// them, for all.
    #[attribute(optional, validate = [must::size(1..=50), must::each(must::one_of(rules::REASONS))])]
    pub reasons: List<String>,
}

/// What identifies a node pool.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodePoolIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// `karpenter` or `auto_mode`. An import may leave it out: the names of node pools are unique in their cluster.
    #[attribute(optional)]
    pub controller: Attr<String>,
    /// Name of the node pool.
    #[attribute(required)]
    pub name: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for GpuNodePoolIdentity {}
