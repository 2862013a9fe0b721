//! Cluster insights: what EKS finds when it checks whether a cluster can be upgraded or rolled back.

/// The insights of a cluster in one category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsightList {
    /// The name of the cluster.
    pub cluster: String,
    /// The category.
    pub category: InsightCategory,
}

/// One insight of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsightId {
    /// The name of the cluster.
    pub cluster: String,
    /// The ID, a UUID.
    pub id: String,
}

/// The categories of insights about Kubernetes versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InsightCategory {
    /// `UPGRADE_READINESS`: EKS updates these insights every 24 hours.
    Upgrade,
    /// `ROLLBACK_READINESS`: these insights exist for 7 days after an upgrade of the control plane.
    Rollback,
}

impl InsightCategory {
    /// Returns the term for such an insight, at the beginning of a sentence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Upgrade => "Upgrade insight",
            Self::Rollback => "Rollback insight",
        }
    }
}

/// The status of an insight that does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InsightStatus {
    /// A potential problem, or a problem with a version after the next one.
    Warning,
    /// A problem with the next version, or an obstacle to the rollback.
    Error,
}

impl InsightStatus {
    /// Returns the status as in the EKS API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// What an insight checks. The EKS API has no field for it, so the name determines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InsightKind {
    /// `Kubelet version skew`.
    KubeletSkew,
    /// `kube-proxy version skew`.
    KubeProxySkew,
    /// `EKS add-on version compatibility`.
    AddonCompatibility,
    /// `Amazon Linux 2 compatibility`.
    AmazonLinux2,
    /// `Cluster health issues`, such as a deleted subnet or role of the control plane.
    ClusterHealth,
    /// `Deprecated APIs removed in Kubernetes v1.32`, with the clients that call them.
    DeprecatedApis,
    /// Any other insight. EKS adds insights with new Kubernetes versions.
    Other,
}

impl InsightKind {
    /// Returns the kind of the insight with this name. Source: output of `aws eks list-insights` in the EKS user guide
    /// and of public clusters.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let contains = |word: &str| name.contains(word);
        match () {
            () if contains("kubelet") && contains("skew") => Self::KubeletSkew,
            () if contains("kube-proxy") && contains("skew") => Self::KubeProxySkew,
            () if contains("add-on") && contains("compatib") => Self::AddonCompatibility,
            () if contains("amazon linux 2 ") => Self::AmazonLinux2,
            () if contains("cluster health") => Self::ClusterHealth,
            () if contains("deprecated api") => Self::DeprecatedApis,
            () => Self::Other,
        }
    }
}

/// An insight with the status `WARNING` or `ERROR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// The ID, a UUID.
    pub id: String,
    /// The name, in one line.
    pub name: String,
    /// What it checks.
    pub kind: InsightKind,
    /// The status.
    pub status: InsightStatus,
    /// The Kubernetes version that it is about, such as `(1, 34)`. `None` if it applies to every version.
    pub version: Option<(u32, u32)>,
    /// The reason for the status.
    pub reason: String,
}

/// The details of an insight.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InsightDetails {
    /// What EKS recommends.
    pub recommendation: Option<String>,
    /// The resources that do not pass.
    pub resources: Vec<InsightResource>,
    /// The EKS add-ons that the insight lists.
    pub addons: Vec<AddonCompatibility>,
}

/// A resource that an insight lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InsightResource {
    /// The path of a Kubernetes object, such as `/api/v1/nodes/ip-10-0-1-7.ec2.internal`, or an ARN.
    pub name: String,
    /// The reason for its status.
    pub reason: Option<String>,
}

/// An EKS add-on and the versions that are compatible with the Kubernetes version of the insight.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddonCompatibility {
    /// The name, such as `vpc-cni`.
    pub name: String,
    /// The versions, such as `v1.20.0-eksbuild.1`.
    pub compatible_versions: Vec<String>,
}

impl InsightResource {
    /// Returns the name of the node that runs a pod on Fargate, if it is one. Such nodes have names such as
    /// `fargate-ip-10-0-1-7.ec2.internal`.
    #[must_use]
    pub fn fargate_node(&self) -> Option<&str> {
        self.name.rsplit('/').next().filter(|name| name.starts_with("fargate-"))
    }

    /// Returns the name of the EKS add-on of an ARN such as
    /// `arn:aws:eks:us-east-1:111122223333:addon/demo/vpc-cni/a1b2c3d4`.
    #[must_use]
    pub fn addon(&self) -> Option<&str> {
        self.name.split_once(":addon/")?.1.split('/').nth(1)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Kubelet version skew", InsightKind::KubeletSkew)]
    #[case("kube-proxy version skew", InsightKind::KubeProxySkew)]
    #[case("EKS add-on version compatibility", InsightKind::AddonCompatibility)]
    #[case("Amazon Linux 2 compatibility", InsightKind::AmazonLinux2)]
    #[case("Amazon Linux 2023 kernel", InsightKind::Other)]
    #[case("Cluster health issues", InsightKind::ClusterHealth)]
    #[case("Deprecated APIs removed in Kubernetes v1.32", InsightKind::DeprecatedApis)]
    #[case("Feature gate compatibility", InsightKind::Other)]
    fn name_determines_the_kind(#[case] name: &str, #[case] kind: InsightKind) {
        assert_eq!(InsightKind::from_name(name), kind);
    }

    #[test]
    fn resources_are_nodes_or_add_ons() {
        let resource = |name: &str| InsightResource { name: name.to_owned(), reason: None };
        let fargate = resource("/api/v1/nodes/fargate-ip-10-0-1-7.ec2.internal");
        assert_eq!((fargate.fargate_node(), fargate.addon()), (Some("fargate-ip-10-0-1-7.ec2.internal"), None));
        let node = resource("/api/v1/nodes/ip-10-0-1-7.ec2.internal");
        assert_eq!((node.fargate_node(), node.addon()), (None, None));
        let addon = resource("arn:aws:eks:us-east-1:111122223333:addon/demo/vpc-cni/a1b2");
        assert_eq!((addon.fargate_node(), addon.addon()), (None, Some("vpc-cni")));
    }
}
