//! The client with servers on this machine: EKS and STS, and an API server with a custom certificate.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::errors::refused;
use super::settings::{Exec, Settings};
use super::*;
use crate::aws::Aws;
use crate::aws::settings::{Keys, Service, Settings as AwsSettings};
use crate::aws::tests::server::{Server, ServerOptions, certificate, identity};
use crate::environment::Environment;
use crate::errors::{ApiError, CERTIFICATE, ErrorKind, FORBIDDEN, UNAUTHORIZED};
use framework::secrets::Secret;

const MAP: &str =
    r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"resourceVersion": "7"}, "data": {"mapRoles": "[]"}}"#;

fn aws_auth() -> Object {
    Object::config_map("kube-system", "aws-auth")
}

/// The DescribeCluster response.
fn cluster(endpoint: &str, authority: &str, public: bool) -> String {
    json!({"cluster": {
        "name": "demo",
        "status": "ACTIVE",
        "endpoint": endpoint,
        "certificateAuthority": {"data": STANDARD.encode(authority)},
        "resourcesVpcConfig": {"vpcId": "vpc-1", "endpointPublicAccess": public, "publicAccessCidrs": ["0.0.0.0/0"]},
    }})
    .to_string()
}

/// EKS and STS. Each DescribeCluster request gets the next of these responses; the last one repeats.
async fn services(clusters: Vec<String>) -> (Server, Aws) {
    let described = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |request, _| {
        if request.has("Action=GetCallerIdentity") {
            return identity("111122223333");
        }
        let number = described.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (200, clusters[number.min(clusters.len() - 1)].clone())
    })
    .await;
    let settings = AwsSettings {
        region: Some("eu-central-1".to_owned()),
        keys: Some(Keys { access_key: "AKIAKUBE".into(), secret_key: Secret::new("secret-of-AKIAKUBE"), token: None }),
        max_attempts: Some(1),
        environment: Environment::fixed::<&str, &str>([]),
        shared_config_files: vec!["/dev/null".into()],
        shared_credentials_files: vec!["/dev/null".into()],
        endpoints: [Service::Eks, Service::Sts].map(|service| (service, server.url())).into(),
        ..AwsSettings::default()
    };
    let aws = Aws::new(&settings).await.expect("usable settings");
    (server, aws)
}

/// An API server with these responses, EKS with its address, and the cluster as resource types use it.
async fn demo(
    answer: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
) -> (Server, Server, std::sync::Arc<dyn KubernetesApi>) {
    demo_by_request(move |_, number| answer(number)).await
}

/// The same with responses that depend on the request line.
pub(super) async fn demo_by_path(
    answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
) -> (Server, Server, std::sync::Arc<dyn KubernetesApi>) {
    demo_by_request(move |line, _| answer(line)).await
}

async fn demo_by_request(
    answer: impl Fn(&str, usize) -> (u16, String) + Send + Sync + 'static,
) -> (Server, Server, std::sync::Arc<dyn KubernetesApi>) {
    let (authority, tls) = certificate(&["127.0.0.1"]);
    let manner = ServerOptions { tls: Some(tls), tunnel: false };
    let api = Server::start_with(manner, move |request, number| answer(&request.line, number)).await;
    let (eks, aws) = services(vec![cluster(&format!("https://127.0.0.1:{}", api.port), &authority, true)]).await;
    (api, eks, Kubernetes::new(aws, Settings::default()).cluster(None, "demo"))
}

fn status(code: u16, reason: &str, message: &str) -> (u16, String) {
    let details = json!({"name": "aws-auth", "kind": "configmaps"});
    let body = json!({
        "kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code, "details": details,
    });
    (code, body.to_string())
}

#[tokio::test]
async fn cluster_is_described_once_and_eks_token_used() {
    let (api, eks, demo) = demo(|_| (200, MAP.to_owned())).await;
    let (first, second) = {
        let (one, two) = (aws_auth(), aws_auth());
        futures::join!(demo.get(&one), demo.get(&two))
    };
    assert_eq!(resource_version(&first.unwrap()), Some("7"));
    second.unwrap();
    assert_eq!(eks.requests_of("/clusters/demo").len(), 1);
    for request in api.requests() {
        assert_eq!(request.line, "GET /api/v1/namespaces/kube-system/configmaps/aws-auth HTTP/1.1");
        assert!(request.header("authorization").starts_with("Bearer k8s-aws-v1."), "{request:?}");
    }
}

#[tokio::test]
async fn an_unknown_caller_is_named_after_a_second_token_did_not_help() {
    let (api, eks, demo) = demo(|_| status(401, "Unauthorized", "Unauthorized")).await;
    let error = demo.get(&aws_auth()).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Denied, Some(UNAUTHORIZED)));
    assert!(
        error.message.contains("cluster demo does not recognize the caller arn:aws:iam::111122223333:user/u"),
        "{error}"
    );
    assert!(error.advice().contains("access entry"), "{}", error.advice());
    assert_eq!((api.requests().len(), eks.requests_of("GetCallerIdentity").len()), (2, 1));
}

#[tokio::test]
async fn a_refused_token_is_replaced_by_another() {
    let refuse_first =
        |number| if number == 0 { status(401, "Unauthorized", "Unauthorized") } else { (200, MAP.into()) };
    let (api, _eks, demo) = demo(refuse_first).await;
    demo.get(&aws_auth()).await.unwrap();
    assert_eq!(api.requests().len(), 2);
}

#[rstest]
#[case(403, "Forbidden", ErrorKind::Denied, Some(FORBIDDEN))]
#[case(404, "NotFound", ErrorKind::NotFound, Some("NotFound"))]
#[case(409, "AlreadyExists", ErrorKind::AlreadyExists, Some("AlreadyExists"))]
#[case(409, "Conflict", ErrorKind::Conflict, Some("Conflict"))]
#[case(413, "RequestEntityTooLarge", ErrorKind::Invalid, Some("RequestEntityTooLarge"))]
#[case(422, "Invalid", ErrorKind::Invalid, Some("Invalid"))]
#[case(429, "TooManyRequests", ErrorKind::Throttled, Some("TooManyRequests"))]
#[case(500, "InternalError", ErrorKind::Server, Some("InternalError"))]
#[case(503, "ServiceUnavailable", ErrorKind::Server, Some("ServiceUnavailable"))]
#[case(504, "Timeout", ErrorKind::Timeout, Some("Timeout"))]
fn statuses_have_their_meaning(
    #[case] code: u16,
    #[case] reason: &str,
    #[case] kind: ErrorKind,
    #[case] shown: Option<&str>,
) {
    let body = status(code, reason, "words").1;
    let error = refused("GET", StatusCode::from_u16(code).unwrap(), &HeaderMap::new(), body.as_bytes());
    assert_eq!((error.kind, error.code.as_deref(), error.message.as_str()), (kind, shown, "words"));
}

#[test]
fn another_manager_of_a_field_is_told_from_a_stale_version() {
    let body = json!({
        "kind": "Status", "reason": "Conflict", "message": "Apply failed with 1 conflict: conflict with \"eks\": .data.a",
        "details": {"name": "m", "causes": [{"reason": "FieldManagerConflict", "field": ".data.a"}]},
    });
    let error = refused("APPLY", StatusCode::CONFLICT, &HeaderMap::new(), body.to_string().as_bytes());
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Conflict, Some(FIELD_MANAGER_CONFLICT)));
}

#[rstest]
#[case(".spec.x: field not declared in schema", &[("spec.x", "field not declared in schema")])]
#[case(
    "errors:\n  .spec.a[0].b: field not declared in schema\n  .spec.c: expected map, got &{x}",
    &[("spec.a[0].b", "field not declared in schema"), ("spec.c", "expected map, got &{x}")]
)]
#[case("no corresponding type for karpenter.k8s.aws/v1, Kind=EC2NodeClass", &[])]
fn fields_that_cannot_be_read_are_invalid(#[case] said: &str, #[case] expected: &[(&str, &str)]) {
    let message =
        format!("failed to create typed patch object (/gpu; karpenter.k8s.aws/v1, Kind=EC2NodeClass): {said}");
    let body = json!({"kind": "Status", "status": "Failure", "message": message, "code": 500}).to_string();
    let error = refused("APPLY", StatusCode::INTERNAL_SERVER_ERROR, &HeaderMap::new(), body.as_bytes());
    let causes: Vec<_> = error.causes.iter().map(|cause| (cause.field.as_str(), cause.message.as_str())).collect();
    assert_eq!(causes, expected);
    let kind = if expected.is_empty() { ErrorKind::Server } else { ErrorKind::Invalid };
    assert_eq!((error.kind, error.is_transient()), (kind, expected.is_empty()));
}

#[rstest]
#[case(b"404 page not found\n")]
#[case(br#"{"kind": "Status", "reason": "NotFound", "message": "the server could not find the requested resource", "details": {}}"#)]
fn a_kind_that_is_not_served_is_not_an_absent_object(#[case] body: &[u8]) {
    let error = refused("GET", StatusCode::NOT_FOUND, &of_an_api_server(), body);
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Other, Some(NO_SUCH_KIND)));
}

fn of_an_api_server() -> HeaderMap {
    [(http::HeaderName::from_static("audit-id"), http::HeaderValue::from_static("1"))].into_iter().collect()
}

#[rstest]
#[case(302, false)]
#[case(401, false)]
#[case(403, false)]
#[case(404, false)]
#[case(407, false)]
#[case(429, true)]
#[case(502, true)]
#[case(504, true)]
fn page_without_status_is_a_foreign_response(#[case] code: u16, #[case] transient: bool) {
    // Proxies that are written in Go use the wording of an API server.
    for (body, words) in
        [("404 page not found\n", "404 page"), ("{\"message\": \"no route\"}", "no route"), ("", "empty")]
    {
        let error = refused("GET", StatusCode::from_u16(code).unwrap(), &HeaderMap::new(), body.as_bytes());
        assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::ForeignResponse, None), "{error}");
        assert!(!error.is_not_found() && error.is_transient() == transient, "{error}");
        assert!(error.message.contains("proxy") && error.message.contains(words), "{error}");
    }
    let own = refused("GET", StatusCode::from_u16(code).unwrap(), &of_an_api_server(), b"no");
    assert_ne!(own.kind, ErrorKind::ForeignResponse, "{own}");
}

#[tokio::test]
async fn successful_page_is_no_object() {
    for page in ["<html>sign in</html>", "{\"status\": \"ok\"}", ""] {
        let (_api, _eks, demo) = demo(|_| (200, page.to_owned())).await;
        let error = demo.get(&aws_auth()).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::ForeignResponse, Some(200)), "{error}");
        let error = demo.list(CONFIG_MAP, None).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ForeignResponse, "{error}");
    }
}

#[tokio::test]
async fn only_what_is_safe_is_repeated() {
    let content = json!({"metadata": {"resourceVersion": "7"}});
    let busy = |number| if number == 0 { status(429, "TooManyRequests", "later") } else { (200, MAP.into()) };
    let (api, _eks, cluster) = demo(busy).await;
    cluster.replace(&aws_auth(), &content).await.unwrap();
    assert_eq!(api.requests().len(), 2, "a request that was rejected by rate limiting was not processed");

    let failing = |number| if number == 0 { status(500, "InternalError", "oops") } else { (200, MAP.into()) };
    let (api, _eks, cluster) = demo(failing).await;
    let error = cluster.replace(&aws_auth(), &content).await.unwrap_err();
    assert_eq!((error.kind, api.requests().len()), (ErrorKind::Server, 1), "the change may have taken effect");

    let (api, _eks, cluster) = demo(failing).await;
    cluster.get(&aws_auth()).await.unwrap();
    assert_eq!(api.requests().len(), 2);
}

#[tokio::test]
async fn a_replacement_without_the_version_that_was_read_is_not_sent() {
    let (api, _eks, demo) = demo(|_| (200, MAP.to_owned())).await;
    let error = demo.replace(&aws_auth(), &json!({"data": {}})).await.unwrap_err();
    assert_eq!((error.kind, api.requests().len()), (ErrorKind::Invalid, 0));
}

#[tokio::test]
async fn changes_carry_address_manager_and_precondition() {
    let (api, _eks, demo) = demo(|_| (200, MAP.to_owned())).await;
    let content = json!({"metadata": {"resourceVersion": "7"}, "data": {"a": "b"}});
    demo.create(&aws_auth(), &json!({"data": {}})).await.unwrap();
    demo.replace(&aws_auth(), &content).await.unwrap();
    demo.apply(&aws_auth(), &json!({"data": {}}), Apply { force: true, dry_run: true }).await.unwrap();
    demo.patch(&aws_auth(), &Patch::Json(vec![json!({"op": "test"})])).await.unwrap();
    demo.delete(&aws_auth(), Delete { resource_version: Some("7"), foreground: true }).await.unwrap();
    let maps = "/api/v1/namespaces/kube-system/configmaps";
    let manager = "fieldManager=terraform-provider-ekscompute";
    let requests = api.requests();
    let lines: Vec<_> = requests.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            format!("POST {maps}?{manager}&fieldValidation=Strict HTTP/1.1"),
            format!("PUT {maps}/aws-auth?{manager} HTTP/1.1"),
            format!("PATCH {maps}/aws-auth?{manager}&force=true&dryRun=All&fieldValidation=Strict HTTP/1.1"),
            format!("PATCH {maps}/aws-auth?{manager} HTTP/1.1"),
            format!("DELETE {maps}/aws-auth HTTP/1.1"),
        ]
    );
    let bodies: Vec<Value> = requests.iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
    assert_eq!(bodies[1]["apiVersion"], "v1");
    let metadata = json!({"name": "aws-auth", "namespace": "kube-system", "resourceVersion": "7"});
    assert_eq!((&bodies[1]["kind"], &bodies[1]["metadata"]), (&json!("ConfigMap"), &metadata));
    assert_eq!(requests[2].header("content-type"), "application/apply-patch+yaml");
    assert_eq!(requests[3].header("content-type"), "application/json-patch+json");
    assert_eq!(bodies[4]["preconditions"]["resourceVersion"], "7");
    assert_eq!(bodies[4]["propagationPolicy"], "Foreground");
}

#[tokio::test]
async fn untrusted_certificate_has_dedicated_error_code() {
    let (_, tls) = certificate(&["127.0.0.1"]);
    let (other, _) = certificate(&["127.0.0.1"]);
    let manner = ServerOptions { tls: Some(tls), tunnel: false };
    let api = Server::start_with(manner, |_, _| (200, MAP.to_owned())).await;
    let (_eks, aws) = services(vec![cluster(&format!("https://127.0.0.1:{}", api.port), &other, true)]).await;
    let error = Kubernetes::new(aws, Settings::default()).cluster(None, "demo").get(&aws_auth()).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Invalid, Some(CERTIFICATE)), "{error}");
    assert!(error.advice().contains("cluster_ca_certificate"), "{}", error.advice());
}

#[tokio::test]
async fn another_cluster_of_the_same_name_is_found_again() {
    let (authority, tls) = certificate(&["127.0.0.1"]);
    let (gone, _) = certificate(&["127.0.0.1"]);
    let manner = ServerOptions { tls: Some(tls), tunnel: false };
    let api = Server::start_with(manner, |_, _| (200, MAP.to_owned())).await;
    let endpoint = format!("https://127.0.0.1:{}", api.port);
    let (eks, aws) = services(vec![cluster(&endpoint, &gone, true), cluster(&endpoint, &authority, true)]).await;
    let demo = Kubernetes::new(aws, Settings::default()).cluster(None, "demo");
    demo.get(&aws_auth()).await.unwrap();
    assert_eq!(eks.requests_of("/clusters/demo").len(), 2);
}

#[tokio::test]
async fn a_private_endpoint_that_does_not_answer_is_called_private() {
    // A port that was free before.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (authority, _) = certificate(&["127.0.0.1"]);
    let (_eks, aws) = services(vec![cluster(&format!("https://127.0.0.1:{closed}"), &authority, false)]).await;
    let error = Kubernetes::new(aws, Settings::default()).cluster(None, "demo").get(&aws_auth()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connection, "{error}");
    assert!(error.message.contains("the endpoint is private: it is reachable only from VPC vpc-1"), "{error}");
}

#[tokio::test]
async fn a_cluster_that_has_no_endpoint_yet_is_busy() {
    let creating = json!({"cluster": {"name": "demo", "status": "CREATING", "certificateAuthority": {}}}).to_string();
    let (_eks, aws) = services(vec![creating]).await;
    let error = Kubernetes::new(aws, Settings::default()).cluster(None, "demo").get(&aws_auth()).await.unwrap_err();
    assert_eq!((error.kind, error.service), (ErrorKind::InUse, "EKS"));
}

/// A cluster that the settings contain, behind a proxy, with a certificate for `cluster.test`.
async fn elsewhere(settings: impl FnOnce(String, String) -> Settings) -> (Server, Server, Result<Value, ApiError>) {
    let (authority, tls) = certificate(&["cluster.test"]);
    let manner = ServerOptions { tls: Some(tls), tunnel: true };
    let api = Server::start_with(manner, |_, _| (200, MAP.to_owned())).await;
    let (eks, aws) = services(vec!["{}".to_owned()]).await;
    let settings = Settings { proxy_url: Some(api.url()), ..settings("https://cluster.test".into(), authority) };
    let answer = Kubernetes::new(aws, settings).cluster(None, "demo").get(&aws_auth()).await;
    (api, eks, answer)
}

#[tokio::test]
async fn settings_name_server_and_token_so_that_eks_is_not_asked() {
    let (api, eks, answer) = elsewhere(|host, authority| Settings {
        host: Some(host),
        cluster_ca_certificate: Some(authority),
        token: Some(Secret::new("token-of-the-settings")),
        ..Settings::default()
    })
    .await;
    answer.unwrap();
    assert!(eks.requests().is_empty());
    assert_eq!(api.requests()[0].line, "CONNECT cluster.test:443 HTTP/1.1");
    assert_eq!(api.requests()[1].header("authorization"), "Bearer token-of-the-settings");
}

#[tokio::test]
async fn a_command_brings_credentials_and_a_name_the_certificate() {
    let credential = r#"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": "token-of-'"$WHO"'"}}"#;
    let (api, _eks, answer) = elsewhere(|_, authority| Settings {
        host: Some("https://other.test".to_owned()),
        tls_server_name: Some("cluster.test".to_owned()),
        cluster_ca_certificate: Some(authority),
        exec: Some(Exec {
            api_version: "client.authentication.k8s.io/v1".to_owned(),
            command: "sh".to_owned(),
            args: vec!["-c".to_owned(), format!("echo '{credential}'")],
            env: BTreeMap::from([("WHO".to_owned(), "a-command".to_owned())]),
        }),
        ..Settings::default()
    })
    .await;
    answer.unwrap();
    assert_eq!(api.requests()[1].header("authorization"), "Bearer token-of-a-command");
}

#[tokio::test]
async fn a_command_that_fails_is_told_of_without_what_it_printed_or_was_given() {
    let exec = |script: &str| Exec {
        api_version: "client.authentication.k8s.io/v1".to_owned(),
        command: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        env: BTreeMap::from([("PASSWORD".to_owned(), "env-secret".to_owned())]),
    };
    let missing = Exec { command: "/nowhere/command".to_owned(), ..exec("") };
    for (exec, words) in [
        (exec("echo printed-secret; echo sign in first >&2; exit 3"), "exit status: 3: sign in first"),
        (exec("echo '{printed-secret'"), "did not print an ExecCredential"),
        (missing, "exec command for credentials: No such file"),
    ] {
        let (_api, _eks, answer) = elsewhere(|host, authority| Settings {
            host: Some(host),
            cluster_ca_certificate: Some(authority),
            exec: Some(exec.clone()),
            ..Settings::default()
        })
        .await;
        let error = answer.unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_kubeconfig_file_that_cannot_be_read_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, "users: [{name: u, user: {token: file-secret}\n").unwrap();
    let (_api, _eks, answer) =
        elsewhere(|_, _| Settings { config_path: Some(path.clone()), ..Settings::default() }).await;
    let error = answer.unwrap_err().to_string();
    assert!(error.contains(&path.display().to_string()) && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn rejected_configured_credentials_have_specific_advice() {
    let (authority, tls) = certificate(&["127.0.0.1"]);
    let manner = ServerOptions { tls: Some(tls), tunnel: false };
    let api = Server::start_with(manner, |_, _| status(401, "Unauthorized", "Unauthorized")).await;
    let (_eks, aws) = services(vec![]).await;
    let settings = Settings {
        host: Some(format!("https://127.0.0.1:{}", api.port)),
        cluster_ca_certificate: Some(authority),
        token: Some(Secret::new("token-of-the-settings")),
        ..Settings::default()
    };
    let error = Kubernetes::new(aws, settings).cluster(None, "demo").get(&aws_auth()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.advice().starts_with("Check token, exec, or config_path"), "{}", error.advice());
}

#[tokio::test]
async fn a_kubeconfig_file_names_server_and_user_of_a_context() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let (api, _eks, answer) = elsewhere(|host, authority| {
        let authority = STANDARD.encode(authority);
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {{server: {host}, \
             certificate-authority-data: {authority}}}\nusers:\n- name: u\n  user: {{token: token-of-a-file}}\n\
             contexts:\n- name: wanted\n  context: {{cluster: c, user: u}}\n"
        );
        std::fs::write(&path, text).unwrap();
        Settings { config_path: Some(path.clone()), config_context: Some("wanted".to_owned()), ..Settings::default() }
    })
    .await;
    answer.unwrap();
    assert_eq!(api.requests()[1].header("authorization"), "Bearer token-of-a-file");
}

#[tokio::test]
async fn a_missing_kubeconfig_file_is_named() {
    let (_api, _eks, answer) =
        elsewhere(|_, _| Settings { config_path: Some("/nowhere/config".into()), ..Settings::default() }).await;
    let error = answer.unwrap_err();
    assert!(error.message.contains("/nowhere/config"), "{error}");
}

#[test]
fn object_paths_match_api_groups() {
    assert_eq!(Object::of_cluster(super::NODE_POOL, "gpu").path(), "/apis/karpenter.sh/v1/nodepools/gpu");
    assert_eq!(aws_auth().path(), "/api/v1/namespaces/kube-system/configmaps/aws-auth");
    assert_eq!(aws_auth().to_string(), "ConfigMap kube-system/aws-auth");
}
