//! Converts a wholly known provider block to settings. Environment variables provide the defaults.

use std::collections::BTreeMap;

use super::model::{AssumeRole, AssumeRoleWithWebIdentity, ProviderModel};
use super::validators::{is_role_arn, proxy_url};
use clients::aws::settings::{self, Http, Keys, Metadata, RetryMode, Service, Settings, UserAgent, WebIdentityToken};
use clients::environment::Environment;
use framework::diagnostics::Diagnostics;
use framework::duration;
use framework::model::{Attr, List, Set};
use framework::path::Path;
use framework::secrets::{self, Secret};
use framework::tags::TagPolicy;
use preflight::settings::{Mode, Settings as CheckSettings};

/// Returns the settings of the block. Errors in the environment are reported at the corresponding argument.
pub(super) fn settings(
    config: &ProviderModel,
    terraform_version: &str,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Settings {
    Settings {
        region: text(&config.region),
        keys: keys(config),
        profile: text(&config.profile),
        shared_config_files: list(&config.shared_config_files).map(Into::into).collect(),
        shared_credentials_files: list(&config.shared_credentials_files).map(Into::into).collect(),
        assume_roles: config.assume_role.iter().map(assume_role).collect(),
        web_identity: config
            .assume_role_with_web_identity
            .first()
            .and_then(|identity| web_identity(identity, environment, diagnostics)),
        allowed_account_ids: elements(&config.allowed_account_ids),
        forbidden_account_ids: elements(&config.forbidden_account_ids),
        max_attempts: config.max_retries.known().and_then(|attempts| u32::try_from(*attempts).ok()),
        retry_mode: config.retry_mode.text().map(|mode| match mode {
            "standard" => RetryMode::Standard,
            _ => RetryMode::Adaptive,
        }),
        retry_capacity: config
            .token_bucket_rate_limiter_capacity
            .known()
            .and_then(|capacity| usize::try_from(*capacity).ok())
            .filter(|capacity| *capacity > 0),
        endpoints: endpoints(config),
        use_fips: config.use_fips_endpoint.known().copied(),
        use_dual_stack: config.use_dualstack_endpoint.known().copied(),
        metadata: metadata(config, environment),
        skip_requesting_account_id: config.skip_requesting_account_id == Attr::Known(true),
        sts_region: text(&config.sts_region),
        http: http(config, environment, diagnostics),
        user_agent: user_agent(config, terraform_version, environment),
        environment: environment.clone(),
    }
}

fn text(attribute: &Attr<String>) -> Option<String> {
    attribute.text().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn list(attribute: &List<String>) -> impl Iterator<Item = &String> {
    attribute.known_elements()
}

fn elements(attribute: &Set<String>) -> Vec<String> {
    attribute.known_elements().cloned().collect()
}

fn keys(config: &ProviderModel) -> Option<Keys> {
    Some(Keys {
        access_key: text(&config.access_key)?,
        secret_key: Secret::new(text(&config.secret_key)?),
        token: text(&config.token).map(Secret::new),
    })
}

fn assume_role(block: &AssumeRole) -> settings::AssumeRole {
    settings::AssumeRole {
        role_arn: text(&block.role_arn).unwrap_or_default(),
        duration: block.duration.text().and_then(duration::parse),
        external_id: text(&block.external_id),
        policy: text(&block.policy),
        policy_arns: elements(&block.policy_arns),
        session_name: text(&block.session_name),
        source_identity: text(&block.source_identity),
        tags: block.tags.known_members().map(|(key, value)| (key.clone(), value.clone())).collect(),
        transitive_tag_keys: elements(&block.transitive_tag_keys),
    }
}

/// Resolves the role and the token. Both can also be set in the environment. An unset value is an error.
fn web_identity(
    block: &AssumeRoleWithWebIdentity,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<settings::WebIdentity> {
    let path = Path::attribute("assume_role_with_web_identity").index(0);
    let role_arn = text(&block.role_arn).or_else(|| environment.first(&["AWS_ROLE_ARN"]));
    let file = || text(&block.web_identity_token_file).or_else(|| environment.first(&["AWS_WEB_IDENTITY_TOKEN_FILE"]));
    let token = text(&block.web_identity_token)
        .map(|token| WebIdentityToken::Inline(Secret::new(token)))
        .or_else(|| file().map(|file| WebIdentityToken::File(file.into())));
    match &role_arn {
        Some(arn) if !is_role_arn(arn) => diagnostics.error_at(
            path.then("role_arn"),
            "Invalid role to assume",
            format!("The environment variable AWS_ROLE_ARN is {arn:?}, which is not a valid IAM role ARN."),
        ),
        Some(_) => {}
        None => diagnostics.error_at(
            path.then("role_arn"),
            "Missing role to assume",
            "An assume_role_with_web_identity block requires role_arn or the environment variable AWS_ROLE_ARN.",
        ),
    }
    if token.is_none() {
        diagnostics.error_at(
            path.then("web_identity_token_file"),
            "Missing web identity token",
            "An assume_role_with_web_identity block requires web_identity_token, web_identity_token_file, or the \
             environment variable AWS_WEB_IDENTITY_TOKEN_FILE.",
        );
    }
    Some(settings::WebIdentity {
        role_arn: role_arn?,
        token: token?,
        duration: block.duration.text().and_then(duration::parse),
        policy: text(&block.policy),
        policy_arns: elements(&block.policy_arns),
        session_name: text(&block.session_name).or_else(|| environment.first(&["AWS_ROLE_SESSION_NAME"])),
    })
}

fn endpoints(config: &ProviderModel) -> BTreeMap<Service, String> {
    let mut urls = BTreeMap::new();
    for block in config.endpoints.iter() {
        let services = [
            (Service::AutoScaling, &block.autoscaling),
            (Service::Ec2, &block.ec2),
            (Service::Eks, &block.eks),
            (Service::Iam, &block.iam),
            (Service::Kms, &block.kms),
            (Service::ServiceQuotas, &block.servicequotas),
            (Service::Ssm, &block.ssm),
            (Service::Sts, &block.sts),
        ];
        urls.extend(services.into_iter().filter_map(|(service, url)| Some((service, text(url)?))));
    }
    urls
}

fn metadata(config: &ProviderModel, environment: &Environment) -> Metadata {
    Metadata {
        endpoint: text(&config.ec2_metadata_service_endpoint),
        ipv6: config.ec2_metadata_service_endpoint_mode.text().map(|mode| mode.eq_ignore_ascii_case("IPv6")),
        skip: config
            .skip_metadata_api_check
            .known()
            .copied()
            .or_else(|| environment.switch("AWS_EC2_METADATA_DISABLED"))
            .unwrap_or(false),
    }
}

fn http(config: &ProviderModel, environment: &Environment, diagnostics: &mut Diagnostics) -> Http {
    let mut proxy = |argument: &'static str, value: &Attr<String>, variables: [&str; 2]| {
        let given = match value.text() {
            Some(written) => written.to_owned(),
            None => environment.first(&variables)?,
        };
        let url = proxy_url(&given);
        if url.is_none() && !given.is_empty() {
            diagnostics.error_at(
                Path::attribute(argument),
                "Invalid proxy",
                format!(
                    "The environment variable {} is not the URL of an HTTP proxy, such as \
                     http://proxy.example.com:3128.",
                    variables.join(" or ")
                ),
            );
        }
        url.inspect(|url| mask_password(url))
    };
    Http {
        http_proxy: proxy("http_proxy", &config.http_proxy, ["HTTP_PROXY", "http_proxy"]),
        https_proxy: proxy("https_proxy", &config.https_proxy, ["HTTPS_PROXY", "https_proxy"]),
        no_proxy: config.no_proxy.text().map(str::to_owned).or_else(|| environment.first(&["NO_PROXY", "no_proxy"])),
        ca_bundle: text(&config.custom_ca_bundle).or_else(|| environment.first(&["AWS_CA_BUNDLE"])).map(Into::into),
        insecure: config.insecure == Attr::Known(true),
    }
}

/// Masks the password in a URL with user information.
fn mask_password(url: &str) {
    let user_information = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    if let Some((_, password)) = user_information.and_then(|(information, _)| information.split_once(':')) {
        secrets::mask(password);
    }
}

fn user_agent(config: &ProviderModel, terraform_version: &str, environment: &Environment) -> UserAgent {
    let mut products: Vec<_> = config.user_agent.known_elements().cloned().collect();
    products.extend(environment.first(&["TF_APPEND_USER_AGENT"]));
    let append = if products.is_empty() { None } else { Some(products.join(" ")) };
    UserAgent { terraform_version: terraform_version.to_owned(), append }
}

/// Returns the tags of all resources and the ignored tags. Default tags in the block take precedence over those in the
/// environment. The lists of ignored tags are combined.
pub(super) fn tag_policy(config: &ProviderModel, environment: &Environment) -> TagPolicy {
    let mut policy = TagPolicy::default();
    policy.defaults.extend(environment.with_prefix("TF_AWS_DEFAULT_TAGS_"));
    for block in config.default_tags.iter() {
        policy.defaults.extend(block.tags.known_members().map(|(key, value)| (key.clone(), value.clone())));
    }
    policy.ignored_keys.extend(words(environment, "TF_AWS_IGNORE_TAGS_KEYS"));
    policy.ignored_prefixes.extend(words(environment, "TF_AWS_IGNORE_TAGS_KEY_PREFIXES"));
    for block in config.ignore_tags.iter() {
        policy.ignored_keys.extend(block.keys.known_elements().cloned());
        policy.ignored_prefixes.extend(block.key_prefixes.known_elements().cloned());
    }
    policy
}

/// Returns the preflight settings of the block.
pub(super) fn preflight(config: &ProviderModel) -> CheckSettings {
    let Some(block) = config.preflight.first() else { return CheckSettings::default() };
    let mode = match block.mode.text() {
        Some("strict") => Mode::Strict,
        Some("warn") => Mode::Warn,
        Some("off") => Mode::Off,
        _ => Mode::Error,
    };
    CheckSettings { mode, skip: block.skip.known_elements().cloned().collect() }
}

fn words(environment: &Environment, variable: &str) -> Vec<String> {
    let list = environment.first(&[variable]).unwrap_or_default();
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
