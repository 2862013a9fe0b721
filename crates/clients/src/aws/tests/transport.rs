//! Endpoints, proxies, trust, retries, and the user agent.

use std::io::Write;
use std::path::PathBuf;

use rstest::rstest;

use super::server::{Request, Server, ServerOptions, certificate, clusters};
use super::*;
use crate::aws::settings::{Http, RetryMode, UserAgent};
use crate::errors::ErrorKind;

#[tokio::test]
async fn caller_is_named_in_the_order_of_other_providers() {
    let server = Server::start(|_, _| clusters()).await;
    let user_agent = UserAgent { terraform_version: "1.15.5".to_owned(), append: Some("team/7".to_owned()) };
    list_clusters(&aws(&Settings { user_agent, ..served_by(&server) }).await).await.expect("clusters");
    let sent = server.requests()[0].header("user-agent").to_owned();
    let version = env!("CARGO_PKG_VERSION");
    let before = format!("Terraform/1.15.5 terraform-provider-ekscompute/{version} aws-sdk-rust/");
    assert!(sent.starts_with(&before), "{sent}");
    assert!(sent.ends_with(" team/7"), "{sent}");
}

/// Returns the path of the endpoint that was called with these settings, environment, and profile.
async fn called(block: bool, variables: &[(&str, &str)], profile: &str) -> String {
    let server = Server::start(|_, _| clusters()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    std::fs::write(&config, profile.replace("URL", &server.url())).expect("written");
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.replace("URL", &server.url())));
    let mut configured =
        Settings { environment: Environment::fixed(variables), shared_config_files: vec![config], ..settings() };
    if block {
        configured.endpoints = [(Service::Eks, format!("{}/block", server.url()))].into();
    }
    list_clusters(&aws(&configured).await).await.expect("clusters");
    server.requests()[0].line.clone()
}

const SERVICE: (&str, &str) = ("AWS_ENDPOINT_URL_EKS", "URL/service-variable");
const BASE: (&str, &str) = ("AWS_ENDPOINT_URL", "URL/base-variable");
const IGNORE: (&str, &str) = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
const PROFILE: &str = "[default]\nservices = local\nendpoint_url = URL/base-profile\n[services local]\neks =\n  endpoint_url = URL/service-profile\n";

#[rstest]
#[case(true, &[SERVICE, BASE], PROFILE, "GET /block/clusters")]
#[case(true, &[SERVICE, BASE, IGNORE], PROFILE, "GET /block/clusters")]
#[case(false, &[SERVICE, BASE], PROFILE, "GET /service-variable/clusters")]
#[case(false, &[BASE], PROFILE, "GET /base-variable/clusters")]
#[case(false, &[("AWS_ENDPOINT_URL", "")], PROFILE, "GET /service-profile/clusters")]
#[case(false, &[], PROFILE, "GET /service-profile/clusters")]
#[case(false, &[], "[default]\nendpoint_url = URL/base-profile\n", "GET /base-profile/clusters")]
#[tokio::test]
async fn nearest_endpoint_wins(
    #[case] block: bool,
    #[case] variables: &[(&str, &str)],
    #[case] profile: &str,
    #[case] line: &str,
) {
    let called = called(block, variables, profile).await;
    assert!(called.starts_with(line), "{called}");
}

/// A proxy that is also the host behind it, and the CA of the host certificate.
async fn proxy_for(host: &str) -> (Server, PathBuf, tempfile::TempDir) {
    let (authority, tls) = certificate(&[host]);
    let server = Server::start_with(ServerOptions { tls: Some(tls), tunnel: true }, |_, _| clusters()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, authority).expect("written");
    (server, bundle, folder)
}

const HOST: &str = "eks.eu-central-1.amazonaws.com";

#[rstest]
#[case(false)]
#[case(true)]
#[tokio::test]
async fn aws_is_reached_through_the_proxy(#[case] insecure: bool) {
    let (proxy, bundle, _folder) = proxy_for(HOST).await;
    let http = Http {
        https_proxy: Some(format!("http://user:password@127.0.0.1:{}", proxy.port)),
        ca_bundle: (!insecure).then_some(bundle),
        insecure,
        ..Http::default()
    };
    let aws = aws(&Settings { http, ..settings() }).await;
    assert_eq!(list_clusters(&aws).await, Ok(vec!["a".to_owned()]));
    let requests = proxy.requests();
    assert!(requests[0].line.starts_with(&format!("CONNECT {HOST}:443 ")), "{requests:?}");
    // `user:password` in base64.
    assert_eq!(requests[0].header("proxy-authorization"), "Basic dXNlcjpwYXNzd29yZA==");
    assert!(requests[1].line.starts_with("GET /clusters"), "{requests:?}");
}

#[rstest]
#[case::regional(settings::Settings { region: Some("us-gov-west-1".to_owned()), ..settings() }, "eks.us-gov-west-1.amazonaws.com")]
#[case::china(settings::Settings { region: Some("cn-north-1".to_owned()), ..settings() }, "eks.cn-north-1.amazonaws.com.cn")]
#[case::fips(settings::Settings { region: Some("us-east-1".to_owned()), use_fips: Some(true), ..settings() }, "fips.eks.us-east-1.amazonaws.com")]
#[case::dual_stack(settings::Settings { use_dual_stack: Some(true), ..settings() }, "eks.eu-central-1.api.aws")]
#[case::fips_of_the_environment(
    settings::Settings { region: Some("us-east-1".to_owned()), environment: Environment::fixed([("AWS_USE_FIPS_ENDPOINT", "true")]), ..settings() },
    "fips.eks.us-east-1.amazonaws.com"
)]
#[tokio::test]
async fn endpoint_matches_region_and_endpoint_options(#[case] configured: Settings, #[case] host: &str) {
    let (proxy, _, _folder) = proxy_for(host).await;
    let https_proxy = Some(format!("http://127.0.0.1:{}", proxy.port));
    let aws = aws(&Settings { http: Http { https_proxy, insecure: true, ..Http::default() }, ..configured }).await;
    list_clusters(&aws).await.expect("clusters");
    assert!(proxy.requests()[0].line.starts_with(&format!("CONNECT {host}:443 ")), "{:?}", proxy.requests());
}

#[rstest]
#[case(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), IGNORE], "[default]\n")]
#[case(&[("AWS_ENDPOINT_URL_EKS", "http://127.0.0.1:1")], "[default]\nignore_configured_endpoint_urls = true\n")]
#[tokio::test]
async fn ignored_endpoints_of_the_surroundings_are_not_called(
    #[case] variables: &[(&str, &str)],
    #[case] profile: &str,
) {
    let (proxy, bundle, folder) = proxy_for(HOST).await;
    let config = folder.path().join("config");
    std::fs::write(&config, profile).expect("written");
    let https_proxy = Some(format!("http://127.0.0.1:{}", proxy.port));
    let aws = aws(&Settings {
        http: Http { https_proxy, ca_bundle: Some(bundle), ..Http::default() },
        environment: Environment::fixed(variables.iter().copied()),
        shared_config_files: vec![config],
        ..settings()
    })
    .await;
    list_clusters(&aws).await.expect("clusters");
    assert!(proxy.requests()[0].line.starts_with(&format!("CONNECT {HOST}:443 ")), "{:?}", proxy.requests());
}

#[tokio::test]
async fn plain_http_goes_through_its_own_proxy() {
    let proxy = Server::start(|_, _| clusters()).await;
    let http = Http { http_proxy: Some(proxy.url()), ..Http::default() };
    let endpoints = [(Service::Eks, "http://eks.test".to_owned())].into();
    list_clusters(&aws(&Settings { http, endpoints, ..settings() }).await).await.expect("clusters");
    assert!(proxy.requests()[0].line.starts_with("GET http://eks.test/clusters"), "{:?}", proxy.requests());
}

#[tokio::test]
async fn server_is_trusted_by_the_bundle_only() {
    let (authority, tls) = certificate(&["localhost"]);
    let (stranger, _) = certificate(&["localhost"]);
    let server = Server::start_with(ServerOptions { tls: Some(tls), tunnel: false }, |_, _| clusters()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        Some(path)
    };
    let own = Http { ca_bundle: bundle("own.pem", &format!("{stranger}{authority}")), ..Http::default() };
    let other = Http { ca_bundle: bundle("other.pem", &stranger), ..Http::default() };
    let insecure = Http { insecure: true, ..Http::default() };
    for (http, trusted) in [(own, true), (other, false), (insecure, true)] {
        let endpoints = [(Service::Eks, format!("https://localhost:{}", server.port))].into();
        let result = list_clusters(&aws(&Settings { http: http.clone(), endpoints, ..settings() }).await).await;
        match result {
            Ok(_) => assert!(trusted, "{http:?}"),
            Err(error) => {
                assert!(!trusted, "{error}");
                assert_eq!(error.kind, ErrorKind::Connection);
                assert!(error.message.contains("certificate"), "the cause is told: {error}");
            }
        }
    }
}

#[tokio::test]
async fn calls_are_repeated_as_often_as_configured() {
    for (attempts, expected) in [(1, 1), (2, 2)] {
        for (mode, capacity) in [(RetryMode::Standard, None), (RetryMode::Adaptive, Some(500))] {
            let server = Server::start(|_, _| (503, "{\"message\":\"busy\"}".to_owned())).await;
            let configured = Settings {
                max_attempts: Some(attempts),
                retry_mode: Some(mode),
                retry_capacity: capacity,
                ..served_by(&server)
            };
            let error = list_clusters(&aws(&configured).await).await.expect_err("fails");
            assert_eq!((error.kind, server.requests().len()), (ErrorKind::Server, expected));
        }
    }
}

#[tokio::test]
async fn exhausted_retry_capacity_ends_the_retries() {
    let server = Server::start(|_, _| (503, "{}".to_owned())).await;
    let configured = Settings { max_attempts: Some(10), retry_capacity: Some(1), ..served_by(&server) };
    list_clusters(&aws(&configured).await).await.expect_err("fails");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn dropped_connection_and_refused_connection_are_told_apart_from_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let endpoints = [(Service::Eks, format!("http://127.0.0.1:{port}"))].into();
    let error = list_clusters(&aws(&Settings { endpoints, ..settings() }).await).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Connection, "{error}");
    assert!(error.message.to_lowercase().contains("connection refused"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn unreachable_endpoint_fails_regardless_of_max_attempts() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let endpoint = format!("http://127.0.0.1:{port}");
    let endpoints = [(Service::Eks, endpoint.clone())].into();
    let aws = aws(&Settings { endpoints, max_attempts: Some(1000), ..settings() }).await;
    for _ in 0..2 {
        let error = list_clusters(&aws).await.expect_err("nobody is there");
        assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
        assert!(error.message.contains(&endpoint) && error.message.contains("Region eu-central-1"), "{error}");
        assert!(!error.is_transient() && error.advice().contains("Check the Region"), "{error}");
    }
}

#[tokio::test]
async fn clients_are_shared_by_region() {
    let server = Server::start(|_, _| clusters()).await;
    let aws = aws(&served_by(&server)).await;
    for region in [None, Some("eu-central-1"), Some("us-east-1"), None] {
        aws.eks(region).list_clusters().send().await.expect("clusters");
    }
    let regions: Vec<_> = server
        .requests()
        .iter()
        .filter_map(|request| request.header("authorization").split('/').nth(2).map(str::to_owned))
        .collect();
    assert_eq!(regions, ["eu-central-1", "eu-central-1", "us-east-1", "eu-central-1"]);
    assert_eq!(aws.0.eks.0.lock().expect("no panic").len(), 2);
}

#[rstest]
#[case("aws-cn", "cn-north-1")]
#[case("aws-us-gov", "us-gov-west-1")]
#[case("aws", "local")]
#[tokio::test]
async fn partition_follows_the_region(#[case] partition: &str, #[case] region: &str) {
    let aws = aws(&Settings { region: Some(region.to_owned()), ..settings() }).await;
    assert_eq!(aws.partition(), partition);
}

fn refusal(result: Result<Aws, ConfigError>) -> (Option<&'static str>, String) {
    let error = result.expect_err("unusable settings");
    (error.attribute, error.message)
}

#[tokio::test]
async fn unusable_settings_name_the_argument() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text");
    std::fs::File::create(&text).and_then(|mut file| file.write_all(b"no certificate")).expect("written");
    let missing = folder.path().join("missing");
    let bundle =
        |path: &PathBuf| Settings { http: Http { ca_bundle: Some(path.clone()), ..Http::default() }, ..settings() };
    let cases = [
        (Settings { profile: Some("nobody".to_owned()), ..settings() }, "profile", "Profile \"nobody\" not found"),
        (bundle(&text), "custom_ca_bundle", "does not contain a usable certificate"),
        (bundle(&missing), "custom_ca_bundle", "unable to read"),
        (Settings { shared_config_files: vec![missing], ..settings() }, "shared_config_files", "Unable to read"),
        (
            Settings { environment: Environment::fixed([("AWS_RETRY_MODE", "eager")]), ..settings() },
            "retry_mode",
            "eager",
        ),
    ];
    for (configured, attribute, words) in cases {
        let (found, message) = refusal(Aws::new(&configured).await);
        assert_eq!(found, Some(attribute), "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[derive(Clone, Default)]
struct Lines(std::sync::Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn our_log_shows_calls_and_no_secret() {
    let lines = Lines::default();
    let writer = lines.clone();
    // With a single subscriber, tracing caches whether the first thread that reaches a log line has a subscriber. Other
    // tests run on threads without one, so the line would be disabled here as well. With two subscribers, tracing asks
    // both.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("clients=trace,warn").with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(|request: &Request, _| match request.has("Action=AssumeRole") {
        true => super::server::assumed("AssumeRole", "ASIALOG", "222222222222", "2099-01-01T00:00:00Z"),
        false => clusters(),
    })
    .await;
    let role = settings::AssumeRole { role_arn: "arn:aws:iam::222222222222:role/r".to_owned(), ..Default::default() };
    let configured = Settings { assume_roles: vec![role], ..served_by(&server) };
    tracing::trace!(?configured, "settings as a careless developer would log them");
    list_clusters(&aws(&configured).await).await.expect("clusters");
    drop(guard);
    let log = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
    assert!(log.contains("EKS ListClusters responded") && log.contains("STS AssumeRole responded"), "{log}");
    for secret in ["secret-of", "token-of", "Signature="] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    let shown = framework::secrets::masked("secret-of-ASIALOG token-of-ASIALOG secret-of-AKIABASE");
    assert_eq!(shown, "*** *** ***", "whoever writes them after all shows nothing");
}

#[tokio::test]
async fn client_that_is_throttled_half_the_time_still_gets_its_answers() {
    let throttled = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    let server = Server::start(move |_, before| match before % 2 {
        0 => (429, throttled.to_owned()),
        _ => clusters(),
    })
    .await;
    let aws = aws(&Settings { max_attempts: None, ..served_by(&server) }).await;
    let answers = futures::future::join_all((0..4).map(|_| list_clusters(&aws))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(server.requests().len(), 8);
}
