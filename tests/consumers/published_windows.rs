//! User data of Windows as people publish it, rewritten, each next to the inputs that express it. The bootstrap script must get
//! the same parameters, with the same commands before and after it.

use std::collections::{BTreeMap, BTreeSet};

use render::node::{Cluster, Dns, Effect, Family, Mode, Node, Taint, Windows, check};
use serde_json::json;

use crate::windows::{block, call, userdata};

/// A published block of PowerShell, and the inputs.
struct Case {
    script: String,
    node: Node,
}

/// How published scripts find the bootstrap script.
const FILE: &str = "[string]$EKSBootstrapScriptFile = \"$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1\"";
const FOLDER: &str = "[string]$EKSBinDir = \"$env:ProgramFiles\\Amazon\\EKS\"\n\
                      [string]$EKSBootstrapScriptName = 'Start-EKSBootstrap.ps1'\n\
                      [string]$EKSBootstrapScriptFile = \"$EKSBinDir\\$EKSBootstrapScriptName\"";

fn joining() -> Node {
    let cluster = Cluster {
        name: "demo".to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "10.100.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::Windows, Mode::SelfManaged) }
}

fn map<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn strings<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(str::to_owned).to_vec()
}

fn labeled<const N: usize>(labels: [(&str, &str); N]) -> Node {
    Node { node_labels: map(labels), ..joining() }
}

fn tainted<const N: usize>(taints: [(&str, &str, Effect); N]) -> Node {
    let taints = taints.map(|(key, value, effect)| Taint { key: key.to_owned(), value: value.to_owned(), effect });
    Node { node_taints: taints.to_vec(), ..joining() }
}

fn flagged<const N: usize>(flags: [&str; N]) -> Node {
    Node { kubelet_flags: strings(flags), ..joining() }
}

fn before<const N: usize>(scripts: [&str; N]) -> Node {
    Node { pre_bootstrap_scripts: strings(scripts), ..joining() }
}

fn after<const N: usize>(scripts: [&str; N]) -> Node {
    Node { post_bootstrap_scripts: strings(scripts), ..joining() }
}

fn windows(windows: Windows) -> Node {
    Node { windows, ..joining() }
}

/// The commands around the call, and the parameters of the call.
#[derive(Debug, PartialEq)]
struct Reading {
    before: Vec<String>,
    after: Vec<String>,
    path: String,
    parameters: BTreeMap<String, Vec<String>>,
}

/// Reads a block. Variables that hold a string are replaced by it, as PowerShell does before the call.
fn read(block: &str) -> Reading {
    let mut variables: Vec<(String, String)> = Vec::new();
    let (mut before, mut after, mut found) = (Vec::new(), Vec::new(), None);
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let filled = fill(line, &variables);
        match line.strip_prefix("[string]$").and_then(|_| filled.strip_prefix("[string]$")?.split_once(" = ")) {
            Some((name, value)) => variables.insert(0, (name.to_owned(), value.trim_matches(['\'', '"']).to_owned())),
            None if filled.starts_with("& ") && filled.contains("Start-EKSBootstrap.ps1") => {
                // Redirections of the other streams to the output.
                let filled = filled.split(" 3>&1").next().unwrap_or_default();
                found = Some(call(filled));
            }
            None if found.is_none() => before.push(line.to_owned()),
            None => after.push(line.to_owned()),
        }
    }
    let (path, parameters) = found.unwrap_or_else(|| panic!("no call: {block}"));
    Reading { before, after, path, parameters }
}

fn fill(line: &str, variables: &[(String, String)]) -> String {
    let mut line = line.to_owned();
    for (name, value) in variables {
        // A variable that is a whole argument keeps its spaces.
        line = line.replace(&format!(" ${name} "), &format!(" \"{value}\" ")).replace(&format!("${name}"), value);
    }
    line
}

/// The flags of a list, whatever their order.
fn flags(parameters: &BTreeMap<String, Vec<String>>, name: &str) -> BTreeSet<String> {
    let text = parameters.get(name).map(|values| values.join(",")).unwrap_or_default();
    let mut set = BTreeSet::new();
    for flag in text.split_whitespace() {
        let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
        // An empty value of a taint has two forms.
        set.extend(value.split(',').map(|value| format!("{name}={}", value.replace("=:", ":"))));
    }
    set
}

/// Arguments that the bootstrap script determines if they are not passed.
const FACTS: [&str; 4] = ["APIServerEndpoint", "Base64ClusterCA", "DNSClusterIP", "ServiceCIDR"];
const FLAGS: [&str; 2] = ["KubeletExtraArgs", "KubeProxyExtraArgs"];

#[test]
fn inputs_express_published_powershell() {
    let cases: Vec<Case> = calls().into_iter().chain(kubelet_settings()).chain(commands()).collect();
    assert!(cases.len() >= 30, "{}", cases.len());
    for Case { script, node } in cases {
        let errors: Vec<_> = check(&node).into_iter().filter(render::node::Finding::is_error).collect();
        assert_eq!(errors, [], "{script}");
        let ours = userdata(&node);
        let (ours, published) = (read(block(&ours)), read(&script));
        assert_eq!(ours.path, published.path, "{script}");
        assert_eq!((&ours.before, &ours.after), (&published.before, &published.after), "{script}");
        for name in FLAGS {
            assert_eq!(flags(&ours.parameters, name), flags(&published.parameters, name), "{script}");
        }
        // containerd is the only runtime.
        let others = |reading: &Reading| -> BTreeMap<String, Vec<String>> {
            let is_other = |name: &str| !FLAGS.contains(&name) && name != "ContainerRuntime";
            reading.parameters.clone().into_iter().filter(|(name, _)| is_other(name)).collect()
        };
        let published = others(&published);
        let mut ours = others(&ours);
        ours.retain(|name, _| !FACTS.contains(&name.as_str()) || published.contains_key(name));
        assert_eq!(ours, published, "{script}");
    }
}

/// A script that defines the variables and calls the bootstrap script.
fn script(variables: &str, parameters: &str) -> String {
    format!("{variables}\n& $EKSBootstrapScriptFile {parameters} 3>&1 4>&1 5>&1 6>&1\n")
}

fn calls() -> Vec<Case> {
    vec![
        Case { script: script(FILE, "-EKSClusterName demo"), node: joining() },
        Case { script: script(FOLDER, "-EKSClusterName \"demo\""), node: joining() },
        Case {
            script: "& \"$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1\" -EKSClusterName 'demo' -ContainerRuntime 'containerd'"
                .to_owned(),
            node: joining(),
        },
        Case {
            script: script(
                FILE,
                "-EKSClusterName \"demo\" -APIServerEndpoint \"https://0A1B.gr7.eu-west-1.eks.amazonaws.com\" \
                 -Base64ClusterCA \"LS0tLS1CRUdJTg==\" -DNSClusterIP \"10.100.0.10\"",
            ),
            node: joining(),
        },
        Case {
            script: script(FILE, "-EKSClusterName demo -ServiceCIDR '10.100.0.0/16' -DNSClusterIP '10.100.0.10'"),
            node: joining(),
        },
        Case {
            script: script(FILE, "-EKSClusterName demo -DNSClusterIP 10.100.0.53"),
            node: Node { dns: Dns { cluster_ips: strings(["10.100.0.53"]), ..Dns::default() }, ..joining() },
        },
        Case {
            script: script(FILE, "-EKSClusterName demo -ExcludedSnatCIDRs 10.0.0.0/8"),
            node: windows(Windows { excluded_snat_cidrs: strings(["10.0.0.0/8"]), ..Windows::default() }),
        },
        Case {
            script: script(FOLDER, "-EKSClusterName demo -ExcludedSnatCIDRs '10.0.0.0/8','192.168.0.0/16'"),
            node: windows(Windows {
                excluded_snat_cidrs: strings(["10.0.0.0/8", "192.168.0.0/16"]),
                ..Windows::default()
            }),
        },
        Case {
            script: script(FILE, "-EKSClusterName demo -KubeProxyExtraArgs '--proxy-mode=kernelspace --enable-dsr=true'"),
            node: windows(Windows {
                kube_proxy_flags: strings(["--proxy-mode=kernelspace", "--enable-dsr=true"]),
                ..Windows::default()
            }),
        },
        Case {
            script: script(
                FILE,
                "-EKSClusterName demo -KubeletExtraArgs '--node-labels=dsr=on' -KubeProxyExtraArgs '--feature-gates=WinDSR=true'",
            ),
            node: Node {
                windows: Windows { kube_proxy_flags: strings(["--feature-gates=WinDSR=true"]), ..Windows::default() },
                ..labeled([("dsr", "on")])
            },
        },
    ]
}

fn kubelet_settings() -> Vec<Case> {
    let lines = |arguments: &str| script(FOLDER, &format!("-EKSClusterName demo -KubeletExtraArgs {arguments}"));
    vec![
        Case { script: lines("'--max-pods=250'"), node: Node { max_pods: Some(250), ..joining() } },
        Case {
            script: lines("\"--node-labels=node.kubernetes.io/lifecycle=spot\""),
            node: labeled([("node.kubernetes.io/lifecycle", "spot")]),
        },
        Case {
            script: lines("'--node-labels=apps=true,os=windows2022 --v=2'"),
            node: Node { kubelet_flags: strings(["--v=2"]), ..labeled([("apps", "true"), ("os", "windows2022")]) },
        },
        Case {
            script: lines("'--register-with-taints=os=windows:NoSchedule'"),
            node: tainted([("os", "windows", Effect::NoSchedule)]),
        },
        Case {
            script: lines("'--register-with-taints=os=windows:NoSchedule,gpu=true:NoExecute --node-labels=gpu=true'"),
            node: Node {
                node_labels: map([("gpu", "true")]),
                ..tainted([("os", "windows", Effect::NoSchedule), ("gpu", "true", Effect::NoExecute)])
            },
        },
        Case {
            script: lines("'--register-with-taints=win=:PreferNoSchedule'"),
            node: tainted([("win", "", Effect::PreferNoSchedule)]),
        },
        Case { script: lines("'--root-dir=d:/'"), node: flagged(["--root-dir=d:/"]) },
        Case {
            script: lines("'--kube-reserved=cpu=500m,memory=2Gi,ephemeral-storage=1Gi'"),
            node: Node {
                kubelet_config: json!({"kubeReserved": {"cpu": "500m", "memory": "2Gi", "ephemeral-storage": "1Gi"}}),
                ..joining()
            },
        },
        Case {
            script: lines("'--system-reserved=memory=1Gi --kube-reserved=memory=512Mi'"),
            node: Node {
                kubelet_config: json!({"kubeReserved": {"memory": "512Mi"}, "systemReserved": {"memory": "1Gi"}}),
                ..joining()
            },
        },
        Case {
            script: lines("'--eviction-hard=memory.available<500Mi,nodefs.available<10%'"),
            node: Node {
                kubelet_config: json!({"evictionHard": {"memory.available": "500Mi", "nodefs.available": "10%"}}),
                ..joining()
            },
        },
        Case {
            script: lines("'--image-gc-high-threshold=70 --image-gc-low-threshold=60'"),
            node: Node {
                kubelet_config: json!({"imageGCHighThresholdPercent": 70, "imageGCLowThresholdPercent": 60}),
                ..joining()
            },
        },
        Case {
            script: lines("'--container-log-max-size=20Mi --container-log-max-files=3'"),
            node: Node {
                kubelet_config: json!({"containerLogMaxFiles": 3, "containerLogMaxSize": "20Mi"}),
                ..joining()
            },
        },
        Case {
            script: lines("'--feature-gates=WindowsHostNetwork=false --node-labels=pool=a --max-pods=40'"),
            node: Node {
                max_pods: Some(40),
                kubelet_flags: strings(["--feature-gates=WindowsHostNetwork=false"]),
                ..labeled([("pool", "a")])
            },
        },
        Case {
            script: lines("'--runtime-request-timeout=10m --registry-qps=0'"),
            node: flagged(["--runtime-request-timeout=10m", "--registry-qps=0"]),
        },
    ]
}

fn commands() -> Vec<Case> {
    let lines = |before: &str, after: &str| format!("{before}\n{}{after}", script(FILE, "-EKSClusterName demo"));
    let defender = "Set-MpPreference -DisableRealtimeMonitoring $true";
    let disk = "Get-Disk | Where-Object PartitionStyle -eq 'RAW' | Initialize-Disk -PassThru";
    vec![
        Case { script: lines(defender, ""), node: before([defender]) },
        Case { script: lines(&format!("{disk}\n{defender}"), ""), node: before([disk, defender]) },
        Case {
            script: lines("New-Item -ItemType Directory -Force -Path C:\\tools", ""),
            node: before(["New-Item -ItemType Directory -Force -Path C:\\tools"]),
        },
        Case {
            script: lines("", "$LastError = if ($?) { 0 } else { $Error[0].Exception.HResult }"),
            node: after(["$LastError = if ($?) { 0 } else { $Error[0].Exception.HResult }"]),
        },
        Case {
            script: lines("", "Restart-Service -Name AmazonSSMAgent"),
            node: after(["Restart-Service -Name AmazonSSMAgent"]),
        },
        Case {
            script: lines(
                "Set-DnsClientGlobalSetting -SuffixSearchList @('corp.example')",
                "Add-Computer -DomainName 'corp.example' -Restart",
            ),
            node: Node {
                post_bootstrap_scripts: strings(["Add-Computer -DomainName 'corp.example' -Restart"]),
                ..before(["Set-DnsClientGlobalSetting -SuffixSearchList @('corp.example')"])
            },
        },
        Case {
            script: lines(
                "Invoke-WebRequest -UseBasicParsing -Uri 'https://example.com/agent.msi' -OutFile C:\\agent.msi\n\
                 Start-Process msiexec.exe -ArgumentList '/i C:\\agent.msi /qn' -Wait",
                "",
            ),
            node: before([
                "Invoke-WebRequest -UseBasicParsing -Uri 'https://example.com/agent.msi' -OutFile C:\\agent.msi\n\
                 Start-Process msiexec.exe -ArgumentList '/i C:\\agent.msi /qn' -Wait",
            ]),
        },
    ]
}
