//! Converts provider blocks, as Terraform core sends them, to clients or diagnostics.

use std::sync::Arc;

use rstest::rstest;
use tokio_util::sync::CancellationToken;

use super::configure::configure;
use super::model::ProviderModel;
use super::settings::{settings, tag_policy};
use super::validate::validate;
use super::*;
use clients::aws::settings::{RetryMode, Service, WebIdentityToken};
use clients::environment::Environment;
use framework::blocks::{Blocks, SetBlock};
use framework::context::Context;
use framework::diagnostics::{Diagnostics, Severity};
use framework::model::{Attr, List, Map, Model, Set};
use framework::path::Path;
use framework::schema::{Nesting, Presence, Shape};
use framework::server::Server;
use framework::types::Type;
use framework::value::Value;

fn bare() -> Environment {
    // No settings of the machine that runs the test.
    Environment::fixed([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")])
}

fn with(variables: &[(&str, &str)]) -> Environment {
    let Environment::Fixed(mut all) = bare() else { return Environment::Process };
    all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Environment::Fixed(all)
}

fn list_block<M>(block: M) -> Blocks<Vec<M>> {
    Blocks::Known(vec![block])
}

/// All arguments of the block, as in a configuration of the AWS provider.
fn full() -> ProviderModel {
    ProviderModel {
        region: "eu-west-1".into(),
        access_key: "AKIAFULL".into(),
        secret_key: "a-secret-key-of-a-test".into(),
        token: "a-token-of-a-test".into(),
        allowed_account_ids: Set::of(["111111111111".to_owned()]),
        shared_config_files: List::of(["/dev/null".to_owned()]),
        max_retries: Attr::Known(7),
        retry_mode: "standard".into(),
        https_proxy: "proxy:3128".into(),
        http_proxy: "".into(),
        use_fips_endpoint: Attr::Known(true),
        skip_metadata_api_check: Attr::Known(true),
        ec2_metadata_service_endpoint_mode: "IPv6".into(),
        sts_region: "us-east-1".into(),
        user_agent: List::of(["team/7".to_owned()]),
        assume_role: Blocks::Known(
            ["first", "second"]
                .map(|name| model::AssumeRole {
                    role_arn: format!("arn:aws:iam::111111111111:role/{name}").into(),
                    duration: "1h".into(),
                    tags: Map::of([("team".to_owned(), "core".to_owned())]),
                    transitive_tag_keys: Set::of(["team".to_owned()]),
                    ..model::AssumeRole::default()
                })
                .into(),
        ),
        default_tags: list_block(model::DefaultTags { tags: Map::of([("owner".to_owned(), "block".to_owned())]) }),
        ignore_tags: list_block(model::IgnoreTags {
            keys: Set::of(["seen".to_owned()]),
            key_prefixes: Set::of(["kubernetes.io/".to_owned()]),
        }),
        endpoints: SetBlock::of([model::Endpoints {
            eks: "http://localhost:5000".into(),
            sts: "http://localhost:5001".into(),
            ..model::Endpoints::default()
        }]),
        ..ProviderModel::default()
    }
}

fn messages(config: &ProviderModel) -> Vec<(Path, String)> {
    let mut diagnostics = Diagnostics::new();
    validate(config, &mut diagnostics);
    let errors = diagnostics.into_iter().filter(|message| message.severity == Severity::Error);
    errors.map(|message| (message.path.expect("every message is about an argument"), message.detail)).collect()
}

#[test]
fn block_and_attribute_types_match_aws_provider() {
    let block = ProviderModel::block();
    for (name, nesting, most) in [
        ("assume_role", Nesting::List, 0),
        ("assume_role_with_web_identity", Nesting::List, 1),
        ("default_tags", Nesting::List, 1),
        ("ignore_tags", Nesting::List, 1),
        ("endpoints", Nesting::Set, 0),
    ] {
        let found = block.nested(name).map(|block| (block.nesting, block.max_items));
        assert_eq!(found, Some((nesting, most)), "{name}");
    }
    for (name, ty) in [
        ("allowed_account_ids", Type::set(Type::String)),
        ("shared_config_files", Type::list(Type::String)),
        ("max_retries", Type::Number),
        ("insecure", Type::Bool),
        ("region", Type::String),
    ] {
        let found = block.attribute(name).map(|attribute| match &attribute.shape {
            Shape::Type(ty) => ty.clone(),
            Shape::Nested(_) => Type::Dynamic,
        });
        assert_eq!(found, Some(ty), "{name}");
    }
    assert!(block.attributes.iter().all(|attribute| attribute.presence == framework::schema::Presence::Optional));
}

#[test]
fn full_block_is_valid_and_becomes_settings() {
    let config = full();
    assert_eq!(messages(&config), []);
    let mut diagnostics = Diagnostics::new();
    let environment = with(&[("TF_APPEND_USER_AGENT", "ci/1"), ("HTTP_PROXY", "http://other:1")]);
    let settings = settings(&config, "1.15.5", &environment, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let roles: Vec<_> = settings.assume_roles.iter().map(|role| role.role_arn.rsplit('/').next()).collect();
    assert_eq!(roles, [Some("first"), Some("second")]);
    assert_eq!(settings.assume_roles[0].duration.map(|duration| duration.as_secs()), Some(3600));
    assert_eq!((settings.max_attempts, settings.retry_mode), (Some(7), Some(RetryMode::Standard)));
    assert_eq!(settings.endpoints.get(&Service::Sts).map(String::as_str), Some("http://localhost:5001"));
    assert_eq!(settings.http.https_proxy.as_deref(), Some("http://proxy:3128"));
    assert_eq!(settings.http.http_proxy, None, "an empty argument disables the proxy of the environment");
    assert_eq!(settings.user_agent.append.as_deref(), Some("team/7 ci/1"));
    assert_eq!((settings.metadata.skip, settings.metadata.ipv6), (true, Some(true)));
    let shown = format!("{settings:?}");
    assert!(!shown.contains("a-secret-key-of-a-test") && !shown.contains("a-token-of-a-test"), "{shown}");
}

#[test]
fn environment_fills_what_the_block_leaves_open() {
    let environment = with(&[
        ("https_proxy", "http://user:proxy-password@proxy:3128"),
        ("NO_PROXY", "internal.test"),
        ("AWS_CA_BUNDLE", "/etc/ca.pem"),
        ("AWS_EC2_METADATA_DISABLED", "TRUE"),
        ("AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/pod"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token"),
    ]);
    let identity = model::AssumeRoleWithWebIdentity::default();
    let config = ProviderModel { assume_role_with_web_identity: list_block(identity), ..ProviderModel::default() };
    let mut diagnostics = Diagnostics::new();
    let settings = settings(&config, "1.8.0", &environment, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(settings.http.https_proxy.as_deref(), Some("http://user:proxy-password@proxy:3128"));
    assert_eq!(framework::secrets::masked("proxy-password"), "***");
    assert_eq!(settings.http.no_proxy.as_deref(), Some("internal.test"));
    assert_eq!(settings.http.ca_bundle, Some("/etc/ca.pem".into()));
    assert!(settings.metadata.skip);
    let identity = settings.web_identity.expect("a role");
    assert_eq!(identity.role_arn, "arn:aws:iam::111111111111:role/pod");
    assert!(matches!(identity.token, WebIdentityToken::File(path) if path == std::path::Path::new("/var/token")));
}

#[test]
fn tags_of_block_and_environment_are_joined() {
    let environment = with(&[
        ("TF_AWS_DEFAULT_TAGS_owner", "environment"),
        ("TF_AWS_DEFAULT_TAGS_Cost Center", "42"),
        ("TF_AWS_IGNORE_TAGS_KEYS", "scanned, audited"),
        ("TF_AWS_IGNORE_TAGS_KEY_PREFIXES", "policy/"),
    ]);
    let policy = tag_policy(&full(), &environment);
    let defaults: Vec<_> = policy.defaults.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(defaults, [("Cost Center", "42"), ("owner", "block")]);
    assert_eq!(policy.ignored_keys.into_iter().collect::<Vec<_>>(), ["audited", "scanned", "seen"]);
    assert_eq!(policy.ignored_prefixes.into_iter().collect::<Vec<_>>(), ["kubernetes.io/", "policy/"]);
}

#[rstest]
#[case::two_lists(
    ProviderModel { forbidden_account_ids: Set::of(["222222222222".to_owned()]), ..full() },
    Path::attribute("forbidden_account_ids"), "conflicts with"
)]
#[case::unasked_account(
    ProviderModel { skip_requesting_account_id: Attr::Known(true), ..full() },
    Path::attribute("skip_requesting_account_id"), "require the account ID"
)]
#[case::half_a_key(
    ProviderModel { access_key: "AKIA".into(), ..ProviderModel::default() },
    Path::attribute("access_key"), "secret_key is not"
)]
#[case::token_alone(
    ProviderModel { token: "a-token".into(), ..ProviderModel::default() },
    Path::attribute("token"), "access_key is not"
)]
#[case::unknown_region(
    ProviderModel { region: "eu-middle".into(), ..ProviderModel::default() },
    Path::attribute("region"), "skip_region_validation"
)]
#[case::unknown_sts_region(
    ProviderModel { sts_region: "us".into(), ..ProviderModel::default() },
    Path::attribute("sts_region"), "not an AWS Region name"
)]
#[case::no_role(
    ProviderModel { assume_role: list_block(model::AssumeRole::default()), ..ProviderModel::default() },
    Path::attribute("assume_role").index(0).then("role_arn"), "requires role_arn"
)]
#[case::tag_not_set(
    ProviderModel {
        assume_role: list_block(model::AssumeRole {
            role_arn: "arn:aws:iam::111111111111:role/r".into(),
            tags: Map::of([]),
            transitive_tag_keys: Set::of(["team".to_owned()]),
            ..model::AssumeRole::default()
        }),
        ..ProviderModel::default()
    },
    Path::attribute("assume_role").index(0).then("transitive_tag_keys"), "\"team\""
)]
#[case::two_tokens(
    ProviderModel {
        assume_role_with_web_identity: list_block(model::AssumeRoleWithWebIdentity {
            web_identity_token: "token-text".into(),
            web_identity_token_file: "/var/token".into(),
            ..model::AssumeRoleWithWebIdentity::default()
        }),
        ..ProviderModel::default()
    },
    Path::attribute("assume_role_with_web_identity").index(0).then("web_identity_token_file"), "conflicts with"
)]
fn contradiction_is_reported_at_its_argument(#[case] config: ProviderModel, #[case] path: Path, #[case] words: &str) {
    let found = messages(&config);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, path);
    assert!(found[0].1.contains(words), "{found:?}");
}

#[test]
fn unknown_arguments_contradict_nothing() {
    let config = ProviderModel {
        access_key: "AKIA".into(),
        secret_key: Attr::Unknown,
        region: Attr::Unknown,
        allowed_account_ids: Set::of(["111111111111".to_owned()]),
        forbidden_account_ids: Attr::Unknown,
        skip_requesting_account_id: Attr::Unknown,
        assume_role: list_block(model::AssumeRole { role_arn: Attr::Unknown, ..model::AssumeRole::default() }),
        assume_role_with_web_identity: Blocks::Unknown,
        ..ProviderModel::default()
    };
    assert_eq!(messages(&config), []);
}

async fn configured(config: &ProviderModel, environment: &Environment) -> (Result<bool, Diagnostics>, Diagnostics) {
    let mut warnings = Diagnostics::new();
    let result = configure(config, "1.15.5", environment, &mut warnings).await;
    (result.map(|clients| clients.is_some()), warnings)
}

#[rstest]
#[case::attribute(ProviderModel { region: Attr::Unknown, ..full() })]
#[case::element(ProviderModel { allowed_account_ids: Attr::Known(framework::model::SetOf(vec![Attr::Unknown])), ..full() })]
#[case::blocks(ProviderModel { assume_role: Blocks::Unknown, ..full() })]
#[case::tag(ProviderModel {
    default_tags: list_block(model::DefaultTags { tags: Attr::Known([("a".to_owned(), Attr::Unknown)].into()) }),
    ..full()
})]
#[tokio::test]
async fn unknown_value_leaves_the_provider_unconfigured(#[case] config: ProviderModel) {
    let broken = with(&[("HTTPS_PROXY", "not a proxy"), ("AWS_CA_BUNDLE", "/nowhere")]);
    let (result, messages) = configured(&config, &broken).await;
    assert_eq!((result, messages.is_empty()), (Ok(false), true));
}

#[tokio::test]
async fn known_block_gives_clients_with_its_tags() {
    let mut warnings = Diagnostics::new();
    let clients = configure(&full(), "1.15.5", &bare(), &mut warnings).await.expect("usable").expect("configured");
    assert_eq!(clients.aws().region(), "eu-west-1");
    assert!(clients.tags().ignores("kubernetes.io/role"));
}

#[tokio::test]
async fn region_is_demanded_by_what_needs_it() {
    let mut messages = Diagnostics::new();
    let clients = configure(&ProviderModel::default(), "1.15.5", &bare(), &mut messages).await.expect("usable");
    assert!(messages.is_empty());
    let context = Context::new(clients.map(Arc::new), CancellationToken::new());
    for errors in [context.clients().expect_err("no region"), context.known().expect_err("no region")] {
        let message = errors.iter().next().expect("an error");
        assert_eq!((message.summary.as_str(), &message.path), ("No Region is configured", &None));
        assert!(message.detail.contains("AWS_REGION"), "{message:?}");
    }
    let with_region = with(&[("AWS_REGION", "eu-west-1")]);
    let clients = configure(&ProviderModel::default(), "1.15.5", &with_region, &mut messages).await.expect("usable");
    assert!(Context::new(clients.map(Arc::new), CancellationToken::new()).clients().is_ok());
}

#[rstest]
#[case::region_of_the_environment(ProviderModel::default(), &[("AWS_REGION", "nowhere")], "region", "\"nowhere\"")]
#[case::proxy_of_the_environment(full(), &[("HTTP_PROXY", "")], "", "")]
#[case::bad_proxy_of_the_environment(
    ProviderModel { region: "eu-west-1".into(), ..ProviderModel::default() },
    &[("HTTPS_PROXY", "socks5://proxy")], "https_proxy", "HTTPS_PROXY"
)]
#[case::missing_bundle(
    ProviderModel { region: "eu-west-1".into(), custom_ca_bundle: "/nowhere/ca.pem".into(), ..ProviderModel::default() },
    &[], "custom_ca_bundle", "/nowhere/ca.pem"
)]
#[case::unknown_profile(
    ProviderModel { region: "eu-west-1".into(), profile: "nobody".into(), ..ProviderModel::default() },
    &[], "profile", "nobody"
)]
#[tokio::test]
async fn unusable_configuration_names_the_argument(
    #[case] config: ProviderModel,
    #[case] variables: &[(&str, &str)],
    #[case] argument: &str,
    #[case] words: &str,
) {
    let (result, _) = configured(&config, &with(variables)).await;
    match result {
        Ok(configured) => assert!(configured && argument.is_empty()),
        Err(errors) => {
            let message = errors.iter().next().expect("an error");
            assert_eq!(message.path, Some(Path::attribute(argument)), "{message:?}");
            assert!(message.detail.contains(words), "{message:?}");
        }
    }
}

#[tokio::test]
async fn keys_of_the_environment_behind_a_profile_are_warned_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config");
    std::fs::write(&file, "[profile ops]\nregion = eu-west-1\n").expect("written");
    let file = file.to_str().expect("a path").to_owned();
    let config =
        ProviderModel { profile: "ops".into(), shared_config_files: List::of([file]), ..ProviderModel::default() };
    let (result, warnings) = configured(&config, &with(&[("AWS_ACCESS_KEY_ID", "AKIAENV")])).await;
    assert_eq!(result, Ok(true));
    let paths: Vec<_> = warnings.iter().map(|warning| warning.path.clone()).collect();
    assert_eq!(paths, [Some(Path::attribute("profile"))]);
}

#[test]
fn kubernetes_block_is_resolved_and_checked() {
    let access = kubernetes::KubernetesAccess {
        host: "https://cluster.test".into(),
        token: "a-token-of-a-cluster".into(),
        insecure: Attr::Known(true),
        proxy_url: "".into(),
        ..kubernetes::KubernetesAccess::default()
    };
    let config = ProviderModel { kubernetes: list_block(access.clone()), ..ProviderModel::default() };
    let settings = kubernetes::settings(config.kubernetes.first());
    assert!(settings.has_server() && settings.has_credentials() && settings.insecure);
    assert_eq!(settings.proxy_url, None, "an empty string disables the proxy");
    assert!(!format!("{settings:?}").contains("a-token-of-a-cluster"));

    let contradicting = kubernetes::KubernetesAccess {
        config_path: "~/.kube/config".into(),
        cluster_ca_certificate: "PEM".into(),
        ..access
    };
    let contradicting = ProviderModel { kubernetes: list_block(contradicting), ..ProviderModel::default() };
    let mut diagnostics = Diagnostics::new();
    validate(&contradicting, &mut diagnostics);
    let paths: Vec<_> = diagnostics.iter().map(|found| found.path.as_ref().map(ToString::to_string)).collect();
    let at = |name: &str| Some(format!("kubernetes[0].{name}"));
    assert_eq!(paths, [at("config_path"), at("host"), at("insecure")]);
}

#[test]
fn regions_cannot_change_a_host_name() {
    let server = Server::new(EksCompute);
    let schemas = server.schemas();
    let resources = schemas.resources.iter().map(|(name, resource)| (name, &resource.schema));
    let others = [&schemas.data_sources, &schemas.ephemeral_resources, &schemas.list_resources];
    let all = resources.chain(others.into_iter().flatten());
    let mut seen = 0;
    for (name, schema) in all {
        let Some(region) = schema.block.attributes.iter().find(|attribute| attribute.name == "region") else {
            continue;
        };
        if region.presence == Presence::Computed {
            continue;
        }
        seen += 1;
        let is_accepted = |text: &str| {
            let mut diagnostics = Diagnostics::new();
            let value = Value::from(text);
            region.validators.iter().for_each(|one| one.check(&value, &Path::root(), false, &mut diagnostics));
            !diagnostics.has_error()
        };
        assert!(is_accepted("eu-central-1") && is_accepted("us-isof-south-1"), "{name}");
        for text in ["../x", "eu-central-1.evil.test", "", "eu west 1", "EU-CENTRAL-1", "-x", "a@b"] {
            assert!(!is_accepted(text), "{name}: {text:?}");
        }
    }
    assert!(seen > 15, "{seen}");
}
