//! A provider that a developer starts, and hands to Terraform through a variable.

use serde_json::Value as Json;
use tokio::net::UnixStream;

use crate::support::{Host, channel, rpcs};
use wire::proto::tfplugin6::get_provider_schema;

#[tokio::test]
async fn it_prints_the_variable_and_serves_until_interrupted() {
    let mut plugin = Host::by_hand().argument("--debug").start().await;
    let value = plugin.line().strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\''));
    let value: Json = serde_json::from_str(value.unwrap()).unwrap();
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let given = &value[format!("{registry}/ekscompute/ekscompute")];
        assert_eq!((&given["Protocol"], &given["ProtocolVersion"]), (&"grpc".into(), &6.into()));
        assert_eq!((&given["Pid"], &given["Test"]), (&plugin.pid().into(), &true.into()));
    }
    let address = &value["registry.terraform.io/ekscompute/ekscompute"]["Addr"];
    assert_eq!(address["Network"], "unix");
    let socket = address["String"].as_str().unwrap().to_owned();
    // Hosts first open a connection only to see whether somebody is there.
    drop(UnixStream::connect(&socket).await.unwrap());
    for _walk in 0..2 {
        let mut rpcs = rpcs(channel(UnixStream::connect(&socket).await.unwrap()).await.unwrap());
        assert!(rpcs.get_provider_schema(get_provider_schema::Request {}).await.is_ok());
    }
    assert!(plugin.is_running());
    plugin.signal("INT").await;
    let (status, rest) = plugin.end().await;
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    assert!(!std::path::Path::new(&socket).exists());
}
