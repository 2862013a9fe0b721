use std::io::Read as _;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;

use super::super::fake::FakeUserdata;
use super::super::model::{ExtraPart, HybridInput, ProxyInput, RolesAnywhereInput, SsmInput, TaintInput};
use super::super::validators;
use super::*;
use framework::blocks::{ListBlock, SingleBlock};
use framework::diagnostics::Severity;
use framework::model::{List, Map, Model as _};
use framework::types::Type;
use framework::value::Value;

fn explicit() -> Userdata {
    Userdata {
        os_family: "al2".into(),
        cluster_name: "prod-eu".into(),
        cluster_endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".into(),
        cluster_ca_certificate: "LS0tLS1CRUdJTg==".into(),
        service_cidr: "172.20.0.0/16".into(),
        ..Userdata::default()
    }
}

fn live(name: &str) -> Userdata {
    Userdata { os_family: "al2".into(), cluster_name: name.into(), ..Userdata::default() }
}

async fn read_with(given: Userdata, fake: Arc<FakeUserdata>) -> (Result<Userdata, Diagnostics>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let connect = || Ok(fake as Arc<dyn UserdataClient>);
    let result = match joined(given.clone(), connect).await {
        Ok((with_facts, cluster)) => render(given, &with_facts, cluster, &mut diagnostics),
        Err(errors) => Err(errors),
    };
    (result, diagnostics)
}

async fn read(given: Userdata) -> Userdata {
    read_with(given, Arc::default()).await.0.expect("user data")
}

/// Returns the paths of errors that are found before the cluster is read.
fn early_errors(given: &Userdata) -> Vec<String> {
    early(given).iter().map(|finding| finding.place.to_string()).collect()
}

fn part(content_type: &str, filename: Attr<String>) -> ExtraPart {
    ExtraPart { content_type: content_type.into(), content: "a".into(), filename, ..ExtraPart::default() }
}

#[tokio::test]
async fn given_facts_need_no_aws() {
    let fake = Arc::new(FakeUserdata::default());
    let (result, warnings) = read_with(explicit(), Arc::clone(&fake)).await;
    let result = result.expect("user data");
    assert_eq!(fake.calls.load(Ordering::Relaxed), 0);
    let rendered = result.rendered.text().unwrap_or_default();
    assert!(rendered.contains("/etc/eks/bootstrap.sh 'prod-eu'"), "{rendered}");
    assert_eq!(result.rendered_base64.text(), Some(STANDARD.encode(rendered).as_str()));
    assert_eq!(result.size_bytes.known().copied(), i64::try_from(rendered.len()).ok());
    assert_eq!(result.content_type.text(), Some("multipart/mixed"));
    let parts: Vec<_> = result.parts.known_elements().collect();
    assert_eq!(parts.len(), 1);
    assert!(rendered.contains(parts[0].content.text().unwrap_or("nothing")));
    assert!(warnings.iter().all(|warning| warning.severity == Severity::Warning) && !warnings.is_empty());
}

#[tokio::test]
async fn unset_cluster_settings_are_read_from_cluster() {
    let result = read(live("live")).await;
    let rendered = result.rendered.text().unwrap_or_default();
    assert!(rendered.contains("--dns-cluster-ip '10.100.0.10'"), "{rendered}");
    // The configuration is returned unchanged.
    assert_eq!(result.cluster_endpoint, Attr::Null);
    assert_eq!(result.kubernetes_version, Attr::Null);
}

#[tokio::test]
async fn merge_mode_sends_no_api_requests() {
    let fake = Arc::new(FakeUserdata::default());
    let given = Userdata { mode: "merge".into(), ..live("live") };
    let result = read_with(given, Arc::clone(&fake)).await.0.expect("nothing to say");
    assert_eq!(fake.calls.load(Ordering::Relaxed), 0);
    assert_eq!((result.rendered.text(), result.size_bytes), (Some(""), Attr::Known(0)));
}

#[tokio::test]
async fn missing_and_unfinished_clusters_are_said_at_the_name() {
    let errors = read_with(live("gone"), Arc::default()).await.0.expect_err("no cluster");
    let unfinished = Arc::new(FakeUserdata { is_being_made: true, ..FakeUserdata::default() });
    let others = read_with(live("live"), unfinished).await.0.expect_err("no endpoint");
    for (errors, expected) in [(errors, "Unable to read cluster gone"), (others, "Cluster live is not ready for nodes")]
    {
        let messages: Vec<_> = errors.iter().collect();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].summary, expected);
        assert_eq!(messages[0].path, Some(Path::attribute("cluster_name")));
    }
}

#[tokio::test]
async fn live_family_must_be_the_given_one() {
    let given = Userdata { ip_family: "ipv6".into(), ..live("live") };
    let errors = read_with(given, Arc::default()).await.0.expect_err("another family");
    assert!(errors.iter().any(|message| message.path == Some(Path::attribute("ip_family"))), "{errors:?}");
}

#[tokio::test]
async fn compressed_userdata_unpacks_to_what_was_rendered() {
    let given = Userdata { gzip: Attr::Known(true), ..explicit() };
    let result = read(given.clone()).await;
    let packed = STANDARD.decode(result.rendered_base64.text().unwrap_or_default()).expect("base64");
    assert_eq!(result.size_bytes.known().copied(), i64::try_from(packed.len()).ok());
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    assert_eq!(Some(text.as_str()), result.rendered.text());
    assert_eq!(read(given).await, result);
}

#[tokio::test]
async fn too_long_is_measured_in_the_bytes_that_ec2_gets() {
    let script = |length: usize| format!("#!/bin/sh\n{}", "#".repeat(length));
    let with = |length: usize, gzip: bool| Userdata {
        pre_bootstrap_scripts: List::of([script(length)]),
        gzip: Attr::Known(gzip),
        ..explicit()
    };
    let empty = read(with(0, false)).await.size_bytes.known().copied().unwrap_or_default();
    let room = 16_384 - usize::try_from(empty).expect("a size");
    assert_eq!(read(with(room, false)).await.size_bytes, Attr::Known(16_384));
    let errors = read_with(with(room + 1, false), Arc::default()).await.0.expect_err("too long");
    let message = errors.iter().next().expect("an error");
    assert!(message.detail.contains("16385 bytes"), "{errors:?}");
    assert_eq!(message.path, Some(Path::attribute("pre_bootstrap_scripts").index(0)));
    assert!(read(with(room + 1, true)).await.size_bytes.known().is_some_and(|size| *size < 1_000));
}

#[tokio::test]
async fn size_error_suggests_gzip_only_if_it_helps() {
    let lines: String =
        (0..20_000_u64).map(|number| format!("{:x}\n", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    let with = |gzip| Userdata {
        pre_bootstrap_scripts: List::of([format!("#!/bin/sh\n{lines}")]),
        gzip: Attr::Known(gzip),
        ..explicit()
    };
    for gzip in [false, true] {
        let errors = read_with(with(gzip), Arc::default()).await.0.expect_err("too long");
        let message = errors.iter().next().expect("an error");
        assert_eq!(message.detail.contains("set gzip"), !gzip, "{errors:?}");
    }
}

#[tokio::test]
async fn facts_are_ignored_with_a_note_in_merge() {
    let given = Userdata { mode: "merge".into(), os_family: "al2023".into(), ..explicit() };
    let (result, warnings) = read_with(given, Arc::default()).await;
    assert_eq!(result.expect("user data").rendered.text(), Some(""));
    let notes: Vec<_> = warnings.iter().map(|warning| warning.detail.clone()).collect();
    assert!(matches!(notes.as_slice(), [note] if note.contains("cluster_ca_certificate")), "{notes:?}");
}

#[tokio::test]
async fn skipped_checks_let_the_input_through() {
    let of = |checks: &[&str]| Userdata {
        kubelet_flags: List::of(["--hologram=on".to_owned(), "--kube-reserved=memory=lots".to_owned()]),
        skip_checks: List::of(checks.iter().map(|check| (*check).to_owned())),
        ..explicit()
    };
    assert_eq!(early_errors(&of(&["containerd"])), ["kubelet_flags[1]"]);
    for checks in [&["kubelet"], &["all"]] {
        let text = read(of(checks)).await.rendered.text().unwrap_or_default().to_owned();
        assert!(text.contains("--hologram=on"), "{text}");
    }
}

#[rstest]
#[case::no_system(Userdata { os_family: Attr::Null, ..explicit() }, &["ami_type"])]
#[case::both(Userdata { ami_type: "AL2_x86_64".into(), ..explicit() }, &["os_family"])]
#[case::custom_alone(Userdata { os_family: Attr::Null, ami_type: "CUSTOM".into(), ..explicit() }, &["ami_type"])]
#[case::custom_in_merge(Userdata { ami_type: "CUSTOM".into(), mode: "merge".into(), ..live("live") }, &["mode"])]
#[case::no_name(Userdata { cluster_name: Attr::Null, ..explicit() }, &["cluster_name"])]
#[case::one_fact_missing(Userdata { service_cidr: Attr::Null, ..explicit() }, &["cluster_endpoint"])]
#[case::two_facts_missing(Userdata { service_cidr: Attr::Null, cluster_endpoint: Attr::Null, ..explicit() }, &["cluster_ca_certificate"])]
#[case::family(Userdata { ip_family: "ipv6".into(), ..explicit() }, &["service_cidr"])]
#[case::gzip_in_merge(Userdata { mode: "merge".into(), gzip: Attr::Known(true), ..live("live") }, &["gzip"])]
#[case::proxy(Userdata { proxy: SingleBlock::of(ProxyInput::default()), ..explicit() }, &["proxy"])]
#[case::empty_part(Userdata { extra_part: ListBlock::of([ExtraPart::default()]), ..explicit() }, &["extra_part[0]"])]
#[case::part_twice(
    Userdata { extra_part: ListBlock::of([ExtraPart { content: "a".into(), content_base64: "YQ==".into(), ..ExtraPart::default() }]), ..explicit() },
    &["extra_part[0].content_base64"]
)]
#[case::part_not_base64(
    Userdata { extra_part: ListBlock::of([ExtraPart { content_base64: "a".into(), ..ExtraPart::default() }]), ..explicit() },
    &["extra_part[0].content_base64"]
)]
#[case::label(Userdata { node_labels: Map::of([("a b".to_owned(), String::new())]), ..live("live") }, &["node_labels[\"a b\"]"])]
#[case::media_type(
    Userdata { extra_part: ListBlock::of([part("text/plain; charset=utf-8", Attr::Null)]), ..explicit() },
    &["extra_part[0].content_type"]
)]
#[case::file_name(
    Userdata { extra_part: ListBlock::of([part("text/plain", "a/b".into())]), ..explicit() },
    &["extra_part[0].filename"]
)]
#[case::endpoint(Userdata { cluster_endpoint: "a".into(), ..explicit() }, &["cluster_endpoint"])]
#[case::renderers_own(Userdata { containerd_config: "version = 2".into(), mode: "merge".into(), ..live("live") }, &["containerd_config"])]
fn bad_input_is_one_error_at_its_path(#[case] given: Userdata, #[case] paths: &[&str]) {
    assert_eq!(early_errors(&given), paths);
}

fn hybrid(ssm: SingleBlock<SsmInput>, iam_roles_anywhere: SingleBlock<RolesAnywhereInput>) -> Userdata {
    let hybrid = HybridInput { region: "eu-west-1".into(), ssm, iam_roles_anywhere, ..HybridInput::default() };
    Userdata {
        os_family: "hybrid".into(),
        cluster_name: "prod-eu".into(),
        hybrid: SingleBlock::of(hybrid),
        ..Userdata::default()
    }
}

fn activation() -> SingleBlock<SsmInput> {
    SingleBlock::of(SsmInput {
        activation_code: "Aa0+/Aa0+/Aa0+/Aa0+/".into(),
        activation_id: "6f0b4a4e-8a4c-4c8a-9f0e-2f8b1f6a0d11".into(),
    })
}

#[tokio::test]
async fn secret_of_an_activation_is_only_where_it_is_sensitive() {
    let fake = Arc::new(FakeUserdata::default());
    let result =
        read_with(hybrid(activation(), SingleBlock::default()), Arc::clone(&fake)).await.0.expect("a file for nodeadm");
    assert_eq!(fake.calls.load(Ordering::Relaxed), 0);
    assert!(result.rendered_sensitive.text().is_some_and(|text| text.contains("Aa0+/Aa0+/")));
    assert_eq!((&result.rendered, &result.rendered_base64, &result.parts), (&Attr::Null, &Attr::Null, &Attr::Null));
    assert!(read(explicit()).await.rendered_sensitive == Attr::Null);
}

#[rstest]
#[case::no_way(hybrid(SingleBlock::default(), SingleBlock::default()), &["hybrid"])]
#[case::two_ways(hybrid(activation(), SingleBlock::of(RolesAnywhereInput::default())), &["hybrid.iam_roles_anywhere"])]
#[case::group(Userdata { mode: "merge".into(), ..hybrid(activation(), SingleBlock::default()) }, &["mode"])]
#[case::fact(Userdata { service_cidr: "172.20.0.0/16".into(), ..hybrid(activation(), SingleBlock::default()) }, &["service_cidr"])]
#[case::nothing(Userdata { hybrid: SingleBlock::default(), ..hybrid(SingleBlock::default(), SingleBlock::default()) }, &["hybrid"])]
#[case::elsewhere(Userdata { hybrid: hybrid(activation(), SingleBlock::default()).hybrid, ..explicit() }, &["hybrid"])]
fn hybrid_input_is_checked(#[case] given: Userdata, #[case] paths: &[&str]) {
    assert_eq!(early_errors(&given), paths);
}

#[rstest]
#[case::al2023("al2023", "multipart/mixed", "apiServerEndpoint")]
#[case::bottlerocket("bottlerocket", "application/toml", "api-server")]
#[case::windows("windows", "text/x-powershell", "-APIServerEndpoint")]
#[tokio::test]
async fn every_system_is_rendered(#[case] system: &str, #[case] content_type: &str, #[case] expected: &str) {
    let result = read(Userdata { os_family: system.into(), ..explicit() }).await;
    assert_eq!(result.content_type.text(), Some(content_type));
    assert!(result.rendered.text().is_some_and(|text| text.contains(expected)), "{result:?}");
}

#[test]
fn windows_has_no_compression() {
    let windows = Userdata { os_family: "windows".into(), gzip: Attr::Known(true), ..explicit() };
    assert_eq!(early_errors(&windows), ["gzip"]);
}

#[test]
fn good_input_has_no_early_error() {
    assert_eq!(early_errors(&Userdata { ami_type: "CUSTOM".into(), ..explicit() }), [""; 0]);
    assert_eq!(early_errors(&explicit()), [""; 0]);
    assert_eq!(early_errors(&live("not-there-yet")), [""; 0]);
}

#[test]
fn unknown_inputs_are_skipped_during_validation() {
    let unknown = Userdata {
        cluster_name: Attr::Unknown,
        cluster_endpoint: Attr::Unknown,
        cluster_ca_certificate: Attr::Unknown,
        service_cidr: Attr::Unknown,
        ..explicit()
    };
    assert_eq!(early_errors(&unknown), [""; 0]);
    let family = Userdata { os_family: Attr::Unknown, ..unknown.clone() };
    assert_eq!(early_errors(&family), [""; 0]);
    let label = Userdata { node_labels: Map::of([("a b".to_owned(), String::new())]), ..unknown };
    assert_eq!(early_errors(&label), ["node_labels[\"a b\"]"]);
}

/// An object with an unknown member.
fn half_known(known: (&str, Value), unknown: &str) -> Attr<Value> {
    let object = Value::object([known, (unknown, Value::unknown())]);
    Attr::Known(Value::Dynamic(Box::new((Type::Dynamic, object))))
}

#[rstest]
#[case::key_of_a_taint(Userdata {
    node_taint: ListBlock::of([TaintInput { key: Attr::Unknown, value: Attr::Null, effect: "NO_SCHEDULE".into() }]), ..explicit()
})]
#[case::content_of_a_part(Userdata {
    extra_part: ListBlock::of([ExtraPart {
        content_type: "text/x-shellscript".into(), content: Attr::Unknown, ..ExtraPart::default()
    }]),
    ..explicit()
})]
#[case::file_name_of_a_part(Userdata { extra_part: ListBlock::of([part("text/plain", Attr::Unknown)]), ..explicit() })]
#[case::one_of_two_thresholds(Userdata {
    kubelet_config: half_known(("imageGCHighThresholdPercent", 80.into()), "imageGCLowThresholdPercent"), ..explicit()
})]
#[case::element_of_a_list(Userdata {
    kubelet_config: half_known(("allowedUnsafeSysctls", Value::Tuple(vec![Value::unknown()])), "a"),
    ..explicit()
})]
#[case::script(Userdata { pre_bootstrap_scripts: List::Known(vec![Attr::Unknown, "#!/bin/sh".into()]), ..explicit() })]
#[case::number_of_parts(Userdata { extra_part: ListBlock::Unknown, ..explicit() })]
#[case::number_of_taints(Userdata { mode: "merge".into(), node_taint: ListBlock::Unknown, ..live("live") })]
#[case::block(Userdata { proxy: SingleBlock::Unknown, ..explicit() })]
#[case::content_of_a_block(Userdata {
    proxy: SingleBlock::of(ProxyInput { no_proxy: Attr::Unknown, ..ProxyInput::default() }), ..explicit()
})]
#[case::both_credentials(hybrid(
    SingleBlock::of(SsmInput { activation_code: Attr::Unknown, activation_id: Attr::Unknown }),
    SingleBlock::of(RolesAnywhereInput { node_name: Attr::Unknown, ..RolesAnywhereInput::default() }),
))]
#[case::credentials(hybrid(SingleBlock::Unknown, SingleBlock::default()))]
fn partly_known_input_has_no_early_error(#[case] given: Userdata) {
    assert_eq!(early_errors(&given), [""; 0]);
}

#[test]
fn error_after_unknown_block_has_correct_index() {
    let wrong = ExtraPart { content_base64: "a".into(), ..ExtraPart::default() };
    let unknown = ExtraPart { content_type: Attr::Unknown, content: Attr::Unknown, ..ExtraPart::default() };
    let given = Userdata { extra_part: ListBlock::of([unknown, wrong]), ..explicit() };
    assert_eq!(early_errors(&given), ["extra_part[1].content_base64"]);
}

#[tokio::test]
async fn empty_containerd_config_is_ignored() {
    let with = |text: &str| Userdata { containerd_config: text.into(), ..explicit() };
    assert_eq!(read(with("\n")).await.rendered, read(explicit()).await.rendered);
    assert_ne!(read(with("version = 2")).await.rendered, read(explicit()).await.rendered);
}

#[test]
fn effects_are_converted() {
    let taint = |effect: &str| TaintInput { key: "a".into(), value: Attr::Null, effect: effect.into() };
    let given =
        Userdata { node_taint: ListBlock::of(validators::EFFECTS.iter().map(|effect| taint(effect))), ..explicit() };
    let node = inputs::node(&given, (Family::AmazonLinux2, Mode::SelfManaged), None);
    assert_eq!(
        node.taints_flag().as_deref(),
        Some("--register-with-taints=a:NoSchedule,a:PreferNoSchedule,a:NoExecute")
    );
}

#[test]
fn untyped_values_keep_their_types_and_lose_their_nulls() {
    let number = serde_json::from_str::<serde_json::Value>("9007199254740993").expect("a number");
    let Value::Number(big) = Value::from(9_007_199_254_740_993_i64) else { panic!("a number") };
    let inner = Value::object([
        ("text", "110".into()),
        ("big", Value::Number(big)),
        ("null", Value::Null),
        ("list", Value::Tuple(vec![true.into(), "a".into()])),
    ]);
    let dynamic = Value::Dynamic(Box::new((Type::Dynamic, inner)));
    assert_eq!(inputs::json(&dynamic), serde_json::json!({"text": "110", "big": number, "list": [true, "a"]}));
}

#[test]
fn ami_type_validator_includes_supported_ami_type() {
    let block = Userdata::block();
    let ami_type = block.attribute("ami_type").expect("an attribute");
    let must: Vec<_> = ami_type.validators.iter().map(|validator| validator.must().to_owned()).collect();
    assert!(must.iter().all(|must| must.contains("AL2_x86_64")), "{must:?}");
}
