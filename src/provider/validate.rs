//! Validates combinations of arguments of the provider block. Unknown arguments are skipped.

use super::model::{AssumeRoleWithWebIdentity, ProviderModel};
use clients::aws::regions::partition_of;
use framework::diagnostics::Diagnostics;
use framework::model::Attr;
use framework::path::Path;

/// Reports arguments that conflict with each other or require another argument.
pub(super) fn validate(config: &ProviderModel, diagnostics: &mut Diagnostics) {
    accounts(config, diagnostics);
    keys(config, diagnostics);
    region(config, diagnostics);
    roles(config, diagnostics);
    for access in config.kubernetes.iter() {
        super::kubernetes::validate(access, diagnostics);
    }
    for identity in config.assume_role_with_web_identity.iter() {
        web_identity(identity, diagnostics);
    }
}

fn accounts(config: &ProviderModel, diagnostics: &mut Diagnostics) {
    if config.allowed_account_ids.is_known() && config.forbidden_account_ids.is_known() {
        diagnostics.error_at(
            Path::attribute("forbidden_account_ids"),
            "Conflicting account lists",
            "allowed_account_ids conflicts with forbidden_account_ids. Keep allowed_account_ids, which forbids all \
             other accounts.",
        );
    }
    let restricted = config.allowed_account_ids.is_known() || config.forbidden_account_ids.is_known();
    if restricted && config.skip_requesting_account_id == Attr::Known(true) {
        diagnostics.error_at(
            Path::attribute("skip_requesting_account_id"),
            "Account cannot be checked without the account ID",
            "allowed_account_ids and forbidden_account_ids require the account ID, but skip_requesting_account_id = \
             true disables the request. Remove one of them.",
        );
    }
}

fn keys(config: &ProviderModel, diagnostics: &mut Diagnostics) {
    let pairs = [
        ("secret_key", &config.secret_key, "access_key", &config.access_key),
        ("access_key", &config.access_key, "secret_key", &config.secret_key),
        ("token", &config.token, "access_key", &config.access_key),
    ];
    for (given, value, missing, other) in pairs {
        if value.is_known() && other.is_null() {
            diagnostics.error_at(
                Path::attribute(given),
                format!("{given} requires {missing}"),
                format!(
                    "{given} is set but {missing} is not. Set both, or remove both to use the default credential \
                     sources."
                ),
            );
        }
    }
    if config.access_key.is_known() && config.profile.is_known() {
        diagnostics.warning_at(
            Path::attribute("profile"),
            "Profile credentials are ignored",
            "access_key and secret_key take precedence over the profile credentials. Only other settings of the \
             profile are used, such as its Region.",
        );
    }
}

fn region(config: &ProviderModel, diagnostics: &mut Diagnostics) {
    let checked = matches!(config.skip_region_validation, Attr::Null | Attr::Known(false));
    let regions = [("region", &config.region), ("sts_region", &config.sts_region)];
    for (argument, region) in regions.into_iter().filter_map(|(argument, region)| Some((argument, region.text()?))) {
        if checked && partition_of(region).is_none() {
            unknown_region(argument, region, diagnostics);
        }
    }
}

/// Reports a Region name that does not match any AWS partition.
pub(super) fn unknown_region(argument: &str, region: &str, diagnostics: &mut Diagnostics) {
    diagnostics.error_at(
        Path::attribute(argument),
        "Unknown Region",
        format!(
            "{region:?} is not an AWS Region name, such as us-east-1, eu-central-1, or us-gov-west-1. For an API \
             outside of AWS, set skip_region_validation = true."
        ),
    );
}

/// Warns about a Region name that matches an AWS partition but is not recognized. The Region can be new or misspelled.
pub(super) fn unfamiliar_region(region: &str, meant: &str, diagnostics: &mut Diagnostics) {
    diagnostics.warning_at(
        Path::attribute("region"),
        "Unrecognized Region",
        format!(
            "This version of the provider does not recognize Region {region:?}. The closest match is {meant:?}. If the \
             Region is new, set skip_region_validation = true to disable this warning."
        ),
    );
}

fn roles(config: &ProviderModel, diagnostics: &mut Diagnostics) {
    for (index, role) in config.assume_role.iter().enumerate() {
        let path = Path::attribute("assume_role").index(index);
        if role.role_arn.is_null() {
            diagnostics.error_at(
                path.then("role_arn"),
                "Missing role to assume",
                "An assume_role block requires role_arn, the ARN of the role to assume.",
            );
        }
        let Some(tags) = role.tags.known() else { continue };
        for key in role.transitive_tag_keys.known_elements().filter(|key| !tags.contains_key(*key)) {
            diagnostics.error_at(
                path.then("transitive_tag_keys"),
                "Transitive tag is not set",
                format!("transitive_tag_keys contains {key:?}, which is not a key in tags of the same block."),
            );
        }
    }
}

fn web_identity(identity: &AssumeRoleWithWebIdentity, diagnostics: &mut Diagnostics) {
    if identity.web_identity_token.is_known() && identity.web_identity_token_file.is_known() {
        diagnostics.error_at(
            Path::attribute("assume_role_with_web_identity").index(0).then("web_identity_token_file"),
            "Conflicting web identity tokens",
            "web_identity_token conflicts with web_identity_token_file. Keep the file if the token can expire during a \
             run: it is read again whenever the credentials are renewed.",
        );
    }
}
