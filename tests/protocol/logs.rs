//! What the host reads on stderr.

use serde_json::{Map, Value as Json};

use crate::support::values::{configure, provider_block, read_node_group};
use crate::support::{Host, connect, rpcs};
use wire::proto::plugin::Empty;
use wire::proto::plugin::grpc_controller_client::GrpcControllerClient;
use wire::proto::tfplugin6::{get_provider_schema, read_data_source};

/// The log of a plugin that served a schema, failed a read and was shut down.
async fn log_of(variables: &[(&str, &str)]) -> Vec<String> {
    let host = variables.iter().fold(Host::new(), |host, (name, value)| host.variable(name, value));
    let plugin = host.start().await;
    let log = plugin.log.clone();
    let channel = connect(&plugin).await;
    let mut rpcs = rpcs(channel.clone());
    rpcs.get_provider_schema(get_provider_schema::Request {}).await.unwrap();
    let read = read_data_source::Request { type_name: "no_such".to_owned(), ..Default::default() };
    rpcs.read_data_source(read).await.unwrap();
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    plugin.end().await;
    log.lines()
}

fn parsed(lines: &[String]) -> Vec<Map<String, Json>> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

#[tokio::test]
async fn every_line_is_one_the_host_can_read() {
    let lines = log_of(&[("TF_LOG", "TRACE")]).await;
    assert!(!lines.is_empty());
    for (line, raw) in parsed(&lines).iter().zip(&lines) {
        assert!(raw.len() < 64 << 10);
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{key} in {raw}");
        }
        assert!(["trace", "debug", "info", "warn", "error"].contains(&line["@level"].as_str().unwrap()), "{raw}");
        let time = line["@timestamp"].as_str().unwrap();
        let (date, fraction) = time.split_once('.').unwrap();
        assert_eq!((date.len(), date.find('T'), fraction.len()), (19, Some(10), 7), "{time}");
        assert!(fraction.ends_with('Z') && fraction[..6].bytes().all(|byte| byte.is_ascii_digit()), "{time}");
    }
}

#[tokio::test]
async fn calls_are_logged_with_the_usual_names() {
    let lines = parsed(&log_of(&[("TF_LOG_PROVIDER", "TRACE")]).await);
    let of = |rpc: &str| lines.iter().filter(|line| line.get("tf_rpc") == Some(&rpc.into())).collect::<Vec<_>>();
    let served = of("GetProviderSchema");
    assert_eq!(served.len(), 2, "{served:?}");
    assert_eq!(served[0]["tf_req_id"], served[1]["tf_req_id"]);
    assert_eq!(served[0]["tf_provider_addr"], "registry.terraform.io/ekscompute/ekscompute");
    assert!(served[1]["tf_req_duration_ms"].is_u64());
    let failed = of("ReadDataSource");
    let error = failed.iter().find(|line| line["@level"] == "error").unwrap();
    assert_eq!((&error["diagnostic_severity"], &error["tf_data_source_type"]), (&"ERROR".into(), &"no_such".into()));
    assert!(error["diagnostic_summary"].as_str().unwrap().contains("no_such"));
    assert!(error["diagnostic_detail"].is_string());
    assert_ne!(error["tf_req_id"], served[0]["tf_req_id"]);
}

#[tokio::test]
async fn level_is_what_the_most_specific_variable_says() {
    assert_eq!(log_of(&[]).await, Vec::<String>::new());
    assert_eq!(log_of(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "OFF")]).await, Vec::<String>::new());
    let own = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "OFF"), ("TF_LOG_PROVIDER_EKSCOMPUTE", "ERROR")];
    let lines = parsed(&log_of(&own).await);
    assert!(!lines.is_empty() && lines.iter().all(|line| line["@level"] == "error"), "{lines:?}");
}

#[tokio::test]
async fn keys_are_in_no_line_and_in_no_message() {
    let plugin = Host::new().variable("TF_LOG", "TRACE").start().await;
    let log = plugin.log.clone();
    let channel = connect(&plugin).await;
    let mut rpcs = rpcs(channel.clone());
    let (secret, token) = ("wJalrXUtnFEMI/K7MDENG", "FwoGZXIvYXdzEXAMPLETOKEN");
    let keys = [
        ("access_key", "AKIDEXAMPLE".into()),
        ("secret_key", secret.into()),
        ("token", token.into()),
        ("max_retries", 1.into()),
    ];
    // Nobody listens there, so the request fails and tells of itself.
    configure(&mut rpcs, &provider_block("http://127.0.0.1:1", keys)).await;
    let read = rpcs.read_resource(read_node_group()).await.unwrap().into_inner();
    assert!(!read.diagnostics.is_empty());
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    plugin.end().await;
    let told = format!("{:?}{:?}", log.lines(), read.diagnostics);
    assert!(told.contains("ReadResource") && told.contains("DescribeNodegroup"), "{told}");
    assert!(!told.contains(secret) && !told.contains(token), "{told}");
}
