//! Credentials, roles, and accounts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::server::{Answer, Request, Server, assumed, clusters, identity, sts_error};
use super::*;
use crate::aws::settings::{AssumeRole, WebIdentity, WebIdentityToken};
use crate::errors::ErrorKind;

const FAR: &str = "2099-01-01T00:00:00Z";

fn role(name: &str) -> AssumeRole {
    AssumeRole { role_arn: format!("arn:aws:iam::222222222222:role/{name}"), ..AssumeRole::default() }
}

/// STS returns keys named after the role. EKS lists one cluster.
fn by_role(request: &Request) -> Answer {
    match request.body.split("role%2F").nth(1).and_then(|rest| rest.split('&').next()) {
        Some(name) if request.has("Action=AssumeRole") => {
            assumed("AssumeRole", &format!("ASIA{}", name.to_uppercase()), "222222222222", FAR)
        }
        Some(name) => assumed("AssumeRoleWithWebIdentity", &format!("ASIAWEB{name}"), "222222222222", FAR),
        None if request.has("Action=GetCallerIdentity") => identity("111111111111"),
        None => clusters(),
    }
}

#[tokio::test]
async fn roles_are_assumed_in_the_order_of_their_blocks() {
    let server = Server::start(|request, _| by_role(request)).await;
    let first = AssumeRole {
        external_id: Some("shared".to_owned()),
        duration: Some(Duration::from_secs(1800)),
        session_name: Some("night-run".to_owned()),
        source_identity: Some("alice".to_owned()),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        tags: [("team".to_owned(), "core".to_owned())].into(),
        transitive_tag_keys: vec!["team".to_owned()],
        ..role("first")
    };
    let aws = aws(&Settings { assume_roles: vec![first, role("second")], ..served_by(&server) }).await;
    assert!(server.requests().is_empty(), "no request is sent before it is needed");

    assert_eq!(list_clusters(&aws).await, Ok(vec!["a".to_owned()]));
    let requests = server.requests();
    let signers: Vec<_> = requests.iter().map(Request::signer).collect();
    assert_eq!(signers, ["AKIABASE", "ASIAFIRST", "ASIASECOND"]);
    for parameter in [
        "ExternalId=shared",
        "DurationSeconds=1800",
        "RoleSessionName=night-run",
        "SourceIdentity=alice",
        "PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess",
        "Tags.member.1.Key=team",
        "Tags.member.1.Value=core",
        "TransitiveTagKeys.member.1=team",
    ] {
        assert!(requests[0].has(parameter), "{parameter} in {}", requests[0].body);
    }
    assert_eq!(requests[2].header("x-amz-security-token"), "token-of-ASIASECOND");

    list_clusters(&aws).await.expect("clusters");
    assert_eq!(server.requests().len(), 4, "credentials are kept");
}

#[tokio::test]
async fn refused_role_is_named_with_the_answer_of_sts() {
    let server = Server::start(|request, _| match request.has("Action=AssumeRole") {
        true => sts_error(403, "AccessDenied", "not authorized to perform sts:AssumeRole"),
        false => clusters(),
    })
    .await;
    let aws = aws(&Settings { assume_roles: vec![role("deploy")], ..served_by(&server) }).await;
    let error = list_clusters(&aws).await.expect_err("no credentials");
    assert_eq!(error.kind, ErrorKind::Denied);
    for part in ["EKS ListClusters", "STS AssumeRole: AccessDenied", "unable to assume role", "sts:AssumeRole"] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
}

#[tokio::test]
async fn credentials_about_to_expire_are_renewed() {
    let made = AtomicUsize::new(0);
    let server = Server::start(move |request, _| match request.has("Action=AssumeRole") {
        true => {
            let number = made.fetch_add(1, Ordering::SeqCst);
            // The first credentials are close to their expiration, the second ones are not.
            let soon = aws_smithy_types::DateTime::from(std::time::SystemTime::now() + Duration::from_secs(5));
            let soon = soon.fmt(aws_smithy_types::date_time::Format::DateTime).expect("a time");
            assumed("AssumeRole", &format!("ASIA{number}"), "222222222222", if number == 0 { &soon } else { FAR })
        }
        false => clusters(),
    })
    .await;
    let aws = aws(&Settings { assume_roles: vec![role("deploy")], ..served_by(&server) }).await;
    for _ in 0..3 {
        list_clusters(&aws).await.expect("clusters");
    }
    let signers: Vec<_> = server.requests_of("/clusters").iter().map(|request| request.signer().to_owned()).collect();
    assert_eq!(signers, ["ASIA0", "ASIA1", "ASIA1"]);
}

#[tokio::test]
async fn expired_credentials_are_reloaded_after_rejection() {
    let made = AtomicUsize::new(0);
    let server = Server::start(move |request, _| match (request.has("Action=AssumeRole"), request.signer()) {
        (true, _) => {
            let number = made.fetch_add(1, Ordering::SeqCst);
            assumed("AssumeRole", &format!("ASIA{number}"), "222222222222", FAR)
        }
        (false, "ASIA0") => {
            (403, r#"{"__type":"ExpiredTokenException","message":"The security token is expired"}"#.to_owned())
        }
        (false, _) => clusters(),
    })
    .await;
    let aws = aws(&Settings { assume_roles: vec![role("deploy")], ..served_by(&server) }).await;
    let error = list_clusters(&aws).await.expect_err("expired");
    assert_eq!(error.kind, ErrorKind::Expired, "{error}");
    assert_eq!(list_clusters(&aws).await, Ok(vec!["a".to_owned()]));
}

#[tokio::test]
async fn web_identity_token_is_unsigned_and_reread() {
    let server = Server::start(|request, before| match before {
        // The first credentials expire immediately.
        0 => assumed("AssumeRoleWithWebIdentity", "ASIAOLD", "222222222222", "2001-01-01T00:00:00Z"),
        _ => by_role(request),
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "first-web-token\n").expect("written");
    let web_identity = WebIdentity {
        role_arn: "arn:aws:iam::222222222222:role/pod".to_owned(),
        token: WebIdentityToken::File(file.clone()),
        duration: None,
        policy: None,
        policy_arns: Vec::new(),
        session_name: Some("pod-session".to_owned()),
    };
    let configured = Settings { keys: None, web_identity: Some(web_identity), ..served_by(&server) };
    let aws = aws(&configured).await;
    list_clusters(&aws).await.expect("clusters");
    std::fs::write(&file, "second-web-token\n").expect("written");
    list_clusters(&aws).await.expect("clusters");

    let asked = server.requests_of("AssumeRoleWithWebIdentity");
    assert!(asked[0].has("WebIdentityToken=first-web-token") && asked[0].has("RoleSessionName=pod-session"));
    assert!(asked[1].has("WebIdentityToken=second-web-token"));
    assert_eq!(asked[0].header("authorization"), "", "there is nothing to sign with");
}

#[tokio::test]
async fn web_identity_of_the_environment_comes_after_keys_of_the_environment() {
    let server = Server::start(|request, _| by_role(request)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "environment-web-token").expect("written");
    let file = file.to_str().expect("a path");
    let identity = [("AWS_ROLE_ARN", "arn:aws:iam::222222222222:role/pod"), ("AWS_WEB_IDENTITY_TOKEN_FILE", file)];
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "secret-of-env")];
    for (variables, signer) in [(identity.to_vec(), "ASIAWEBpod"), ([identity, keys].concat(), "AKIAENV")] {
        let configured = Settings { keys: None, environment: Environment::fixed(variables), ..served_by(&server) };
        list_clusters(&aws(&configured).await).await.expect("clusters");
        assert_eq!(server.requests().last().map(|request| request.signer().to_owned()).as_deref(), Some(signer));
    }
}

#[tokio::test]
async fn profile_of_the_block_comes_before_keys_of_the_environment() {
    let server = Server::start(|_, _| clusters()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    std::fs::write(&config, "[profile ops]\nregion = ap-south-1\n").expect("written");
    std::fs::write(&credentials, "[ops]\naws_access_key_id = AKIAOPS\naws_secret_access_key = secret-of-ops\n")
        .expect("written");
    let variables =
        [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "secret-of-env"), ("AWS_PROFILE", "ops")];
    let base = Settings {
        keys: None,
        region: None,
        shared_config_files: vec![config],
        shared_credentials_files: vec![credentials],
        environment: Environment::fixed(variables),
        ..served_by(&server)
    };
    let named = Settings { profile: Some("ops".to_owned()), ..base.clone() };
    for (configured, signer) in [(named, "AKIAOPS"), (base, "AKIAENV")] {
        let aws = aws(&configured).await;
        assert_eq!(aws.region(), "ap-south-1", "the region comes from the profile either way");
        list_clusters(&aws).await.expect("clusters");
        assert_eq!(server.requests().last().map(|request| request.signer().to_owned()).as_deref(), Some(signer));
    }
}

#[tokio::test]
async fn no_credentials_anywhere_is_told_plainly() {
    let server = Server::start(|_, _| clusters()).await;
    let mut configured = Settings { keys: None, ..served_by(&server) };
    configured.metadata.skip = true;
    let error = list_clusters(&aws(&configured).await).await.expect_err("no credentials");
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.contains("no credentials found"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn configured_instance_metadata_endpoint_is_used() {
    let server = Server::start(|request, _| match request.line.as_str() {
        line if line.starts_with("PUT /latest/api/token") => (200, "imds-token".to_owned()),
        line if line.contains("/security-credentials/node") => (
            200,
            format!(
                r#"{{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIANODE","SecretAccessKey":"secret-of-node",
                    "Token":"token-of-node","Expiration":"{FAR}"}}"#
            ),
        ),
        line if line.contains("/security-credentials") => (200, "node".to_owned()),
        _ => clusters(),
    })
    .await;
    let mut configured = Settings { keys: None, max_attempts: Some(2), ..served_by(&server) };
    configured.metadata.endpoint = Some(server.url());
    list_clusters(&aws(&configured).await).await.expect("clusters");
    assert_eq!(server.requests().last().map(|request| request.signer().to_owned()).as_deref(), Some("ASIANODE"));
}

#[tokio::test]
async fn disallowed_account_fails_before_service_calls() {
    for (allowed, forbidden, reason) in [
        (vec!["999999999999"], vec![], "not in allowed_account_ids (999999999999)"),
        (vec![], vec!["111111111111"], "in forbidden_account_ids"),
    ] {
        let server = Server::start(|request, _| by_role(request)).await;
        let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
        let configured = Settings {
            allowed_account_ids: owned(allowed),
            forbidden_account_ids: owned(forbidden),
            ..served_by(&server)
        };
        let error = list_clusters(&aws(&configured).await).await.expect_err("refused");
        assert_eq!(error.kind, ErrorKind::WrongAccount);
        assert!(error.to_string().contains(reason), "{error}");
        assert!(server.requests_of("/clusters").is_empty());
    }
}

#[tokio::test]
async fn allowed_account_is_queried_once() {
    let server = Server::start(|request, _| by_role(request)).await;
    let configured = Settings { allowed_account_ids: vec!["111111111111".to_owned()], ..served_by(&server) };
    let aws = aws(&configured).await;
    for _ in 0..3 {
        list_clusters(&aws).await.expect("clusters");
    }
    let ids = futures::future::join_all((0..20).map(|_| aws.account_id())).await;
    assert!(ids.iter().all(|id| *id == Ok(Some("111111111111".to_owned()))));
    assert_eq!(server.requests_of("GetCallerIdentity").len(), 1);
}

#[tokio::test]
async fn account_of_a_role_is_known_without_asking() {
    let server = Server::start(|request, _| by_role(request)).await;
    let configured = Settings {
        assume_roles: vec![role("deploy")],
        allowed_account_ids: vec!["222222222222".to_owned()],
        ..served_by(&server)
    };
    let aws = aws(&configured).await;
    list_clusters(&aws).await.expect("clusters");
    assert_eq!(aws.account_id().await, Ok(Some("222222222222".to_owned())));
    assert!(server.requests_of("GetCallerIdentity").is_empty());
}

#[tokio::test]
async fn account_is_not_asked_for_when_the_block_forbids_it() {
    let server = Server::start(|request, _| by_role(request)).await;
    let configured = Settings { skip_requesting_account_id: true, ..served_by(&server) };
    assert_eq!(aws(&configured).await.account_id().await, Ok(None));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn sts_uses_configured_region() {
    let server = Server::start(|request, _| by_role(request)).await;
    let configured = Settings { sts_region: Some("us-west-2".to_owned()), ..served_by(&server) };
    aws(&configured).await.account_id().await.expect("an account");
    let requests = server.requests();
    assert!(requests[0].header("authorization").contains("/us-west-2/sts/"), "{requests:?}");
}
