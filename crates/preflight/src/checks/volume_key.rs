//! Amazon EC2 Auto Scaling can use the KMS key of the volumes.

use std::collections::BTreeSet;

use crate::derived::template;
use crate::facts::{Facts, Family, KmsKey, Skip, Template, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::policy::Policy;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "volume_key",
    finds: "Reports a KMS key for the volumes, specified by the launch template or the account default, that is \
            disabled or that the Auto Scaling service-linked role is not allowed to use.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate],
    reads: &[Family::Template, Family::DefaultVolumeKey, Family::KmsKey],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// The service-linked role that Auto Scaling uses to launch instances. Other roles with a suffix can exist.
const ROLE: &str = "AWSServiceRoleForAutoScaling";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let template = template(subject, facts)?;
    let mut keys = named(template);
    if template.is_none_or(leaves_to_the_account) {
        keys.extend(facts.default_volume_key(())?.map(String::as_str));
    }
    // AWS managed keys can be used by every principal in the account.
    let keys: Vec<_> = keys.into_iter().filter(|key| !key.contains("alias/aws/")).collect();
    let path = if template.is_some() { &subject.launch_template.path } else { &subject.cluster.path };
    for (name, key) in keys.iter().zip(together(keys.iter().map(|key| facts.kms_key(*key)))?) {
        let Some(key) = key else { continue };
        if ["Disabled", "PendingDeletion", "PendingReplicaDeletion", "Unavailable"].contains(&key.state.as_str()) {
            let found = format!("Volumes are encrypted with {name}, whose state is {}.", key.state);
            let why = "Instances cannot be launched: EC2 terminates each instance immediately with \
                       Client.InternalError.";
            let fix = "Enable the key, or use another key.";
            verdicts.blocks_apply(path, Finding::new("Volume encryption key cannot be used", found, why, fix));
        } else if !key.managed_by_aws && !grants_auto_scaling(key) {
            let found =
                format!("Volumes are encrypted with {}, whose policy and grants do not include {ROLE}.", key.arn);
            let why = "Auto Scaling launches the nodes. If it cannot use the key, EC2 terminates each instance \
                       immediately with Client.InternalError.";
            let fix = format!(
                "In the key policy, allow arn:{}:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/{ROLE} to use \
                 the key: kms:Encrypt, kms:Decrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey, and \
                 kms:CreateGrant.",
                subject.partition,
                crate::derived::account(&key.arn).unwrap_or("ACCOUNT")
            );
            verdicts.warning(path, Finding::new("Auto Scaling cannot use the volume encryption key", found, why, fix));
        }
    }
    Ok(())
}

/// Returns the keys that the launch template specifies for encrypted volumes.
fn named(template: Option<&Template>) -> BTreeSet<&str> {
    let volumes = template.into_iter().flat_map(|template| &template.volumes);
    let encrypted = volumes.filter(|volume| volume.encrypted != Some(false));
    encrypted.filter_map(|volume| volume.kms_key.as_deref()).collect()
}

/// Returns whether the account default determines the key of a volume.
fn leaves_to_the_account(template: &Template) -> bool {
    let leaves = |volume: &crate::facts::BlockDevice| volume.kms_key.is_none() && volume.encrypted != Some(false);
    template.volumes.is_empty() || template.volumes.iter().any(leaves)
}

/// Returns whether the key policy or grants allow Auto Scaling to use the key. The account as a principal is ignored:
/// it delegates to the policies of its roles, and the policy of the service-linked role does not include keys.
fn grants_auto_scaling(key: &KmsKey) -> bool {
    if key.grantees.iter().any(|grantee| grantee.contains(ROLE)) {
        return true;
    }
    // A policy that cannot be read can allow everything.
    let Some(policy) = key.policy.as_deref().and_then(Policy::parse) else { return true };
    if policy.is_unclear() {
        return true;
    }
    policy.statements.iter().filter(|statement| statement.allows).any(|statement| {
        // A deleted role appears as its unique ID.
        let fits = |name: &String| name == "*" || name.contains(ROLE) || name.starts_with("AROA");
        statement.other_principals.iter().any(fits)
            || statement.services.iter().any(|service| service.starts_with("autoscaling."))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{BlockDevice, Fact, FactResult};

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1";
    const PATH: &str = "launch_template[0]";

    fn policy(principal: &str) -> Option<String> {
        let root = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}"#;
        let other = format!(
            r#"{{"Effect":"Allow","Action":"kms:CreateGrant","Resource":"*","Principal":{{"AWS":"{principal}"}}}}"#
        );
        Some(format!(r#"{{"Statement":[{root},{other}]}}"#))
    }

    fn key(key: KmsKey) -> Fact {
        Fact::KmsKey(KEY.to_owned(), FactResult::Known(KmsKey { arn: KEY.to_owned(), ..key }))
    }

    fn of(found: KmsKey) -> World {
        let volumes =
            vec![BlockDevice { encrypted: Some(true), kms_key: Some(KEY.to_owned()), ..BlockDevice::default() }];
        node_group().template(Template { volumes, ..Template::default() }).with(key(found))
    }

    fn of_policy(policy: Option<String>) -> World {
        of(KmsKey { state: "Enabled".to_owned(), policy, ..KmsKey::default() })
    }

    #[test]
    fn auto_scaling_must_be_let() {
        let role = format!("arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/{ROLE}");
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &of_policy(policy(&role)));
        is_silent(&CHECK, &of_policy(policy("*")));
        is_silent(&CHECK, &of_policy(None));
        let closed = of_policy(policy("arn:aws:iam::111122223333:role/other"));
        fires(&CHECK, &closed, Effect::Warns, PATH, &[KEY, ROLE, "arn:aws:iam::111122223333:role/aws-service-role"]);
        let granted = KmsKey {
            policy: policy("arn:aws:iam::111122223333:role/other"),
            grantees: vec![role],
            ..KmsKey::default()
        };
        is_silent(&CHECK, &of(granted));
        let of_aws = KmsKey {
            policy: policy("arn:aws:iam::111122223333:role/other"),
            managed_by_aws: true,
            ..KmsKey::default()
        };
        is_silent(&CHECK, &of(of_aws));
    }

    #[test]
    fn key_must_be_enabled() {
        let of = |state: &str| of(KmsKey { state: state.to_owned(), policy: policy("*"), ..KmsKey::default() });
        is_silent(&CHECK, &of("Enabled"));
        fires(&CHECK, &of("PendingDeletion"), Effect::BlocksApply, PATH, &["whose state is PendingDeletion"]);
    }

    #[test]
    fn default_key_counts_where_nothing_else_is_said() {
        let default = |world: World| {
            let closed = policy("arn:aws:iam::111122223333:role/other");
            world
                .with(Fact::DefaultVolumeKey((), FactResult::Known(KEY.to_owned())))
                .with(key(KmsKey { policy: closed, ..KmsKey::default() }))
        };
        fires(&CHECK, &default(node_group()), Effect::Warns, "cluster_name", &[KEY]);
        let plain = |encrypted, kms_key: Option<&str>| {
            let volumes =
                vec![BlockDevice { encrypted, kms_key: kms_key.map(str::to_owned), ..BlockDevice::default() }];
            default(node_group().template(Template { volumes, ..Template::default() }))
        };
        fires(&CHECK, &plain(None, None), Effect::Warns, PATH, &[KEY]);
        is_silent(&CHECK, &plain(Some(false), None));
        is_silent(&CHECK, &plain(Some(true), Some("alias/aws/ebs")));
    }
}
