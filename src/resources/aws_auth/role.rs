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

/// Manages exactly one `mapRoles` entry of the `aws-auth` ConfigMap in the `kube-system` namespace. The entry grants an
/// IAM role access to a cluster.
///
/// The rest of the ConfigMap is left unchanged byte for byte, even if other processes write to it concurrently. The
/// ConfigMap is created if it does not exist, and it is never deleted. Clusters with authentication mode `API` ignore
/// `aws-auth`; use `ekscompute_access_entry` instead.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapRole {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM role. A path in the ARN is accepted, but omitted from the entry, because the cluster does not
    /// receive it.
    #[attribute(required, replace, equivalent = same_role, validate = [rules::mappable_role()])]
    pub role_arn: Attr<String>,
    /// Type of the nodes that use the role, which sets the username and groups: `ec2_linux` (including Bottlerocket
    /// and Karpenter), `ec2_windows`, `fargate`, or `hybrid`. For other uses of the role, such as people, set
    /// `username` and `groups` instead.
    #[attribute(optional, computed, validate = [must::one_of(NODE_TYPES).documented()])]
    pub node_type: Attr<String>,
    /// Kubernetes username. It can contain the templates `{{EC2PrivateDNSName}}`, `{{SessionName}}`,
    /// `{{SessionNameRaw}}`, `{{AccountID}}`, and `{{AccessKeyID}}`. Empty if the entry has no username.
    #[attribute(optional, computed, validate = [rules::one_line(), rules::templates()])]
    pub username: Attr<String>,
    /// Kubernetes groups, which support the same templates as `username`. Their order in the entry has no meaning.
    #[attribute(optional, computed, validate = [must::each(rules::name()), must::each(rules::templates())])]
    pub groups: Set<String>,
    /// Whether to adopt an existing entry of the role, and change it if it differs. If `false`, an existing entry is an
    /// error. EKS creates such entries for managed node groups and Fargate profiles.
    #[attribute(optional, computed, inert, default = false)]
    pub adopt: Attr<bool>,
    /// Whether destroying the resource deletes (`delete`) or keeps (`retain`) the entry. If unset, the entry is
    /// deleted, unless it was adopted and a managed node group or Fargate profile still uses the role.
    #[attribute(optional, inert, validate = [must::one_of(&["delete", "retain"]).documented()])]
    pub deletion_policy: Attr<String>,
    /// Whether to delete the entry even if nodes or the caller would lose access.
    #[attribute(optional, computed, inert, default = false)]
    pub skip_lockout_guard: Attr<bool>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// ARN in the entry, which is the ARN of the role without its path.
    #[attribute(computed, stable)]
    pub mapped_role_arn: Attr<String>,
    /// ID of the mapping in the format `cluster_name/mapped_role_arn`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Configuration block for operation timeouts. Each timeout defaults to `5m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Identity of a `mapRoles` entry.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthMapRoleIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// ARN of the role.
    #[attribute(required)]
    pub role_arn: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for AwsAuthMapRoleIdentity {}

/// Whether two ARNs identify the same role. Paths and case are ignored.
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
        // A configured type is kept, because Terraform core does not allow another value. Two types result in the same
        // entry.
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

/// Checks that either a preset or a username is set. Both can be set if they are equivalent.
fn contradictions(config: &AwsAuthMapRole, diagnostics: &mut Diagnostics) {
    let open = config.node_type.is_unknown() || config.username.is_unknown() || config.groups.is_unknown();
    if open {
        return;
    }
    let at = |name: &str| Path::attribute(name);
    match (config.node_type.text(), config.username.is_null(), config.groups.is_null()) {
        (None, true, _) => diagnostics.error_at(
            Path::root(),
            "Missing node_type or username",
            format!(
                "An entry for a {} requires a Kubernetes username. For a node role, set node_type. For any other role, \
                 set username and groups.",
                AwsAuthMapRole::NOUN
            ),
        ),
        (Some(node_type), ..) => {
            let Some(preset) = Preset::named(node_type) else { return };
            // Terraform generates all three arguments from state.
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
                format!("node_type = {node_type:?} sets the username and the groups. Remove node_type or {name}."),
            );
        }
        _ => {}
    }
}
