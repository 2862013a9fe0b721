//! Console outputs in `tests/outputs` and what they show. Each has the lines of the programs in the order and the form
//! of published outputs, with invented values.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rstest::rstest;

use super::quote::{LINES, WIDTH};
use super::*;

macro_rules! output {
    ($name:literal) => {
        ConsoleLog::from_text(include_str!(concat!("tests/outputs/", $name, ".txt")))
    };
}

/// Secrets in the outputs.
const SECRETS: [&str; 2] = ["Winter2026!", "svc-proxy"];

#[rstest]
#[case(output!("al2023/no_node_config"), UserData::NodeConfigMissing, "no config in chain")]
#[case(output!("al2023/plain_script"), UserData::NodeConfigMissing, "cannot unmarshal string")]
#[case(output!("al2023/bootstrap_script"), UserData::BootstrapScriptOnAl2023, "has been removed from AL2023")]
#[case(output!("al2023/bootstrap_script_old_ami"), UserData::BootstrapScriptOnAl2023, "has been removed from AL2023")]
#[case(output!("al2023/mime_without_end"), UserData::MimeInvalid, "unexpected EOF")]
#[case(output!("al2023/mime_indented"), UserData::MimeInvalid, "is missing in 'MIME-Version: ***")]
#[case(output!("al2023/cloud_config"), UserData::NodeConfigMissing, "Object 'Kind' is missing in '***")]
#[case(output!("al2023/certificate_authority"), UserData::NodeConfigInvalid, "illegal base64 data")]
#[case(output!("al2023/yaml_error"), UserData::NodeConfigInvalid, "yaml: line 9")]
#[case(output!("al2023/api_version"), UserData::NodeConfigVersion, "node.eks.aws/v1")]
#[case(output!("al2023/drop_in"), UserData::DropInInvalid, "10-labels.yaml")]
#[case(output!("al2023/service_cidr"), UserData::ClusterCidr, "CIDR is missing")]
#[case(output!("al2023/cluster_name_json"), UserData::ClusterName, "Name is missing")]
#[case(output!("al2023/ec2_timeout"), Network::Ec2, "EC2: DescribeInstances, https response error")]
#[case(output!("al2023/ec2_retrying"), Network::Ec2, "attempt 7")]
#[case(output!("al2023/dns"), Network::Dns, "no such host")]
#[case(output!("al2023/proxy"), Network::Proxy, "proxyconnect tcp: dial tcp 10.9.0.5:3128")]
#[case(output!("al2023/no_instance_profile"), Identity::InstanceProfile, "no EC2 IMDS role found")]
#[case(output!("al2023/role_trust"), Identity::RoleTrust, "EC2 cannot assume the role")]
#[case(output!("al2023/describe_instances_denied"), Identity::DescribeInstances, "api error UnauthorizedOperation")]
#[case(output!("al2023/private_dns_name"), Identity::PrivateDnsName, "exceeded max wait time")]
#[case(output!("al2023/metadata"), Network::Metadata, "StatusCode: 403, request to EC2 IMDS failed")]
#[case(output!("al2023/interface"), Network::Interface, "primary ENI only")]
#[case(output!("al2023/containerd_config"), Setup::ContainerdConfig, "Invalid containerd config passed")]
#[case(output!("al2023/credential_provider"), Setup::CredentialProvider, "ecr-credential-provider")]
#[case(output!("al2023/instance_store"), Setup::LocalStorage, "local-disk")]
#[case(output!("al2023/containerd_waits"), Setup::ContainerdNotRunning, "containerd")]
#[case(output!("al2023/kubelet_waits"), Setup::KubeletNotRunning, "kubelet")]
#[case(output!("al2023/nodeadm_called"), Setup::NodeadmCalled, "Do not manually call nodeadm")]
#[case(output!("al2023/unit_old_ami"), Setup::NodeadmUnit, "EKS Nodeadm Config")]
#[case(output!("al2023/disk_full"), System::DiskFull, "No space left on device")]
#[case(output!("al2023/kernel_panic"), System::KernelPanic, "Unable to mount root fs")]
#[case(output!("al2023/emergency_mode"), System::EmergencyMode, "Dependency failed for data.mount")]
#[case(output!("al2023/out_of_memory"), System::OutOfMemory, "Killed process 1988 (dnf)")]
#[case(output!("al2/cluster_not_found"), Identity::ClusterNotFound, "No cluster found for name: prod-eu.")]
#[case(output!("al2/describe_cluster_denied"), Identity::DescribeCluster, "eks:DescribeCluster on resource")]
#[case(output!("al2/eks_timeout"), Network::Eks, "https://eks.eu-west-1.amazonaws.com/clusters/prod")]
#[case(output!("al2/no_credentials"), Identity::InstanceProfile, "Unable to locate credentials")]
#[case(output!("al2/container_runtime"), UserData::ContainerRuntime, "only supported container runtime")]
#[case(output!("al2/cluster_name"), UserData::ClusterName, "cluster name is not defined!")]
#[case(output!("al2/ip_family"), UserData::BootstrapArgument, "Invalid --ip-family")]
#[case(output!("al2/bootstrap_command"), Setup::BootstrapScript, "containerd-config.toml: No such file")]
#[case(output!("al2/script_failed"), Setup::Script, "No package datadog-agent available.")]
#[case(output!("al2/node_config"), UserData::NodeConfigOnAl2, "application/node.eks.aws")]
#[case(output!("al2/user_data_ignored"), UserData::Ignored, "text/x-not-multipart")]
#[case(output!("al2/ubuntu_without_bootstrap_script"), Setup::BootstrapScriptMissing, "bootstrap.sh: No such file")]
#[case(output!("bottlerocket/mime"), UserData::TomlInvalid, "expected `.`, `=`")]
#[case(output!("bottlerocket/toml_old_release"), UserData::TomlInvalid, "expected an equals")]
#[case(output!("bottlerocket/setting_rejected"), UserData::SettingRejected, "unknown field `max_pods`")]
#[case(output!("bottlerocket/setting_type_old_release"), UserData::SettingRejected, "invalid type: integer")]
#[case(output!("bottlerocket/describe_instances_denied"), Identity::DescribeInstances, "code=UnauthorizedOperation")]
#[case(output!("bottlerocket/ec2_timeout"), Network::Ec2, "deadline has elapsed")]
#[case(output!("bottlerocket/ec2_timeout_old_release"), Network::Ec2, "pluto private-dns-name")]
#[case(output!("bottlerocket/ec2_timeout_attempts"), Network::Ec2, "code= message=")]
#[case(output!("bottlerocket/dispatch_failure"), Network::Ec2, "HTTP connect timeout occurred")]
#[case(output!("bottlerocket/private_dns_name"), Identity::PrivateDnsName, "parsed to missing field")]
#[case(output!("bottlerocket/kubelet_failed"), Setup::Kubelet, "Failed to start Kubelet.")]
#[case(output!("bottlerocket/metadata"), Network::Metadata, "403 Forbidden")]
#[case(output!("bottlerocket/setting_generator"), Setup::SettingGenerator, "schnauzer settings.host-containers")]
#[case(output!("bottlerocket/bootstrap_container"), Setup::BootstrapContainer, "retries exhausted")]
#[case(output!("windows/no_user_data"), UserData::Missing, "no_user_data")]
#[case(output!("windows/kubelet_service"), Setup::WindowsService, "kubelet service terminated unexpectedly")]
#[case(output!("windows/metadata"), Network::Metadata, "Timed out waiting for access to metadata")]
#[case(output!("windows/ec2launch"), Setup::Ec2Launch, "agent folders")]
fn cause_is_found(#[case] log: ConsoleLog, #[case] cause: impl Into<Cause>, #[case] quoted: &str) {
    let found = find_cause(&log).expect("a cause");
    assert_eq!(found.cause, cause.into(), "{:#?}", found.quote);
    assert!(found.quote.iter().any(|line| line.contains(quoted)), "{:#?}", found.quote);
    assert!(found.quote.len() <= LINES && found.quote.iter().all(|line| line.chars().count() <= WIDTH));
}

#[rstest]
#[case(output!("healthy/al2023"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2023_retries"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2023_second_boot"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2023_script_failed"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2023_other_failures"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2023_script_running"), Some(State::ScriptRunning))]
#[case(output!("healthy/al2023_old_ami"), Some(State::NodeadmLogUnavailable))]
#[case(output!("healthy/al2023_early"), None)]
#[case(output!("healthy/al2023_first_retry"), None)]
#[case(output!("healthy/al2"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2_describe_retry"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/al2_without_bootstrap"), Some(State::BootstrapNotCalled))]
#[case(output!("healthy/bottlerocket"), Some(State::KubeletNotRegistered))]
#[case(output!("healthy/windows"), Some(State::WindowsLogUnavailable))]
fn output_without_failure_has_no_cause(#[case] log: ConsoleLog, #[case] state: Option<State>) {
    assert_eq!(find_cause(&log), None);
    assert_eq!(find_state(&log).map(|found| found.cause), state.map(Cause::from));
}

#[test]
fn quote_has_no_timestamps_secrets_or_escape_sequences() {
    let text = format!("{:?}{:?}", output!("al2023/proxy"), output!("al2023/mime_indented"));
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    let found = find_cause(&output!("al2023/yaml_error")).expect("a cause");
    let expected = [
        "nodeadm[1868]: warn configprovider/chain.go:30 Encountered error in config provider {\"error\": \"failed to \
         decode node config, yaml: line 9: did not find expected key\"}",
        "nodeadm[1868]: fatal cli/main.go:35 Command failed {\"error\": \"no config in chain\"}",
    ];
    assert_eq!(found.quote, expected);
    assert_eq!(found.program, Program::Nodeadm);
}

#[test]
fn time_that_ec2_inserts_into_a_word_is_removed() {
    let text = "[    1.5] nodeadm[7]: fatal cli/main.go:35 Command fai[2026-05-04T09:22:41.224063]led {\"error\": \"no \
                con[2026-05-04T09:22:41.224063]fig in chain\"}\r\n";
    let found = find_cause(&ConsoleLog::from_text(text)).expect("a cause");
    assert_eq!(found.cause, UserData::NodeConfigMissing.into());
    assert_eq!(found.quote, ["nodeadm[7]: fatal cli/main.go:35 Command failed {\"error\": \"no config in chain\"}"]);
}

#[rstest]
#[case("\u{1b}[0;1;31mFAILED\u{1b}[0m", "FAILED")]
#[case("\u{1b}]0;title\u{7}a\u{1b}(Bb\u{9b}1mc\u{1b}7d", "abcd")]
#[case("\u{1b}]0;no end\nnext", "next")]
#[case("a\rb\u{0}\u{8}c\td\u{202e}e", "a\nbc de")]
#[case("<14>[    8.5] kubelet[12]: x", "kubelet[12]: x")]
#[case("[12] not a time", "[12] not a time")]
#[case("[    8.5] cloud-init[9]: May  4 09:12:46 host nodeadm[12]: x", "nodeadm[12]: x")]
#[case("2026-05-04 09:12 __init__.py[30]: x", "2026-05-04 09:12 __init__.py[30]: x")]
fn lines_are_cleaned(#[case] output: &str, #[case] expected: &str) {
    let log = ConsoleLog::from_text(output);
    let lines: Vec<String> = log.lines().iter().map(ToString::to_string).collect();
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn long_line_keeps_its_start_and_its_end() {
    let error = format!("failed to decode node config, {} dial tcp: i/o timeout", "x y ".repeat(200));
    let text = format!("nodeadm[7]: fatal cli/main.go:35 Command failed {{\"error\": \"{error}\"}}");
    let found = find_cause(&ConsoleLog::from_text(&text)).expect("a cause");
    let line = &found.quote[0];
    assert_eq!(line.chars().count(), WIDTH);
    assert!(
        line.starts_with("nodeadm[7]: fatal") && line.contains(" … ") && line.ends_with("i/o timeout\"}"),
        "{line}"
    );
}

#[test]
fn long_line_keeps_its_essential_part() {
    let quoted = |text: String| {
        let log = ConsoleLog::from_text(&format!("early-boot-config[7]: Provider error: {text}"));
        find_cause(&log).expect("a cause").quote.remove(0)
    };
    let middle = quoted(format!("{} api error Denied: you {}", "x y ".repeat(100), "x y ".repeat(100)));
    assert!(middle.contains(" … api error Denied: you") && middle.chars().count() == WIDTH, "{middle}");
    let first = quoted(format!("api error Denied: you {}", "x y ".repeat(100)));
    assert!(first.contains("error: api error Denied: you") && first.ends_with('…'), "{first}");
    assert_eq!(first.chars().count(), WIDTH);
}

fn outputs(logs: &[(&str, ConsoleLog)]) -> Vec<(InstanceId, ConsoleLog)> {
    logs.iter().map(|(id, log)| (InstanceId((*id).to_owned()), log.clone())).collect()
}

#[test]
fn summary_has_each_cause_once_with_its_instances() {
    let all = [
        ("i-1", output!("healthy/al2023")),
        ("i-2", output!("al2023/dns")),
        ("i-3", output!("al2023/service_cidr")),
        ("i-4", output!("al2023/dns")),
        ("i-5", ConsoleLog::default()),
    ];
    let summary = summarize(&outputs(&all));
    let ids = |report: &Report| report.instances.iter().map(|id| id.0.clone()).collect::<Vec<_>>();
    let found: Vec<_> = summary.reports.iter().map(|report| (report.diagnosis.cause, ids(report))).collect();
    let expected = [
        (UserData::ClusterCidr.into(), vec!["i-3".to_owned()]),
        (Network::Dns.into(), vec!["i-2".to_owned(), "i-4".to_owned()]),
        (State::KubeletNotRegistered.into(), vec!["i-1".to_owned()]),
    ];
    assert_eq!(found, expected);
    assert_eq!(summary.first_cause(), Some(UserData::ClusterCidr.into()));
    assert_eq!(summary.unexplained, [InstanceId("i-5".to_owned())]);
}

#[test]
fn text_of_a_summary_has_cause_quote_and_fix() {
    let summary = summarize(&outputs(&[("i-1", output!("al2023/service_cidr")), ("i-2", ConsoleLog::default())]));
    let expected = "The NodeConfig in the user data does not contain the service CIDR block of the cluster. The \
                    console output of i-1 contains:\n\n  nodeadm[1868]: fatal cli/main.go:35 Command failed \
                    {\"error\": \"CIDR is missing in cluster configuration\"}\n\nSet spec.cluster.cidr to the service \
                    CIDR block, not the VPC CIDR block: service_cidr of the data source ekscompute_userdata.\n\nThe \
                    console output of i-2 does not show a cause.";
    assert_eq!(summary.to_string(), expected);
}

#[test]
fn text_of_a_summary_is_bounded() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let mut all: Vec<(InstanceId, ConsoleLog)> =
        names.iter().map(|name| (InstanceId(format!("i-{name}")), output!("al2023/ec2_timeout"))).collect();
    let long = "x y ".repeat(2000);
    for (id, text) in [
        ("i-1", "Provider error: "),
        ("i-2", "Status 400 when PATCHing: "),
        ("i-3", "Provider '30' failed: IMDS request failed: "),
    ] {
        let lines = format!("early-boot-config[1]: {text}{long}\n{long}\n{long}\n{long}\n{long}\n{long}\n");
        all.push((InstanceId(id.to_owned()), ConsoleLog::from_text(&lines)));
    }
    all.push((InstanceId("i-4".to_owned()), output!("al2023/kernel_panic")));
    let text = summarize(&all).to_string();
    assert!(text.contains("i-a, i-b, i-c, i-d, i-e, and 2 more instances contains"), "{text}");
    assert!(text.ends_with("2 other causes are not shown."), "{text}");
    assert!(text.chars().count() < 3 * (LINES * WIDTH + 1000), "{} characters", text.chars().count());
}

/// Every cause.
fn causes() -> Vec<Cause> {
    let user_data = [
        UserData::BootstrapScriptOnAl2023,
        UserData::NodeConfigOnAl2,
        UserData::NodeConfigMissing,
        UserData::MimeInvalid,
        UserData::NodeConfigVersion,
        UserData::NodeConfigInvalid,
        UserData::DropInInvalid,
        UserData::ClusterName,
        UserData::ClusterEndpoint,
        UserData::ClusterCertificateAuthority,
        UserData::ClusterCidr,
        UserData::CidrInvalid,
        UserData::OutpostId,
        UserData::ContainerRuntime,
        UserData::BootstrapArgument,
        UserData::TomlInvalid,
        UserData::SettingRejected,
        UserData::Ignored,
        UserData::Missing,
    ];
    let network =
        [Network::Dns, Network::Proxy, Network::Tls, Network::Ec2, Network::Eks, Network::Metadata, Network::Interface];
    let identity = [
        Identity::InstanceProfile,
        Identity::RoleTrust,
        Identity::DescribeInstances,
        Identity::PrivateDnsName,
        Identity::ClusterNotFound,
        Identity::DescribeCluster,
    ];
    let setup = [
        Setup::ContainerdConfig,
        Setup::CredentialProvider,
        Setup::LocalStorage,
        Setup::Nodeadm,
        Setup::ContainerdNotRunning,
        Setup::KubeletNotRunning,
        Setup::NodeadmCalled,
        Setup::BootstrapScriptMissing,
        Setup::BootstrapScript,
        Setup::Kubelet,
        Setup::SettingGenerator,
        Setup::BootstrapContainer,
        Setup::WindowsService,
        Setup::Ec2Launch,
        Setup::Script,
        Setup::NodeadmUnit,
    ];
    let system = [System::KernelPanic, System::EmergencyMode, System::DiskFull, System::OutOfMemory, System::Unit];
    let state = [
        State::KubeletNotRegistered,
        State::ScriptRunning,
        State::NodeadmLogUnavailable,
        State::BootstrapNotCalled,
        State::WindowsLogUnavailable,
    ];
    let mut all: Vec<Cause> = user_data.map(Cause::from).to_vec();
    all.extend(network.map(Cause::from));
    all.extend(identity.map(Cause::from));
    all.extend(setup.map(Cause::from));
    all.extend(system.map(Cause::from));
    all.extend(state.map(Cause::from));
    all
}

#[test]
fn each_cause_has_its_own_sentences() {
    let all = causes();
    assert!(all.is_sorted(), "the order of the enums");
    let sentences: BTreeSet<&str> = all.iter().map(|cause| cause.sentence()).collect();
    let fixes: BTreeSet<&str> = all.iter().map(|cause| cause.fix()).collect();
    assert_eq!((sentences.len(), fixes.len()), (all.len(), all.len()));
    for cause in all {
        let (sentence, fix) = (cause.sentence(), cause.fix());
        assert!(sentence.ends_with('.') && fix.ends_with('.') && !sentence.contains(". "), "{sentence} {fix}");
        assert!(sentence.len() < 160 && fix.len() < 500, "{sentence} {fix}");
    }
}

#[rstest]
#[case("no space left on device", System::DiskFull)]
#[case("Apiserver endpoint is missing in cluster configuration", UserData::ClusterEndpoint)]
#[case("Certificate authority is missing in cluster configuration", UserData::ClusterCertificateAuthority)]
#[case("10.100.0.0 is not a valid IP Address. error: invalid CIDR address: 10.100.0.0", UserData::CidrInvalid)]
#[case("cluster ID must be provided for outposts", UserData::OutpostId)]
#[case("malformed MIME header: missing colon: \\\"--BOUNDARY\\\"", UserData::MimeInvalid)]
#[case("failed to decode node config, Object 'Kind' is missing in '{\\\"runcmd\\\":[]}'", UserData::NodeConfigMissing)]
#[case("failed to decode \\\"NodeConfig\\\", unexpected group: x", UserData::NodeConfigVersion)]
#[case("failed to get MAC from IMDS: metadata property path \\\"mac\\\": operation error ec2imds", Network::Metadata)]
#[case("failed to determine the name of primary link: could not find interface with MAC address", Network::Interface)]
#[case("EC2: DescribeInstances, request send failed, tls: failed to verify certificate: x509: unknown", Network::Tls)]
#[case(
    "EC2: DescribeInstances, dial tcp: lookup ec2.eu-west-1.amazonaws.com on 10.0.0.2:53: i/o timeout",
    Network::Dns
)]
#[case("request cancelled while waiting, context deadline exceeded", Identity::PrivateDnsName)]
#[case("toml: expected character =", Setup::ContainerdConfig)]
#[case("something else", Setup::Nodeadm)]
fn error_of_nodeadm_is_classified(#[case] error: &str, #[case] cause: impl Into<Cause>) {
    let cause = cause.into();
    let console = format!("nodeadm[7]: fatal cli/main.go:35 Command failed {{\"error\": \"{error}\"}}");
    let json = format!(
        "{{\"level\":\"fatal\",\"ts\":1.5,\"caller\":\"cli/main.go:35\",\"msg\":\"Command \
         failed\",\"error\":\"{error}\"}}"
    );
    for text in [console, json] {
        assert_eq!(find_cause(&ConsoleLog::from_text(&text)).map(|found| found.cause), Some(cause), "{text}");
    }
}

#[test]
fn line_that_is_cut_off_is_classified() {
    let text = "nodeadm[7]: fatal cli/main.go:35 Command failed {\"error\": \"expected err to be of type \
                smithy.APIError, got operation error EC2: DescribeInstances, https response error StatusCode: 0, \
                canceled, context deadline exceeded";
    assert_eq!(find_cause(&ConsoleLog::from_text(text)).map(|found| found.cause), Some(Network::Ec2.into()));
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced() {
    let log = ConsoleLog::from_bytes(b"\xffnodeadm\n\xc3[    1.5] Kernel panic - not syncing: \xfe\xff");
    assert_eq!(find_cause(&log).map(|found| found.cause), Some(System::KernelPanic.into()));
}

proptest! {
    #[test]
    fn any_output_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let log = ConsoleLog::from_bytes(&bytes);
        let summary = summarize(&[(InstanceId("i-1".to_owned()), log)]);
        prop_assert!(summary.reports.len() + summary.unexplained.len() == 1);
    }

    /// The lines of an output in any order and number.
    #[test]
    fn any_part_of_an_output_is_read(
        lines in proptest::collection::vec(any::<proptest::sample::Index>(), 0..60), cut in 0..200_usize,
    ) {
        let all = concat!(
            include_str!("tests/outputs/al2023/ec2_timeout.txt"),
            include_str!("tests/outputs/al2023/instance_store.txt"),
            include_str!("tests/outputs/al2/eks_timeout.txt"),
            include_str!("tests/outputs/bottlerocket/bootstrap_container.txt"),
            include_str!("tests/outputs/windows/kubelet_service.txt"),
        );
        let all: Vec<&str> = all.lines().collect();
        let text: Vec<String> = lines.iter().map(|line| line.get(&all).chars().skip(cut).collect()).collect();
        let log = ConsoleLog::from_text(&text.join("\n"));
        for found in find_cause(&log).into_iter().chain(find_state(&log)) {
            prop_assert!(!found.quote.is_empty() && found.quote.len() <= LINES);
            prop_assert!(found.quote.iter().all(|line| line.chars().count() <= WIDTH));
        }
    }
}
