//! The schema of `ekscompute_aws_auth_map_role`.

use clients::names::cluster_name;
use framework::blocks::SingleBlock;
use framework::diagnostics::Diagnostics;
use framework::identity::Identity;
use framework::model::{Attr, Model, Set};
use framework::path::Path;
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use framework::value::Value;
use render::aws_auth::Mapping;
use render::role_arn::without_path;

use super::mapped::{Mapped, Spec, Values};
use super::presets::{NODE_TYPES, Preset};
use super::validators as rules;

/// Manages exactly one `mapRoles` entry of the ConfigMap `kube-system/aws-auth`, which lets an IAM role into a cluster.
///
/// Every other byte of the ConfigMap stays as it is, whoever writes there at the same time. The ConfigMap itself is made
/// when it is missing and never deleted. A cluster in authentication mode `API` ignores `aws-auth`; there,
/// `ekscompute_access_entry` does the same.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapRole {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM role. A path in it is accepted and left out of the entry, because the cluster never sees one.
    #[attribute(required, replace, equivalent = same_role, validate = [rules::mappable_role()])]
    pub role_arn: Attr<String>,
    /// What runs with the role, which gives user name and groups: `ec2_linux` (also Bottlerocket and Karpenter),
    /// `ec2_windows`, `fargate` or `hybrid`. For anything else, such as people, give `username` and `groups` instead.
    #[attribute(optional, computed, validate = [must::one_of(NODE_TYPES)])]
    pub node_type: Attr<String>,
    /// Kubernetes user name. It may hold `{{EC2PrivateDNSName}}`, `{{SessionName}}`, `{{SessionNameRaw}}`,
    /// `{{AccountID}}` and `{{AccessKeyID}}`. It is empty where an entry has none.
    #[attribute(optional, computed, validate = [rules::one_line(), rules::templates()])]
    pub username: Attr<String>,
    /// Kubernetes groups, with the same templates. Their order in the entry has no meaning.
    #[attribute(optional, computed, validate = [must::each(rules::name()), must::each(rules::templates())])]
    pub groups: Set<String>,
    /// Whether an entry of the role that exists already is taken over, and changed if it differs, instead of being an
    /// error. EKS makes such entries itself for managed node groups and Fargate profiles.
    #[attribute(optional, computed, inert, default = false)]
    pub adopt: Attr<bool>,
    /// What destroying does with the entry: `delete` or `retain`. Without it, the entry is deleted, unless it was
    /// adopted and a managed node group or Fargate profile still uses the role.
    #[attribute(optional, inert, validate = [must::one_of(&["delete", "retain"])])]
    pub deletion_policy: Attr<String>,
    /// Whether the entry is deleted even if nodes or the caller lose their access with it.
    #[attribute(optional, computed, inert, default = false)]
    pub skip_lockout_guard: Attr<bool>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// ARN in the entry: that of the role without its path.
    #[attribute(computed, stable)]
    pub mapped_role_arn: Attr<String>,
    /// `cluster_name/mapped_role_arn`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// How long each operation may take; 5 minutes each by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// What identifies an entry of `mapRoles`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapRoleIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// ARN of the role.
    #[attribute(required)]
    pub role_arn: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for AwsAuthMapRoleIdentity {}

/// Whether two ARNs are of one role: paths and case do not count.
fn same_role(configured: &Value, stored: &Value) -> bool {
    let plain = |value: &Value| without_path(value.as_str()?).ok();
    matches!((plain(configured), plain(stored)), (Some(one), Some(other)) if one.eq_ignore_ascii_case(&other))
}

impl Mapped for AwsAuthMapRole {
    const MAPPING: Mapping = Mapping::Roles;
    const TYPE: &'static str = "ekscompute_aws_auth_map_role";
    const NOUN: &'static str = "role";
    const ARN: &'static str = "role_arn";
    type Identity = AwsAuthMapRoleIdentity;

    fn spec(&self) -> Spec<'_> {
        Spec {
            region: &self.region,
            cluster_name: &self.cluster_name,
            arn: &self.role_arn,
            username: &self.username,
            groups: &self.groups,
            adopt: self.adopt == Attr::Known(true),
            deletion_policy: self.deletion_policy.text(),
            skip_lockout_guard: self.skip_lockout_guard == Attr::Known(true),
        }
    }

    fn fill(&mut self, values: Values) {
        let preset = Preset::of(&values.username, &values.groups);
        // A type that is configured stays, because core allows nothing else; two types write the same.
        let fits = self.node_type.text().and_then(Preset::named).is_some_and(|named| {
            preset.is_some_and(|preset| (preset.username, preset.groups) == (named.username, named.groups))
        });
        if !fits {
            let open = values.username.is_unknown() || values.groups.is_unknown();
            self.node_type = match preset {
                Some(preset) => preset.node_type.into(),
                None if open => Attr::Unknown,
                None => Attr::Null,
            };
        }
        self.region = values.region;
        self.username = values.username;
        self.groups = values.groups;
        self.id = values.id;
        self.mapped_role_arn = values.mapped_arn;
    }

    fn written_arn(arn: &str) -> Result<String, String> {
        without_path(arn).map_err(|error| error.to_string())
    }

    fn preset(&self) -> Option<&'static Preset> {
        self.node_type.text().and_then(Preset::named)
    }

    fn preset_is_open(&self) -> bool {
        self.node_type.is_unknown()
    }

    fn validate(&self, diagnostics: &mut Diagnostics) {
        contradictions(self, diagnostics);
    }

    fn of_identity(identity: AwsAuthMapRoleIdentity) -> Self {
        let AwsAuthMapRoleIdentity { cluster_name, role_arn, region } = identity;
        Self {
            cluster_name,
            role_arn,
            region,
            adopt: Attr::Known(false),
            skip_lockout_guard: Attr::Known(false),
            ..Self::default()
        }
    }

    fn of_arn(cluster: &str, arn: &str) -> Self {
        Self::of_identity(AwsAuthMapRoleIdentity {
            cluster_name: cluster.into(),
            role_arn: arn.into(),
            region: Attr::Null,
        })
    }

    fn identified(&self) -> AwsAuthMapRoleIdentity {
        let (cluster_name, region) = (self.cluster_name.clone(), self.region.clone());
        AwsAuthMapRoleIdentity { cluster_name, role_arn: self.mapped_role_arn.clone(), region }
    }

    fn tidy(&mut self) {
        if self.node_type.is_known() {
            (self.username, self.groups) = (Attr::Null, Attr::Null);
        }
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

/// A preset or a user name, not both, unless the one is what the other gives.
fn contradictions(config: &AwsAuthMapRole, diagnostics: &mut Diagnostics) {
    let open = config.node_type.is_unknown() || config.username.is_unknown() || config.groups.is_unknown();
    if open {
        return;
    }
    let at = |name: &str| Path::attribute(name);
    match (config.node_type.text(), config.username.is_null(), config.groups.is_null()) {
        (None, true, _) => diagnostics.error_at(
            Path::root(),
            "Neither node_type nor username is given",
            format!(
                "The entry of a {} needs the Kubernetes user it is mapped to. For the role of nodes give node_type, for \
                 any other role username and groups.",
                AwsAuthMapRole::NOUN
            ),
        ),
        (Some(node_type), ..) => {
            let Some(preset) = Preset::named(node_type) else { return };
            // Terraform generates all three from the state.
            let other_name = config.username.text().is_some_and(|text| text != preset.username);
            let other_groups = config.groups.is_known() && config.groups != preset.group_set();
            let name = match (other_name, other_groups) {
                (true, _) => "username",
                (false, true) => "groups",
                (false, false) => return,
            };
            diagnostics.error_at(
                at(name),
                format!("Conflicting arguments node_type and {name}"),
                format!("node_type = {node_type:?} gives user name and groups. Remove node_type or {name}."),
            );
        }
        _ => {}
    }
}
