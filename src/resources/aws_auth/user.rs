//! The schema of `ekscompute_aws_auth_map_user`.

use clients::names::cluster_name;
use framework::blocks::SingleBlock;
use framework::identity::Identity;
use framework::model::{Attr, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use framework::value::Value;
use render::aws_auth::Mapping;

use super::mapped::{Mapped, Spec, Values};
use super::validators as rules;

/// Manages exactly one `mapUsers` entry of the `aws-auth` ConfigMap in the `kube-system` namespace. The entry grants an
/// IAM user access to a cluster.
///
/// The rest of the ConfigMap is left unchanged byte for byte, even if other processes write to it concurrently. The
/// ConfigMap is created if it does not exist, and it is never deleted. Clusters with authentication mode `API` ignore
/// `aws-auth`; use `ekscompute_access_entry` instead.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapUser {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM user, including its path.
    #[attribute(required, replace, equivalent = same_user, validate = [rules::user_arn()])]
    pub user_arn: Attr<String>,
    /// Kubernetes username. It can contain the templates `{{EC2PrivateDNSName}}`, `{{SessionName}}`,
    /// `{{SessionNameRaw}}`, `{{AccountID}}`, and `{{AccessKeyID}}`. Empty if the entry has no username.
    #[attribute(required, validate = [rules::one_line(), rules::templates()])]
    pub username: Attr<String>,
    /// Kubernetes groups, which support the same templates as `username`. Their order in the entry has no meaning.
    #[attribute(optional, computed, validate = [must::each(rules::name()), must::each(rules::templates())])]
    pub groups: Set<String>,
    /// Whether to adopt an existing entry of the user, and change it if it differs. If `false`, an existing entry is an
    /// error.
    #[attribute(optional, computed, inert, default = false)]
    pub adopt: Attr<bool>,
    /// Whether destroying the resource deletes (`delete`) or keeps (`retain`) the entry. If unset, the entry is
    /// deleted.
    #[attribute(optional, inert, validate = [must::one_of(&["delete", "retain"]).documented()])]
    pub deletion_policy: Attr<String>,
    /// Whether to delete the entry even if the caller would lose access.
    #[attribute(optional, computed, inert, default = false)]
    pub skip_lockout_guard: Attr<bool>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// ID of the mapping in the format `cluster_name/user_arn`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Configuration block for operation timeouts. Each timeout defaults to `5m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Identity of a `mapUsers` entry.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapUserIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// ARN of the user.
    #[attribute(required)]
    pub user_arn: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for AwsAuthMapUserIdentity {}

/// Whether two ARNs identify the same user. Case is ignored.
fn same_user(configured: &Value, stored: &Value) -> bool {
    matches!((configured.as_str(), stored.as_str()), (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
}

impl Mapped for AwsAuthMapUser {
    const MAPPING: Mapping = Mapping::Users;
    const TYPE: &'static str = "ekscompute_aws_auth_map_user";
    const NOUN: &'static str = "user";
    const ARN: &'static str = "user_arn";
    type Identity = AwsAuthMapUserIdentity;

    fn spec(&self) -> Spec<'_> {
        Spec {
            region: &self.region,
            cluster_name: &self.cluster_name,
            arn: &self.user_arn,
            username: &self.username,
            groups: &self.groups,
            adopt: self.adopt == Attr::Known(true),
            deletion_policy: self.deletion_policy.text(),
            skip_lockout_guard: self.skip_lockout_guard == Attr::Known(true),
        }
    }

    fn fill(&mut self, values: Values) {
        self.region = values.region;
        self.username = values.username;
        self.groups = values.groups;
        self.id = values.id;
    }

    fn written_arn(arn: &str) -> Result<String, String> {
        Ok(arn.to_owned())
    }

    fn of_identity(identity: AwsAuthMapUserIdentity) -> Self {
        let AwsAuthMapUserIdentity { cluster_name, user_arn, region } = identity;
        Self {
            cluster_name,
            user_arn,
            region,
            adopt: Attr::Known(false),
            skip_lockout_guard: Attr::Known(false),
            ..Self::default()
        }
    }

    fn of_arn(cluster: &str, arn: &str) -> Self {
        Self::of_identity(AwsAuthMapUserIdentity {
            cluster_name: cluster.into(),
            user_arn: arn.into(),
            region: Attr::Null,
        })
    }

    fn identified(&self) -> AwsAuthMapUserIdentity {
        let (cluster_name, region) = (self.cluster_name.clone(), self.region.clone());
        AwsAuthMapUserIdentity { cluster_name, user_arn: self.user_arn.clone(), region }
    }

    fn tidy(&mut self) {
        for flag in [&mut self.adopt, &mut self.skip_lockout_guard] {
            if *flag == Attr::Known(false) {
                *flag = Attr::Null;
            }
        }
    }

    fn timeouts(&self) -> [&Attr<String>; 3] {
        const NONE: &Attr<String> = &Attr::Null;
        let of = self.timeouts.block();
        [of.map_or(NONE, |own| &own.create), of.map_or(NONE, |own| &own.update), of.map_or(NONE, |own| &own.delete)]
    }
}
