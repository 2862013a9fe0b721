use rstest::rstest;
use serde_json::json;

use super::*;
use crate::node::{Dns, Effect, Family, Proxy, Taint, Windows, check};

fn cluster() -> Cluster {
    Cluster {
        name: "prod-eu".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    }
}

fn own() -> Node {
    Node { cluster: Some(cluster()), ..Node::new(Family::Windows, Mode::SelfManaged) }
}

fn merge() -> Node {
    Node::new(Family::Windows, Mode::Merge)
}

fn scripts(scripts: &[&str]) -> Vec<String> {
    scripts.iter().map(|script| (*script).to_owned()).collect()
}

fn text(node: &Node) -> String {
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    String::from_utf8(rendered.bytes).unwrap()
}

#[track_caller]
fn assert_error(node: &Node, place: &str, part: &str) {
    let found = render(node).expect_err("an error");
    let errors: Vec<_> = found.iter().filter(|found| found.is_error()).collect();
    let [error] = errors.as_slice() else { panic!("one error: {errors:#?}") };
    assert_eq!(error.place.to_string(), place);
    assert!(error.text.contains(part), "{}", error.text);
}

/// The reference's golden case G5.
#[test]
fn self_managed_node_calls_bootstrap_script() {
    let node = Node {
        node_labels: [("workload".to_owned(), "web".to_owned())].into(),
        node_taints: vec![Taint { key: "os".to_owned(), value: "windows".to_owned(), effect: Effect::NoSchedule }],
        max_pods: Some(9),
        ..own()
    };
    assert_eq!(check(&node), []);
    let expected = "<powershell>\n\
        & \"$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1\" -EKSClusterName 'prod-eu' \
        -APIServerEndpoint 'https://0A1B.gr7.eu-west-1.eks.amazonaws.com' -Base64ClusterCA 'LS0tLS1CRUdJTg==' \
        -ServiceCIDR '172.20.0.0/16' -DNSClusterIP '172.20.0.10' \
        -KubeletExtraArgs '--node-labels=workload=web --register-with-taints=os=windows:NoSchedule --max-pods=9'\n\
        </powershell>\n";
    assert_eq!(text(&node), expected);
    let rendered = render(&node).unwrap();
    assert_eq!(rendered.content_type, "text/x-powershell");
    assert!(rendered.bytes.is_ascii());
    assert_eq!(text(&Node { mode: Mode::ManagedAmi, ..node.clone() }), expected);
    let ipv6 = Cluster { service_cidr: "fd30:1c53:5f8a::/108".to_owned(), ..cluster() };
    assert_error(&Node { cluster: Some(ipv6), ..node }, "service_cidr", "IPv6");
}

#[test]
fn scripts_run_before_and_after_the_call() {
    let node = Node {
        pre_bootstrap_scripts: scripts(&["Write-Host 'one'\n\n", "Write-Host 'two'"]),
        post_bootstrap_scripts: scripts(&["Write-Host 'three'\n"]),
        ..own()
    };
    let text = text(&node);
    let lines: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["<powershell>", "Write-Host", "Write-Host", "&", "Write-Host", "</powershell>"]);
    assert!(text.starts_with("<powershell>\nWrite-Host 'one'\nWrite-Host 'two'\n& "), "{text}");
    assert!(text.ends_with("\nWrite-Host 'three'\n</powershell>\n"), "{text}");
}

#[test]
fn merge_mode_supports_only_pre_bootstrap_scripts() {
    assert!(render(&merge()).unwrap().bytes.is_empty());
    let node = Node { pre_bootstrap_scripts: scripts(&["Write-Host 'a'"]), ..merge() };
    assert_eq!(text(&node), "<powershell>\nWrite-Host 'a'\n</powershell>\n");
    let post = Node { post_bootstrap_scripts: scripts(&["Write-Host 'a'"]), ..merge() };
    assert_error(&post, "post_bootstrap_scripts", "after all commands");
    assert_error(&Node { max_pods: Some(9), ..merge() }, "max_pods", "EKS calculates it");
    assert_error(&Node { kubelet_flags: scripts(&["--v=2"]), ..merge() }, "kubelet_flags", "managed_ami");
    let dns = Dns { cluster_ips: scripts(&["10.0.0.10"]), ..Dns::default() };
    assert_error(&Node { dns, ..merge() }, "dns", "managed_ami");
    let windows = Windows { excluded_snat_cidrs: scripts(&["10.0.0.0/8"]), ..Windows::default() };
    assert_error(&Node { windows, ..merge() }, "windows", "managed_ami");
}

#[test]
fn every_parameter_is_quoted() {
    let node = Node {
        cluster: Some(Cluster { name: "it's $x `n".to_owned(), ..cluster() }),
        kubelet_flags: scripts(&["--v=4", "--eviction-hard=memory.available<500Mi,nodefs.available<10%"]),
        dns: Dns { cluster_ips: scripts(&["10.100.0.10"]), ..Dns::default() },
        windows: Windows {
            excluded_snat_cidrs: scripts(&["10.0.0.0/8", "192.168.0.0/16"]),
            kube_proxy_flags: scripts(&["--v=2", "--proxy-mode=kernelspace"]),
        },
        ..own()
    };
    let text = text(&node);
    let arguments = [
        "-EKSClusterName 'it''s $x `n' ",
        "-DNSClusterIP '10.100.0.10' ",
        "-KubeletExtraArgs '--v=4 --eviction-hard=memory.available<500Mi,nodefs.available<10%' ",
        "-KubeProxyExtraArgs '--v=2 --proxy-mode=kernelspace' ",
        "-ExcludedSnatCIDRs '10.0.0.0/8','192.168.0.0/16'\n",
    ];
    for argument in arguments {
        assert!(text.contains(argument), "{argument}: {text}");
    }
    assert!(!text.contains("-ContainerRuntime"), "{text}");
}

#[rstest]
#[case::left('\u{2018}')]
#[case::right('\u{2019}')]
#[case::low('\u{201a}')]
#[case::reversed('\u{201b}')]
#[case::accent('é')]
#[case::line('\n')]
#[case::return_('\r')]
#[case::null('\0')]
fn characters_unsafe_in_powershell_strings_are_rejected(#[case] letter: char) {
    let node = Node { cluster: Some(Cluster { name: format!("a{letter}b"), ..cluster() }), ..own() };
    assert_error(&node, "cluster_name", &format!("{letter:?}"));
}

#[test]
fn flag_with_space_is_rejected() {
    assert_error(&Node { kubelet_flags: scripts(&["--v=4", "--a=b c"]), ..own() }, "kubelet_flags[1]", "space");
    let windows = Windows { kube_proxy_flags: scripts(&["--a=b c"]), ..Windows::default() };
    assert_error(&Node { windows, ..own() }, "windows.kube_proxy_flags[0]", "space");
}

#[test]
fn network_settings_unsupported_on_windows_are_rejected() {
    let dns = |ips: &[&str]| Node { dns: Dns { cluster_ips: scripts(ips), ..Dns::default() }, ..own() };
    assert_error(&dns(&["10.0.0.1", "10.0.0.2"]), "dns.cluster_ips[1]", "one address");
    assert_error(&dns(&["fd30::a"]), "dns.cluster_ips[0]", "IPv6");
    let servers = Dns { nameservers: scripts(&["10.0.0.2"]), ..Dns::default() };
    assert_error(&Node { dns: servers, ..own() }, "dns.nameservers", "DHCP");
    let domains = Dns { domains: scripts(&["example.com"]), ..Dns::default() };
    assert_error(&Node { dns: domains, ..own() }, "dns.domains", "DHCP");
    for cidr in ["10.0.0.0", "fd30::/16", "a"] {
        let windows = Windows { excluded_snat_cidrs: scripts(&["10.0.0.0/8", cidr]), ..Windows::default() };
        assert_error(&Node { windows, ..own() }, "windows.excluded_snat_cidrs[1]", "IPv4");
    }
}

#[test]
fn configuration_of_the_kubelet_becomes_flags() {
    let kubelet_config = json!({
        "evictionHard": { "memory.available": "500Mi" },
        "featureGates": { "WindowsHostNetwork": false },
        "kubeReserved": { "cpu": "500m", "memory": "1Gi" },
        "logging": { "verbosity": 4 },
        "systemReserved": {},
    });
    let node = Node { kubelet_config, kubelet_flags: scripts(&["--registry-qps=10"]), ..own() };
    let flags = "-KubeletExtraArgs '--eviction-hard=memory.available<500Mi --feature-gates=WindowsHostNetwork=false \
                 --kube-reserved=cpu=500m,memory=1Gi --v=4 --registry-qps=10'";
    assert!(text(&node).contains(flags), "{}", text(&node));
}

#[rstest]
#[case::no_flag(json!({ "containerLogMaxWorkers": 2 }), "[\"containerLogMaxWorkers\"]", "no flag")]
#[case::inside(json!({ "logging": { "vmodule": [] } }), "[\"logging\"][\"vmodule\"]", "no flag")]
#[case::space(json!({ "kubeReserved": { "cpu": "1 " } }), "[\"kubeReserved\"]", "space")]
#[case::quote(json!({ "hairpinMode": "'" }), "[\"hairpinMode\"]", "not passed to the program")]
fn configuration_without_a_flag_is_an_error(#[case] kubelet_config: Json, #[case] place: &str, #[case] part: &str) {
    assert_error(&Node { kubelet_config, ..own() }, &format!("kubelet_config{place}"), part);
}

#[test]
fn script_line_endings_are_normalized() {
    let node = Node { pre_bootstrap_scripts: scripts(&["Get-Date\r\nGet-Host\r\n"]), ..own() };
    assert!(text(&node).starts_with("<powershell>\nGet-Date\nGet-Host\n& "), "{}", text(&node));
}

#[rstest]
#[case(Node { proxy: Some(Proxy { https: Some("http://a:1".to_owned()), ..Proxy::default() }), ..own() }, "proxy", "too late")]
#[case(Node { node_configs: scripts(&["{}"]), ..own() }, "node_configs", "kubelet_flags")]
#[case(Node { bottlerocket_settings: json!({ "motd": "a" }), ..own() }, "bottlerocket_settings", "Bottlerocket")]
#[case(Node { bottlerocket_settings: json!("settings.motd = 'a'"), ..own() }, "bottlerocket_settings", "Bottlerocket")]
#[case(Node { containerd_config: Some("a = 1".to_owned()), ..own() }, "containerd_config", "pre_bootstrap_scripts")]
#[case(Node { feature_gates: [("FastImagePull".to_owned(), true)].into(), ..own() }, "feature_gates", "nodeadm")]
#[case(Node { max_pods_expression: Some("1".to_owned()), ..own() }, "max_pods_expression", "Use max_pods")]
fn arguments_unsupported_on_windows_are_rejected(#[case] node: Node, #[case] place: &str, #[case] part: &str) {
    assert_error(&node, place, part);
}

#[rstest]
#[case::beyond_ascii("Write-Host 'é'", "'é'")]
#[case::typographic("Write-Host \u{2018}a\u{2019}", "[char]")]
#[case::end("Write-Host '</PowerShell>'", "<powershell>")]
#[case::begin("<powershell>\nWrite-Host 1\n</powershell>", "without tags")]
#[case::script("'<script>'", "<script>")]
#[case::persist("<persist>true</persist>", "<persist>")]
#[case::call("& C:\\x\\Start-EKSBootstrap.ps1 -EKSClusterName a", "must run only once")]
#[case::single("Write-Host 'a", "unclosed string in single quotes")]
#[case::double("Write-Host \"a`\"", "unclosed string in double quotes")]
#[case::nested("Write-Host \"a $(Get-Date\"", "double quotes")]
#[case::here("$a = @'\nb\n '@", "unclosed here-string")]
#[case::expanding_here("$a = @\"\nb\n", "unclosed here-string")]
#[case::comment("<# a", "unclosed comment")]
#[case::brace("if ($true) {\n  'a'\n", "unclosed block")]
#[case::parenthesis("(Get-Date", "unclosed expression")]
#[case::closed("'a' }", "is not open")]
#[case::crossed("({)}", "is not open")]
#[case::backtick("Write-Host a `", "continues on the next line")]
#[case::backtick_line("Write-Host a `\n", "continues on the next line")]
#[case::pipe("Get-Date |", "continues on the next line")]
#[case::pipe_before_a_comment("Get-Date |\n# a\n", "continues on the next line")]
fn scripts_that_break_powershell_block_are_rejected(#[case] script: &str, #[case] part: &str) {
    let node = Node { pre_bootstrap_scripts: scripts(&["'a'", script]), ..merge() };
    assert_error(&node, "pre_bootstrap_scripts[1]", part);
}

#[rstest]
#[case::quotes("Write-Host 'it''s' \"say `\"hi`\" \"\"there\"\"\"")]
#[case::nested("Write-Host \"a $(if ($true) { \"b'}\" } else { 'c)\"' }) d\"")]
#[case::here("$a = @'\nit's \"fine\" { ( <#\n'@\n$b = @\"\nsay \"hi\" it's $(\"x\")\n\"@")]
#[case::comments("# it's a \"comment\" {\n'a' # it's another (\n<# a 'b\n c #> 'd'")]
#[case::hash_in_a_word("Write-Host a#'b'")]
#[case::blocks(
    "function Get-It {\n  param([string[]]$a = @('b', 'c'), $h = @{ d = 1 })\n  $a | ForEach-Object { \"$_\" }\n}\n"
)]
#[case::escaped("Write-Host `' `\" `{ `(")]
#[case::native("icacls --% C:\\a /grant \"users:(OI)(CI)F\nWrite-Host 'b'")]
#[case::continued("Write-Host `\n  'a'")]
#[case::tab("if ($a) {\n\texit 1\n}")]
fn scripts_that_end_what_they_begin_are_accepted(#[case] script: &str) {
    let node = Node { pre_bootstrap_scripts: scripts(&[script]), ..merge() };
    assert_eq!(text(&node), format!("<powershell>\n{}\n</powershell>\n", script.trim_end()));
    assert_eq!(render(&node).unwrap().warnings, []);
}

#[test]
fn a_script_that_leaves_the_block_is_warned_about() {
    let found = render(&Node { pre_bootstrap_scripts: scripts(&["'a'\nexit 0\n"]), ..own() }).unwrap().warnings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place.to_string(), "pre_bootstrap_scripts[0]");
    let after = Node { post_bootstrap_scripts: scripts(&["exit 0"]), ..own() };
    assert_eq!(render(&after).unwrap().warnings, []);
}
