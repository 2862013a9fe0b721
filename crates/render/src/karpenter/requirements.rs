//! Requirements of a node pool on the labels of its nodes, and whether labels fulfill them, as in Karpenter's
//! scheduler (`pkg/scheduling/requirement.go` of kubernetes-sigs/karpenter).

use std::collections::{BTreeMap, BTreeSet};

/// Label keys that Karpenter converts to other keys.
const OTHER_NAMES: [(&str, &str); 6] = [
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("topology.ebs.csi.aws.com/zone", "topology.kubernetes.io/zone"),
];

/// The operator of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label has another value, or does not exist.
    NotIn,
    /// The label exists.
    Exists,
    /// The label does not exist.
    DoesNotExist,
    /// The label is an integer greater than the value.
    Gt,
    /// The label is an integer less than the value.
    Lt,
    /// The label is an integer of at least the value (Karpenter 1.9).
    Gte,
    /// The label is an integer of at most the value (Karpenter 1.9).
    Lte,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// The operator.
    pub operator: Operator,
    /// The values.
    pub values: Vec<String>,
    /// Minimum number of different values of the label.
    pub min_values: Option<u32>,
}

/// The labels of a possible node, by key.
pub type Labels = BTreeMap<String, String>;

impl Operator {
    /// All operators, in the spelling of users.
    pub const NAMES: &'static [&'static str] = &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"];

    /// Returns the operator with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        use Operator::{DoesNotExist, Exists, Gt, Gte, In, Lt, Lte, NotIn};
        [In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte, Lte].into_iter().find(|operator| operator.name() == name)
    }

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::NotIn => "NotIn",
            Self::Exists => "Exists",
            Self::DoesNotExist => "DoesNotExist",
            Self::Gt => "Gt",
            Self::Lt => "Lt",
            Self::Gte => "Gte",
            Self::Lte => "Lte",
        }
    }

    /// Returns whether it compares integers.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Gt | Self::Lt | Self::Gte | Self::Lte)
    }
}

impl Requirement {
    /// Returns a requirement without a minimum number of values.
    pub fn new<V: Into<String>>(
        key: impl Into<String>,
        operator: Operator,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self { key: key.into(), operator, values: values.into_iter().map(Into::into).collect(), min_values: None }
    }

    /// Returns whether a label with this value, or without a value, fulfills it.
    #[must_use]
    pub fn allows(&self, label: Option<&str>) -> bool {
        let is_listed = |label: &str| self.values.iter().any(|value| value == label);
        match (self.operator, label) {
            (Operator::In, Some(label)) => is_listed(label),
            (Operator::NotIn, Some(label)) => !is_listed(label),
            (Operator::Exists, label) => label.is_some(),
            (Operator::DoesNotExist, label) => label.is_none(),
            (Operator::NotIn, None) => true,
            (_, None) => false,
            (operator, Some(label)) => {
                self.bound().zip(label.parse::<i64>().ok()).is_some_and(|(bound, number)| match operator {
                    Operator::Gt => number > bound,
                    Operator::Lt => number < bound,
                    Operator::Gte => number >= bound,
                    _ => number <= bound,
                })
            }
        }
    }

    fn bound(&self) -> Option<i64> {
        self.values.first()?.parse().ok()
    }

    /// Returns its label key as converted by Karpenter.
    #[must_use]
    pub fn label(&self) -> &str {
        canonical(&self.key)
    }
}

impl std::fmt::Display for Requirement {
    /// Formats the requirement for users, such as `kubernetes.io/arch In [amd64, arm64]`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.key, self.operator.name())?;
        match self.operator {
            Operator::Exists | Operator::DoesNotExist => Ok(()),
            _ => write!(formatter, " [{}]", self.values.join(", ")),
        }
    }
}

/// Returns the label key that Karpenter compares.
#[must_use]
pub fn canonical(key: &str) -> &str {
    OTHER_NAMES.iter().find(|(other, _)| *other == key).map_or(key, |(_, name)| name)
}

/// Returns the requirements that the labels do not fulfill. If `is_decided` is false for a label, its requirement is
/// ignored: custom labels do not depend on the instance type, and Karpenter sets them on the node.
pub fn refusing<'r>(
    requirements: &'r [Requirement],
    labels: &'r Labels,
    is_decided: impl Fn(&str) -> bool + 'r,
) -> impl Iterator<Item = &'r Requirement> {
    requirements.iter().filter(move |requirement| {
        let label = requirement.label();
        is_decided(label) && !requirement.allows(labels.get(label).map(String::as_str))
    })
}

/// Returns the requirements whose minimum number of values the candidates do not have, with the number that they have.
pub fn unmet_min_values<'r>(
    requirements: &'r [Requirement],
    candidates: &'r [&'r Labels],
) -> impl Iterator<Item = (&'r Requirement, usize)> {
    requirements.iter().filter_map(move |requirement| {
        let least = usize::try_from(requirement.min_values?).unwrap_or(usize::MAX);
        let values: BTreeSet<_> = candidates.iter().filter_map(|labels| labels.get(requirement.label())).collect();
        (values.len() < least).then_some((requirement, values.len()))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Operator::In, &["g6", "p5"], Some("g6"), true)]
    #[case(Operator::In, &["g6", "p5"], Some("g5"), false)]
    #[case(Operator::In, &["g6"], None, false)]
    #[case(Operator::NotIn, &["g6"], Some("g6"), false)]
    #[case(Operator::NotIn, &["g6"], Some("g5"), true)]
    #[case(Operator::NotIn, &["g6"], None, true)]
    #[case(Operator::Exists, &[], Some(""), true)]
    #[case(Operator::Exists, &[], None, false)]
    #[case(Operator::DoesNotExist, &[], Some(""), false)]
    #[case(Operator::DoesNotExist, &[], None, true)]
    #[case(Operator::Gt, &["24000"], Some("22888"), false)]
    #[case(Operator::Gt, &["24000"], Some("45776"), true)]
    #[case(Operator::Gt, &["8"], Some("8"), false)]
    #[case(Operator::Gte, &["8"], Some("8"), true)]
    #[case(Operator::Lt, &["8"], Some("8"), false)]
    #[case(Operator::Lt, &["8"], Some("7"), true)]
    #[case(Operator::Lte, &["8"], Some("8"), true)]
    #[case(Operator::Lte, &["8"], Some("9"), false)]
    #[case(Operator::Gt, &["9"], Some("10"), true)]
    #[case(Operator::Gt, &["1"], Some("many"), false)]
    #[case(Operator::Lt, &["1"], None, false)]
    fn requirement_matches_label_with_karpenter_semantics(
        #[case] operator: Operator,
        #[case] values: &[&str],
        #[case] label: Option<&str>,
        #[case] expected: bool,
    ) {
        assert_eq!(Requirement::new("k", operator, values.iter().copied()).allows(label), expected);
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_labels_that_come_with_the_type_refuse() {
        let requirements = [
            Requirement::new("beta.kubernetes.io/arch", Operator::In, ["arm64"]),
            Requirement::new("team", Operator::Exists, [""; 0]),
            Requirement::new("karpenter.k8s.aws/instance-gpu-count", Operator::Exists, [""; 0]),
        ];
        let labels = labels(&[("kubernetes.io/arch", "amd64")]);
        let found: Vec<_> = refusing(&requirements, &labels, |key| key != "team").map(Requirement::to_string).collect();
        assert_eq!(found, ["beta.kubernetes.io/arch In [arm64]", "karpenter.k8s.aws/instance-gpu-count Exists"]);
    }

    #[test]
    fn too_few_values_are_counted() {
        let family = |least| Requirement {
            min_values: least,
            ..Requirement::new("karpenter.k8s.aws/instance-family", Operator::Exists, [""; 0])
        };
        let (g6, g5) = (
            labels(&[("karpenter.k8s.aws/instance-family", "g6")]),
            labels(&[("karpenter.k8s.aws/instance-family", "g5")]),
        );
        let requirements = [family(Some(2)), family(Some(3)), family(None)];
        let candidates = [&g6, &g5, &g6];
        let found: Vec<_> = unmet_min_values(&requirements, &candidates).collect();
        assert_eq!(found, [(&requirements[1], 2)]);
    }

    #[test]
    fn every_operator_has_its_name() {
        let names: Vec<_> = Operator::NAMES.iter().map(|name| Operator::parse(name).map(Operator::name)).collect();
        assert_eq!(names, Operator::NAMES.iter().copied().map(Some).collect::<Vec<_>>());
        assert_eq!(Operator::parse("in"), None);
    }
}
