use std::sync::Mutex;
use std::time::Duration;

use rstest::rstest;
use tokio_util::sync::CancellationToken;

use super::drain::drain;
use super::model::selects_once;
use super::*;
use clients::kube::fake_nodes::FakeNodes;
use framework::model::{Attr, Set};
use framework::testing::validated;

fn config(change: impl FnOnce(&mut DrainNodes)) -> DrainNodes {
    let mut config = DrainNodes { cluster_name: "blue".into(), ..DrainNodes::default() };
    change(&mut config);
    config
}

async fn drained(cluster: &FakeNodes, config: &DrainNodes) -> (Result<(), Diagnostics>, Vec<String>) {
    let lines = Mutex::new(Vec::new());
    let limits = Limits::new(Duration::from_secs(3600), CancellationToken::new());
    let result = drain(cluster, &limits, config, &|line| lines.lock().expect("no panic").push(line)).await;
    (result, lines.into_inner().expect("no panic"))
}

#[rstest]
#[case::nothing(config(|_| ()), Some("None of them is set."))]
#[case::group(config(|config| config.node_group_name = "workers".into()), None)]
#[case::unknown(config(|config| config.label_selector = Attr::Unknown), None)]
#[case::two(
    config(|config| {
        config.node_group_name = "workers".into();
        config.node_names = Set::of(["one".to_owned()]);
    }),
    Some("More than one of them is set.")
)]
#[case::known_and_unknown(
    config(|config| {
        config.node_group_name = Attr::Unknown;
        config.label_selector = "a=b".into();
    }),
    None
)]
fn exactly_one_argument_selects_nodes(#[case] config: DrainNodes, #[case] expected: Option<&str>) {
    let found = validated(&config, selects_once);
    let details: Vec<_> = found.iter().map(|each| each.detail.as_str()).collect();
    assert_eq!(details.len(), usize::from(expected.is_some()), "{details:?}");
    assert!(expected.is_none_or(|words| details[0].ends_with(words)), "{details:?}");
}

#[tokio::test(start_paused = true)]
async fn nodes_are_selected_as_configured() {
    let cases = [
        (config(|config| config.node_group_name = "workers".into()), "NODES eks.amazonaws.com/nodegroup=workers at 0"),
        (config(|config| config.label_selector = "a in (b)".into()), "NODES a in (b) at 0"),
        (config(|config| config.node_names = Set::of(["one".to_owned()])), "NODES  at 0"),
    ];
    for (config, call) in cases {
        let cluster = FakeNodes::with(&["one"], 1);
        assert_eq!(drained(&cluster, &config).await.0, Ok(()));
        assert_eq!(cluster.world().calls[0], call);
        assert_eq!(cluster.nodes(), ["one cordoned"]);
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_name_drains_nothing() {
    let cluster = FakeNodes::with(&["one"], 1);
    let names = ["one".to_owned(), "tow".to_owned()];
    let told = drained(&cluster, &config(|config| config.node_names = Set::of(names))).await.0.expect_err("an error");
    let detail = &told.iter().next().expect("an error").detail;
    assert!(detail.contains("does not have these nodes: tow."), "{detail}");
    assert_eq!(cluster.nodes(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_drain_is_a_success() {
    let cluster = FakeNodes::default();
    let (result, lines) = drained(&cluster, &config(|config| config.label_selector = "a=b".into())).await;
    assert_eq!(
        (result, lines),
        (Ok(()), vec!["No nodes of cluster blue match, so there is nothing to drain".to_owned()])
    );
}

#[rstest]
#[case::uncordons(None, "two", "that this drain cordoned are uncordoned")]
#[case::keeps(Some(false), "two cordoned", "The nodes remain cordoned")]
#[tokio::test(start_paused = true)]
async fn failed_drain_ends_as_configured(#[case] uncordon: Option<bool>, #[case] after: &str, #[case] words: &str) {
    let cluster = FakeNodes::with(&["two"], 1);
    cluster.add_budget("web", 0);
    let given = config(|config| {
        config.node_group_name = "workers".into();
        config.drain_timeout = "10s".into();
        config.uncordon_on_failure = uncordon.into();
    });
    let told = drained(&cluster, &given).await.0.expect_err("an error");
    let detail = &told.iter().next().expect("an error").detail;
    assert!(detail.contains(words), "{detail}");
    assert_eq!(cluster.nodes(), [after]);
}
