//! Converts the arguments of a `gpu` block to requirements on the labels of the controller, and back.

use super::super::controller::Controller;
use super::super::quantity::Quantity;
use super::super::requirements::{Operator, Requirement};
use super::Placed;
use crate::node::Place;

/// The required GPUs of a node, and its allowed instance types, capacity types, and zones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gpu {
    /// `amd64`, `arm64`.
    pub architectures: Vec<String>,
    /// `on-demand`, `spot`, `reserved`.
    pub capacity_types: Vec<String>,
    /// Instance categories, such as `g` and `p`.
    pub instance_categories: Vec<String>,
    /// Instance families, such as `g6` and `p6-b200`.
    pub instance_families: Vec<String>,
    /// Instance types, such as `g6.12xlarge`.
    pub instance_types: Vec<String>,
    /// Instance types with an Elastic Fabric Adapter, if one is required. No label contains this information.
    pub efa_types: Vec<String>,
    /// `nvidia`, `amd`, `habana`.
    pub manufacturers: Vec<String>,
    /// GPU names, such as `l40s`.
    pub names: Vec<String>,
    /// Exact number of GPUs.
    pub count: Option<i64>,
    /// Minimum number of GPUs.
    pub min_count: Option<i64>,
    /// Maximum number of GPUs.
    pub max_count: Option<i64>,
    /// Minimum memory of one GPU: a quantity, or a number of MiB.
    pub memory: Option<String>,
    /// Zone names.
    pub zones: Vec<String>,
}

/// The manufacturer if no argument selects instance types or GPUs.
const DEFAULT_MANUFACTURER: &str = "nvidia";

const TYPE: &str = "node.kubernetes.io/instance-type";
const COUNT: &str = "instance-gpu-count";
const MEMORY: &str = "instance-gpu-memory";

/// The arguments that are lists of label values, in the order of their requirements. Labels without a domain get the
/// prefix of the controller.
const LISTS: [(&str, &str); 8] = [
    ("architectures", "kubernetes.io/arch"),
    ("capacity_types", "karpenter.sh/capacity-type"),
    ("instance_categories", "instance-category"),
    ("instance_families", "instance-family"),
    ("instance_types", TYPE),
    ("manufacturers", "instance-gpu-manufacturer"),
    ("names", "instance-gpu-name"),
    ("zones", "topology.kubernetes.io/zone"),
];

impl Gpu {
    /// The requirements of the node pool. If no argument selects instance types or GPUs, they select NVIDIA GPUs.
    #[must_use]
    pub fn requirements(&self, controller: Controller) -> Vec<Placed<Requirement>> {
        let mut found = Vec::new();
        let mut ask = |input: &str, label: &str, operator, values: Vec<String>| {
            let place = Place::of("gpu").then(input);
            found.push(Placed { place, value: Requirement::new(key(label, controller), operator, values) });
        };
        for (input, label) in LISTS {
            let values = self.list(input).to_vec();
            if label == TYPE && !self.efa_types.is_empty() {
                ask("efa", label, Operator::In, self.efa_types.clone());
            } else if !values.is_empty() {
                ask(input, label, Operator::In, values);
            } else if input == "manufacturers" && !self.says_which() {
                ask(input, label, Operator::In, vec![DEFAULT_MANUFACTURER.to_owned()]);
            }
        }
        if let Some(count) = self.count {
            ask("count", COUNT, Operator::In, vec![count.to_string()]);
        }
        // Earlier releases of Karpenter have no operator for "at least".
        if let Some(least) = self.min_count {
            ask("min_count", COUNT, Operator::Gt, vec![least.saturating_sub(1).to_string()]);
        }
        if let Some(most) = self.max_count {
            ask("max_count", COUNT, Operator::Lt, vec![most.saturating_add(1).to_string()]);
        }
        if let Some(mib) = self.memory.as_deref().and_then(mib) {
            ask("memory", MEMORY, Operator::Gt, vec![mib.saturating_sub(1).to_string()]);
        }
        found
    }

    /// Returns the requirement for instance types with an adapter.
    #[must_use]
    pub fn of_types(types: &[String]) -> Requirement {
        Requirement::new(TYPE, Operator::In, types.iter().cloned())
    }

    fn says_which(&self) -> bool {
        let lists = ["instance_categories", "instance_families", "instance_types", "manufacturers", "names"];
        lists.iter().any(|input| !self.list(input).is_empty())
            || self.count.or(self.min_count).or(self.max_count).is_some()
            || self.memory.is_some()
    }

    fn list(&self, input: &str) -> &[String] {
        match input {
            "architectures" => &self.architectures,
            "capacity_types" => &self.capacity_types,
            "instance_categories" => &self.instance_categories,
            "instance_families" => &self.instance_families,
            "instance_types" => &self.instance_types,
            "manufacturers" => &self.manufacturers,
            "names" => &self.names,
            _ => &self.zones,
        }
    }

    fn list_mut(&mut self, input: &str) -> &mut Vec<String> {
        match input {
            "architectures" => &mut self.architectures,
            "capacity_types" => &mut self.capacity_types,
            "instance_categories" => &mut self.instance_categories,
            "instance_families" => &mut self.instance_families,
            "instance_types" => &mut self.instance_types,
            "manufacturers" => &mut self.manufacturers,
            "names" => &mut self.names,
            _ => &mut self.zones,
        }
    }

    /// Moves the requirements that a `gpu` block can express into one. `None` if none of them selects instance types or
    /// GPUs, because the block would then add a requirement.
    #[must_use]
    pub fn take(requirements: &mut Vec<Requirement>, controller: Controller) -> Option<Self> {
        let mut found = Self::default();
        let others: Vec<_> =
            requirements.iter().filter(|requirement| !found.holds(requirement, controller)).cloned().collect();
        found.says_which().then(|| {
            *requirements = others;
            found
        })
    }

    /// Stores the requirement in an argument, and returns whether this is possible.
    fn holds(&mut self, given: &Requirement, controller: Controller) -> bool {
        if given.min_values.is_some() || given.values.is_empty() {
            return false;
        }
        let number = || given.values.first().filter(|_| given.values.len() == 1)?.parse::<i64>().ok();
        if given.key == key(COUNT, controller) {
            let (place, value) = match given.operator {
                Operator::In => (&mut self.count, number()),
                Operator::Gt => (&mut self.min_count, number().map(|bound| bound.saturating_add(1))),
                Operator::Lt => (&mut self.max_count, number().map(|bound| bound.saturating_sub(1))),
                _ => return false,
            };
            let is_free = place.is_none() && value.is_some_and(|value| value > 0);
            if is_free {
                *place = value;
            }
            return is_free;
        }
        if given.key == key(MEMORY, controller) && given.operator == Operator::Gt && self.memory.is_none() {
            self.memory = number().map(|bound| format!("{}Mi", bound.saturating_add(1)));
            return self.memory.is_some();
        }
        let input = LISTS.iter().find(|(_, label)| given.key == key(label, controller)).map(|(input, _)| *input);
        let Some(input) = input.filter(|input| given.operator == Operator::In && self.list(input).is_empty()) else {
            return false;
        };
        self.list_mut(input).clone_from(&given.values);
        true
    }
}

fn key(label: &str, controller: Controller) -> String {
    if label.contains('/') { label.to_owned() } else { format!("{}{label}", controller.prefix()) }
}

/// Returns the memory in MiB, rounded up, of a quantity of bytes, or of digits without a unit, which are MiB. `None`
/// for other strings and for zero.
#[must_use]
pub fn mib(memory: &str) -> Option<u64> {
    let is_plain = memory.bytes().all(|byte| byte.is_ascii_digit());
    let mib = if is_plain { memory.parse().ok() } else { Quantity::parse(memory)?.count_of("Mi") };
    mib.filter(|mib| *mib > 0 && i64::try_from(*mib).is_ok())
}
