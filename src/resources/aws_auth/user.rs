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

/// Manages exactly one `mapUsers` entry of the ConfigMap `kube-system/aws-auth`, which lets an IAM user into a cluster.
///
/// Every other byte of the ConfigMap stays as it is, whoever writes there at the same time. The ConfigMap itself is made
/// when it is missing and never deleted. A cluster in authentication mode `API` ignores `aws-auth`; there,
/// `ekscompute_access_entry` does the same.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapUser {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM user, with its path.
    #[attribute(required, replace, equivalent = same_user, validate = [rules::user_arn()])]
    pub user_arn: Attr<String>,
    /// Kubernetes user name. It may hold `{{EC2PrivateDNSName}}`, `{{SessionName}}`, `{{SessionNameRaw}}`,
    /// `{{AccountID}}` and `{{AccessKeyID}}`. It is empty where an entry has none.
    #[attribute(required, validate = [rules::one_line(), rules::templates()])]
    pub username: Attr<String>,
    /// Kubernetes groups, with the same templates. Their order in the entry has no meaning.
    #[attribute(optional, computed, validate = [must::each(rules::name()), must::each(rules::templates())])]
    pub groups: Set<String>,
    /// Whether an entry of the user that exists already is taken over, and changed if it differs, instead of being an
    /// error.
    #[attribute(optional, computed, inert, default = false)]
    pub adopt: Attr<bool>,
    /// What destroying does with the entry: `delete` or `retain`. Without it, the entry is deleted.
    #[attribute(optional, inert, validate = [must::one_of(&["delete", "retain"])])]
    pub deletion_policy: Attr<String>,
    /// Whether the entry is deleted even if the caller loses access with it.
    #[attribute(optional, computed, inert, default = false)]
    pub skip_lockout_guard: Attr<bool>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// `cluster_name/user_arn`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// How long each operation may take; 5 minutes each by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// What identifies an entry of `mapUsers`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapUserIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// ARN of the user.
    #[attribute(required)]
    pub user_arn: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for AwsAuthMapUserIdentity {}

/// Whether two ARNs are of one user: case does not count.
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
