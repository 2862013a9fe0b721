//! Parts of the Karpenter definitions that were added after 1.0, with their releases. Each entry is checked against the
//! definitions of several releases.

/// The newest release that this table covers.
pub const NEWEST: &str = "1.15.2";

/// A part of a definition that is not in all releases since 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The kind, such as `EC2NodeClass`.
    pub kind: &'static str,
    /// The part that the release introduced.
    pub part: Part,
    /// The release, such as `1.15`.
    pub release: &'static str,
}

/// A part that a release introduced. In a path, `[]` is any list element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A field, with everything in it.
    Field(&'static str),
    /// All other fields of an object that previously had a fixed set of fields.
    FieldsIn(&'static str),
    /// A value of a field or of the elements of a list.
    Value(&'static str, &'static str),
    /// A label key, also for requirements.
    Label(&'static str),
    /// A field that became optional. If it is unset, it has this value, which all earlier releases accept.
    Optional(&'static str, &'static str),
}

use Part::{Field, FieldsIn, Label, Optional, Value};

const fn class(part: Part, release: &'static str) -> Arrival {
    Arrival { kind: "EC2NodeClass", part, release }
}

const fn pool(part: Part, release: &'static str) -> Arrival {
    Arrival { kind: "NodePool", part, release }
}

/// All entries, by kind and release.
pub const ARRIVALS: [Arrival; 27] = [
    class(Field("spec.capacityReservationSelectorTerms"), "1.3"),
    class(Field("spec.amiSelectorTerms[].ssmParameter"), "1.4"),
    class(Field("spec.blockDeviceMappings[].ebs.volumeInitializationRate"), "1.5"),
    class(Field("spec.capacityReservationSelectorTerms[].instanceMatchCriteria"), "1.8"),
    class(Field("spec.ipPrefixCount"), "1.8"),
    class(Value("spec.amiFamily", "Windows2025"), "1.9"),
    class(Field("spec.networkInterfaces"), "1.11"),
    class(Field("spec.placementGroupSelector"), "1.11"),
    class(Field("spec.connectionTracking"), "1.13"),
    class(Field("spec.cpuOptions"), "1.13"),
    class(Field("spec.enclaveOptions"), "1.15"),
    class(FieldsIn("spec.kubelet"), "1.15"),
    pool(Label("karpenter.k8s.aws/ec2nodeclass"), "1.1"),
    pool(Label("karpenter.k8s.aws/instance-cpu-sustained-clock-speed-mhz"), "1.1"),
    pool(Label("karpenter.k8s.aws/capacity-reservation-id"), "1.3"),
    pool(Label("karpenter.k8s.aws/capacity-reservation-type"), "1.6"),
    pool(Label("karpenter.k8s.aws/instance-capability-flex"), "1.7"),
    pool(Field("spec.replicas"), "1.8"),
    pool(Label("karpenter.k8s.aws/instance-tenancy"), "1.9"),
    pool(Value("spec.template.spec.requirements[].operator", "Gte"), "1.9"),
    pool(Value("spec.template.spec.requirements[].operator", "Lte"), "1.9"),
    pool(Label("karpenter.k8s.aws/capacity-reservation-interruptible"), "1.10"),
    pool(Label("karpenter.k8s.aws/placement-group-id"), "1.11"),
    pool(Label("karpenter.k8s.aws/placement-group-partition"), "1.11"),
    pool(Value("spec.disruption.consolidationPolicy", "Balanced"), "1.14"),
    pool(Optional("spec.disruption.consolidateAfter", "0s"), "1.15"),
    pool(Value("spec.disruption.budgets[].reasons", "Unhealthy"), "1.15"),
];

fn of_kind(kind: &str) -> impl Iterator<Item = Arrival> {
    ARRIVALS.into_iter().filter(move |arrival| arrival.kind == kind)
}

/// The release that introduced a field, such as `spec.networkInterfaces[0].deviceIndex`. `None` if all releases or none
/// of them have it.
#[must_use]
pub fn of_field(kind: &str, path: &str) -> Option<&'static str> {
    let path = without_indexes(path);
    let inside = |parent: &str| path.strip_prefix(parent).is_some_and(|rest| rest.starts_with(['.', '[']));
    // A field can be newer than the object that contains it, so the longest path decides.
    let found = of_kind(kind).filter_map(|arrival| match arrival.part {
        Field(field) if path == field || inside(field) => Some((field, arrival.release)),
        FieldsIn(object) if inside(object) => Some((object, arrival.release)),
        _ => None,
    });
    found.max_by_key(|(field, _)| field.len()).map(|(_, release)| release)
}

/// The release that introduced a value of a field.
#[must_use]
pub fn of_value(kind: &str, path: &str, value: &str) -> Option<&'static str> {
    let path = without_indexes(path);
    of_kind(kind).find(|arrival| arrival.part_is_value(&path, value)).map(|arrival| arrival.release)
}

/// Returns the release that introduced a label key.
#[must_use]
pub fn of_label(kind: &str, key: &str) -> Option<&'static str> {
    of_kind(kind).find(|arrival| matches!(arrival.part, Label(label) if label == key)).map(|arrival| arrival.release)
}

/// The value that a field has if it is unset, for releases that require it.
#[must_use]
pub fn if_unset(kind: &str, path: &str) -> Option<&'static str> {
    let path = without_indexes(path);
    of_kind(kind).find_map(|arrival| match arrival.part {
        Optional(field, value) if path == field => Some(value),
        _ => None,
    })
}

impl Arrival {
    fn part_is_value(&self, path: &str, value: &str) -> bool {
        matches!(self.part, Value(field, new) if field == path && new == value)
    }
}

/// Returns a path with `[]` for `[0]`.
fn without_indexes(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |found, part| found + "[" + part.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_inside_new_fields_are_as_new() {
        assert_eq!(of_field("EC2NodeClass", "spec.enclaveOptions.enabled"), Some("1.15"));
        assert_eq!(of_field("EC2NodeClass", "spec.networkInterfaces[2].deviceIndex"), Some("1.11"));
        assert_eq!(of_field("EC2NodeClass", "spec.networkInterfacesOfMine"), None);
        assert_eq!(of_field("NodePool", "spec.enclaveOptions"), None);
    }

    #[test]
    fn field_newer_than_its_object_has_own_release() {
        let term = "spec.capacityReservationSelectorTerms[1]";
        assert_eq!(of_field("EC2NodeClass", term), Some("1.3"));
        assert_eq!(of_field("EC2NodeClass", &format!("{term}.tags")), Some("1.3"));
        assert_eq!(of_field("EC2NodeClass", &format!("{term}.instanceMatchCriteria")), Some("1.8"));
    }

    #[test]
    fn opened_object_is_older_than_new_fields() {
        assert_eq!(of_field("EC2NodeClass", "spec.kubelet"), None);
        assert_eq!(of_field("EC2NodeClass", "spec.kubelet.singleProcessOOMKill"), Some("1.15"));
    }

    #[test]
    fn values_have_their_release() {
        assert_eq!(of_value("NodePool", "spec.template.spec.requirements[3].operator", "Gte"), Some("1.9"));
        assert_eq!(of_value("NodePool", "spec.disruption.budgets[0].reasons", "Unhealthy"), Some("1.15"));
        assert_eq!(of_value("NodePool", "spec.disruption.budgets[0].reasons", "Empty"), None);
        assert_eq!(of_label("NodePool", "karpenter.k8s.aws/instance-tenancy"), Some("1.9"));
        assert_eq!(of_label("NodePool", "karpenter.k8s.aws/instance-family"), None);
    }

    #[test]
    fn only_optional_fields_have_a_value_if_unset() {
        assert_eq!(if_unset("NodePool", "spec.disruption.consolidateAfter"), Some("0s"));
        assert_eq!(if_unset("NodePool", "spec.template.spec.requirements"), None);
    }

    #[test]
    fn guide_lists_every_arrival() {
        let guide = include_str!("../../../../docs-src/guides/karpenter-versions.md");
        let is_arrival = |line: &&str| line.starts_with("| `spec.") || line.starts_with("| `karpenter.k8s.aws/");
        let rows: Vec<_> = guide.lines().filter(is_arrival).collect();
        for Arrival { part, release, .. } in ARRIVALS {
            let (path, value) = match part {
                Field(path) => (path, String::new()),
                FieldsIn(path) => (path, ": fields other than".to_owned()),
                Value(path, value) => (path, format!("`{value}`")),
                Label(key) => (key, String::new()),
                Optional(path, _) => (path, ": optional".to_owned()),
            };
            let is_row = |row: &&&str| {
                row.starts_with(&format!("| `{path}`"))
                    && row.contains(&value)
                    && row.ends_with(&format!("| {release} |"))
            };
            assert_eq!(rows.iter().filter(is_row).count(), 1, "{path} {value} {release}");
        }
        let listed: usize = rows.iter().map(|row| row.split("`, `").count()).sum();
        assert_eq!(listed, ARRIVALS.len());
    }
}
