use serde_json::Value as Json;

use super::*;
use framework::blocks::{ListBlock, SingleBlock};
use framework::model::Map;

fn config() -> NvidiaDevicePluginValues {
    NvidiaDevicePluginValues {
        node_labels: Map::of([(PRESENT.to_owned(), "true".to_owned())]),
        ..NvidiaDevicePluginValues::default()
    }
}

async fn read(config: NvidiaDevicePluginValues) -> (NvidiaDevicePluginValues, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let context = Context::new(None, tokio_util::sync::CancellationToken::new());
    let found = NvidiaDevicePluginValuesDataSource.read(&context, config, &mut diagnostics).await;
    (found.expect("values"), diagnostics)
}

fn share(strategy: &str) -> SharingInput {
    SharingInput { strategy: strategy.into(), replicas: Attr::Known(4), ..SharingInput::default() }
}

#[tokio::test]
async fn values_say_the_same_in_both_notations() {
    let taint = |key: &str, effect: &str| NodeTaint { key: key.into(), effect: effect.into(), ..NodeTaint::default() };
    let node_taint = ListBlock::of([taint("gpu", "NO_EXECUTE"), taint("team", "NoSchedule")]);
    let (found, diagnostics) = read(NvidiaDevicePluginValues { node_taint, ..config() }).await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let json: Json = serde_json::from_str(found.values_json.text().expect("JSON")).expect("JSON");
    assert_eq!(yaml::print(&json), found.values_yaml.text().expect("YAML"));
    let tolerated: Vec<_> = json["tolerations"]
        .as_array()
        .expect("tolerations")
        .iter()
        .map(|each| (&each["key"], &each["effect"]))
        .collect();
    assert!(tolerated.contains(&(&"gpu".into(), &"NoExecute".into())), "{tolerated:?}");
    assert!(tolerated.contains(&(&"team".into(), &"NoSchedule".into())), "{tolerated:?}");
    assert_eq!((&found.needed, &found.reason), (&Attr::Known(true), &Attr::Null));
}

#[tokio::test]
async fn chart_is_not_needed_for_built_in_plugin() {
    for own in [
        NvidiaDevicePluginValues { controller: "auto_mode".into(), ..NvidiaDevicePluginValues::default() },
        NvidiaDevicePluginValues { ami_family: "bottlerocket".into(), ..NvidiaDevicePluginValues::default() },
    ] {
        let (found, diagnostics) = read(own).await;
        assert_eq!(found.needed, Attr::Known(false));
        assert!(found.reason.text().is_some_and(|reason| reason.contains("second plugin")));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
    }
}

#[tokio::test]
async fn plugin_scheduling_problems_warn_at_attribute() {
    let bare = NvidiaDevicePluginValues::default;
    let pools = Set::of(["gpu".to_owned()]);
    let mps = SingleBlock::of(share("mps"));
    let capable = Map::of([PRESENT, MPS_CAPABLE].map(|key| (key.to_owned(), "true".to_owned())));
    for (config, expected) in [
        (bare(), &["node_labels"][..]),
        (NvidiaDevicePluginValues { gfd_enabled: Attr::Known(true), ..bare() }, &[]),
        (NvidiaDevicePluginValues { node_pools: pools, ..bare() }, &[]),
        (NvidiaDevicePluginValues { chart: "gpu_operator".into(), sharing: mps.clone(), ..bare() }, &[]),
        (NvidiaDevicePluginValues { sharing: mps.clone(), ..config() }, &["sharing"]),
        (NvidiaDevicePluginValues { sharing: mps.clone(), gfd_enabled: Attr::Known(true), ..config() }, &[]),
        (NvidiaDevicePluginValues { sharing: mps, node_labels: capable, ..config() }, &[]),
        (NvidiaDevicePluginValues { sharing: SingleBlock::of(share("time_slicing")), ..config() }, &[]),
    ] {
        let (_, diagnostics) = read(config.clone()).await;
        let paths: Vec<_> = diagnostics.iter().filter_map(|message| message.path.clone()).collect();
        assert_eq!(paths, expected.iter().map(|name| Path::attribute(*name)).collect::<Vec<_>>(), "{config:?}");
    }
}

#[test]
fn mps_conflicts_with_mig_and_failing_requests() {
    let found = |config: &NvidiaDevicePluginValues| {
        let mut diagnostics = Diagnostics::new();
        NvidiaDevicePluginValuesDataSource.validate(config, &mut diagnostics);
        diagnostics.iter().filter_map(|message| message.path.as_ref().map(ToString::to_string)).collect::<Vec<_>>()
    };
    let fails = |strategy: &str| SharingInput { fail_requests_greater_than_one: Attr::Known(true), ..share(strategy) };
    let with = |sharing: SharingInput, mig: &str| NvidiaDevicePluginValues {
        sharing: SingleBlock::of(sharing),
        mig_strategy: mig.into(),
        ..config()
    };
    assert_eq!(found(&with(fails("mps"), "mixed")), ["mig_strategy", "sharing.fail_requests_greater_than_one"]);
    assert!(found(&with(share("mps"), "none")).is_empty());
    assert!(found(&with(fails("time_slicing"), "mixed")).is_empty());
}
