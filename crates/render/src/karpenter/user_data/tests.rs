use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;

use super::*;

const NODE_CONFIG: &str = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n";

/// The findings, each as its severity and its text.
fn found(family: &str, text: &str) -> Vec<(bool, String)> {
    let found = check(family, text);
    assert!(found.iter().all(|finding| finding.place == place()), "{found:?}");
    found.into_iter().map(|finding| (finding.is_error(), finding.text)).collect()
}

#[track_caller]
fn only(family: &str, text: &str, is_error: bool, words: &str) {
    let found = found(family, text);
    let [(severity, text)] = found.as_slice() else { panic!("not one finding: {found:#?}") };
    assert!(text.contains(words), "{words:?}: {text}");
    assert_eq!(*severity, is_error, "{text}");
}

fn mime(parts: &[(&str, &str)]) -> String {
    let part = |(kind, body): &(&str, &str)| format!("--b\nContent-Type: {kind}\n\n{body}\n");
    let parts: String = parts.iter().map(part).collect();
    format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n{parts}--b--\n")
}

fn node_config(spec: &str) -> String {
    format!("{NODE_CONFIG}spec:\n{spec}")
}

#[rstest]
#[case::script("AL2", "#!/bin/bash\necho hello\n")]
#[case::script_with_cr_lf("AL2023", "#!/bin/bash\r\nset -e\r\n")]
#[case::kubelet_only(
    "AL2023",
    "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n      maxPods: 20\n"
)]
#[case::json("AL2023", "{\"apiVersion\": \"node.eks.aws/v1alpha1\", \"kind\": \"NodeConfig\", \"spec\": {}}")]
#[case::settings(
    "Bottlerocket",
    "[settings.kubernetes]\nmax-pods = 20\n[settings.host-containers.admin]\nenabled = true\n"
)]
#[case::commands("Windows2022", "Write-Host 'hello'\n")]
#[case::anything("Custom", "\u{1}")]
#[case::empty("Bottlerocket", " \n")]
fn usual_user_data_passes(#[case] family: &str, #[case] text: &str) {
    assert_eq!(found(family, text), []);
}

#[test]
fn multipart_passes_without_the_cluster() {
    let parts = [
        ("application/node.eks.aws", node_config("  kubelet:\n    flags: [--v=4]\n")),
        ("text/x-shellscript; charset=\"us-ascii\"", "#!/bin/bash\necho hello\n".to_owned()),
        ("text/cloud-config", "#cloud-config\npackages: [htop]\n".to_owned()),
    ];
    let parts = parts.each_ref().map(|(kind, body)| (*kind, body.as_str()));
    assert_eq!(found("AL2023", &mime(&parts)), []);
    assert_eq!(found("AL2", &mime(&parts[1..])), []);
}

#[test]
fn cluster_of_karpenter_may_be_repeated() {
    let cluster = node_config("  cluster:\n    name: demo\n    apiServerEndpoint: https://one\n");
    assert_eq!(found("AL2023", &cluster), []);
    let settings = "[settings.kubernetes]\ncluster-name = \"demo\"\napi-server = \"https://one\"\n";
    assert_eq!(found("Bottlerocket", settings), []);
}

#[rstest]
#[case::script("AL2", "#!/bin/bash\necho hello\n")]
#[case::settings("Bottlerocket", "[settings.kubernetes]\nmax-pods = 20\n")]
fn base64_is_an_error(#[case] family: &str, #[case] text: &str) {
    only(family, &STANDARD.encode(text), true, "This is already base64-encoded");
}

#[rstest]
#[case::empty_line(
    "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--b--\n",
    "an empty line before"
)]
#[case::unclosed(
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n",
    "closing line"
)]
#[case::no_boundary("MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--b\n\n", "has no boundary")]
#[case::unquoted(
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=//\n\n--//\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--//--\n",
    "require quotes"
)]
#[case::plain("MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n", "is not a MIME multipart")]
fn unreadable_multipart_is_an_error(#[case] text: &str, #[case] words: &str) {
    for family in ["AL2", "AL2023"] {
        only(family, text, true, words);
        only(family, text, true, "Karpenter cannot parse the user data, and does not launch nodes");
    }
}

#[test]
fn multipart_is_recognized_by_its_first_header() {
    let other = mime(&[("text/x-shellscript", "#!/bin/sh\n")]).replace("MIME-Version", "mime-version");
    only("AL2023", &other, false, "recognizes a MIME multipart document only by");
}

#[rstest]
#[case::syntax("apiVersion: node.eks.aws/v1alpha1\nkind: [NodeConfig\n", "nodeadm cannot read the NodeConfig")]
#[case::kind("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfiguration\n", "kind: ")]
#[case::value(
    "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    flags: none\n",
    "must be a list"
)]
#[case::taints(
    "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    flags: [\"--register-with-taints=a=b:NoSchedule\"]\n",
    "the node never registers"
)]
#[case::script("#!/bin/sh\nkey: value\n", "this script is valid YAML")]
// The text says that values would be ignored, but nodeadm reads nothing of such a document.
#[case::twice("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {}\nspec: {}\n", "the node does not join")]
fn node_config_that_nodeadm_rejects_is_an_error(#[case] text: &str, #[case] words: &str) {
    only("AL2023", text, true, words);
}

#[rstest]
#[case::typo("  kubelt: {}\n", "nodeadm ignores kubelt. Did you mean \"kubelet\"?")]
#[case::taints("  kubelet:\n    config:\n      registerWithTaints: []\n", "Karpenter replaces this list")]
#[case::lost_variable(
    "  instance:\n    environment:\n      kubelet:\n        PROMPT: 'say \"hi\"'\n",
    "nodeadm ignore the entire variable"
)]
fn node_config_without_effect_is_a_warning(#[case] spec: &str, #[case] words: &str) {
    only("AL2023", &node_config(spec), false, words);
    only(
        "AL2023",
        &mime(&[("application/node.eks.aws", &node_config(spec))]),
        false,
        &format!("parts[0]: spec.{}", spec.trim_start().split(':').next().unwrap_or_default()),
    );
}

#[rstest]
#[case::no_program("AL2", "echo hello\n", "cannot be run")]
#[case::cloud_config("AL2", "#cloud-config\npackages: [htop]\n", "must be parts of a MIME multipart")]
#[case::bootstrap("AL2", "#!/bin/bash\n/etc/eks/bootstrap.sh demo\n", "a second run")]
#[case::nodeadm("AL2023", "#!/bin/bash\nnodeadm init\nexit 0\n", "Do not run nodeadm")]
fn script_without_its_effect_is_a_warning(#[case] family: &str, #[case] text: &str, #[case] words: &str) {
    only(family, text, false, words);
}

#[test]
fn parts_without_a_reader_are_warnings() {
    let config = node_config("  kubelet: {}\n");
    only(
        "AL2",
        &mime(&[("application/node.eks.aws", &config)]),
        false,
        "parts[0]: nodeadm does not run on Amazon Linux 2",
    );
    only("AL2023", &mime(&[("text/cloud-config", "packages: [")]), false, "parts[0]: cloud-init cannot read");
    only("AL2023", &mime(&[("application/json", "{}")]), false, "parts[0]: No software on the node");
    let encoded = mime(&[("text/x-shellscript\nContent-Transfer-Encoding: base64", &STANDARD.encode("#!/bin/sh\n"))]);
    only("AL2023", &encoded, false, "does not decode the base64");
    assert_eq!(found("AL2", &encoded), []);
}

#[rstest]
#[case::syntax(
    "[settings.kubernetes\n",
    "Karpenter cannot parse it, and does not launch nodes. This is not valid TOML"
)]
#[case::type_of_karpenter(
    "[settings.kubernetes]\nmax-pods = \"20\"\n",
    "settings.kubernetes.max-pods: \"20\" must be an integer"
)]
#[case::percent(
    "[settings.kubernetes]\nimage-gc-high-threshold-percent = 85\n",
    "must be a string, in quotes: Karpenter cannot parse"
)]
#[case::unknown_table("[settings.kubernets]\nmax-pods = 20\n", "kubernets")]
#[case::value("[settings.host-containers.admin]\nenabled = \"yes\"\n", "is not true or false")]
fn settings_that_are_rejected_are_errors(#[case] text: &str, #[case] words: &str) {
    only("Bottlerocket", text, true, words);
}

#[rstest]
#[case::dropped(
    "[settings.kubernetes]\nstandalone-mode = true\n",
    "Karpenter v1.14.1 has no member standalone-mode here and ignores it"
)]
#[case::typo("[settings.kubernetes]\nmax-pod = 20\n", "Did you mean \"max-pods\"?")]
#[case::taints(
    "[settings.kubernetes.node-taints]\ndedicated = [\"a:NoSchedule\"]\n",
    "Karpenter replaces settings.kubernetes.node-taints"
)]
#[case::other("[setting.kubernetes]\nmax-pods = 20\n", "drops \"setting\"")]
fn settings_that_karpenter_drops_are_warnings(#[case] text: &str, #[case] words: &str) {
    only("Bottlerocket", text, false, words);
}

#[rstest]
#[case::tags("<powershell>\nWrite-Host 'a'\n</powershell>\n", true, "the tag <powershell>")]
#[case::unfinished("Write-Host \"a\n", true, "has an unclosed string in double quotes")]
#[case::continued("Write-Host a |\n", true, "continues on the next line")]
#[case::bootstrap("& Start-EKSBootstrap.ps1 -EKSClusterName demo\n", false, "Karpenter adds the call")]
#[case::exit("exit 0\n", false, "the node does not join")]
#[case::letter("Write-Host 'ü'\n", false, "reads only ASCII")]
fn commands_of_windows(#[case] text: &str, #[case] is_error: bool, #[case] words: &str) {
    for family in ["Windows2019", "Windows2025"] {
        only(family, text, is_error, words);
    }
}
