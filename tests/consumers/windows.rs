//! Userdata of Windows, read by EC2Launch's rule for tags and a tokeniser of PowerShell's quoting rules
//! (about_Quoting_Rules and about_Parsing of Windows PowerShell 5.1).

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::node::{Cluster, Dns, Effect, Family, MAX_BYTES, Mode, Node, Taint, Windows, check};
use render::windows::render;

/// The text between the tags, as EC2Launch finds it: from the first begin to the first end, in any case of letters.
pub(crate) fn block(userdata: &str) -> &str {
    let lower = userdata.to_ascii_lowercase();
    assert_eq!(lower.matches("<powershell>").count(), 1, "{userdata}");
    assert_eq!(lower.matches("</powershell>").count(), 1, "{userdata}");
    for tag in ["<script>", "<persist>", "<runaslocalsystem>"] {
        assert!(!lower.contains(tag), "{userdata}");
    }
    let start = lower.find("<powershell>").unwrap() + "<powershell>".len();
    &userdata[start..lower.find("</powershell>").unwrap()]
}

/// An argument of a command.
#[derive(Debug, Clone, PartialEq)]
enum Argument {
    /// `-Name`.
    Parameter(String),
    /// A value, or several with commas between.
    Values(Vec<String>),
}

/// What a quote of PowerShell may be.
const SINGLE: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];
const DOUBLE: [char; 4] = ['"', '\u{201c}', '\u{201d}', '\u{201e}'];

/// The words of one command in argument mode. Panics where PowerShell would do more than pass words on: at a variable, a
/// subexpression, a second command or a script block.
struct Tokens<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
}

impl Tokens<'_> {
    fn arguments(text: &str) -> Vec<Argument> {
        let mut tokens = Tokens { rest: text.chars().peekable() };
        let mut arguments = Vec::new();
        loop {
            while tokens.rest.next_if(|letter| *letter == ' ' || *letter == '\t').is_some() {}
            let Some(first) = tokens.rest.peek().copied() else { return arguments };
            if first == '-' {
                arguments.push(Argument::Parameter(tokens.word()[1..].to_owned()));
                continue;
            }
            let mut values = vec![tokens.word()];
            while tokens.rest.next_if_eq(&',').is_some() {
                values.push(tokens.word());
            }
            arguments.push(Argument::Values(values));
        }
    }

    /// Quoted and bare pieces up to white space or a comma.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(letter) = self.rest.peek().copied() {
            if letter == ' ' || letter == '\t' || letter == ',' {
                break;
            }
            self.rest.next();
            match letter {
                quote if SINGLE.contains(&quote) => self.single(&mut word),
                quote if DOUBLE.contains(&quote) => self.double(&mut word),
                '`' => word.extend(self.rest.next()),
                '$' | '(' | ')' | '{' | '}' | ';' | '|' | '&' | '<' | '>' | '#' | '@' | '\n' | '\r' => {
                    panic!("{letter:?} has a meaning of its own after {word:?}")
                }
                other => word.push(other),
            }
        }
        word
    }

    /// Up to the next single quote; two are one.
    fn single(&mut self, word: &mut String) {
        loop {
            let letter = self.rest.next().unwrap_or_else(|| panic!("{word:?} does not end"));
            let ends = SINGLE.contains(&letter) && self.rest.next_if(|next| SINGLE.contains(next)).is_none();
            if ends {
                return;
            }
            word.push(letter);
        }
    }

    /// Up to the next double quote, with variables of the environment filled in by their names.
    fn double(&mut self, word: &mut String) {
        loop {
            let letter = self.rest.next().unwrap_or_else(|| panic!("{word:?} does not end"));
            match letter {
                '`' => word.extend(self.rest.next()),
                '$' => {
                    let name: String = std::iter::from_fn(|| {
                        self.rest.next_if(|next| next.is_ascii_alphanumeric() || *next == ':' || *next == '_')
                    })
                    .collect();
                    assert!(name.starts_with("env:"), "a variable {name:?} in {word:?}");
                    word.push_str(&format!("<{name}>"));
                }
                quote if DOUBLE.contains(&quote) => {
                    if self.rest.next_if(|next| DOUBLE.contains(next)).is_none() {
                        return;
                    }
                    word.push(quote);
                }
                other => word.push(other),
            }
        }
    }
}

/// The path that is called and its parameters; panics unless it is one call with `&`, with a value for each parameter.
pub(crate) fn call(line: &str) -> (String, BTreeMap<String, Vec<String>>) {
    let rest = line.strip_prefix("& ").unwrap_or_else(|| panic!("no call: {line}"));
    let mut arguments = Tokens::arguments(rest).into_iter();
    let Some(Argument::Values(path)) = arguments.next() else { panic!("no path: {line}") };
    let mut parameters = BTreeMap::new();
    while let Some(argument) = arguments.next() {
        let (Argument::Parameter(name), Some(Argument::Values(values))) = (&argument, arguments.next()) else {
            panic!("{argument:?} has no value: {line}")
        };
        assert!(parameters.insert(name.clone(), values).is_none(), "{name} is there twice");
    }
    (path.concat(), parameters)
}

pub(crate) fn userdata(node: &Node) -> String {
    let rendered = render(node).unwrap_or_else(|found| panic!("{found:?}"));
    assert!(rendered.bytes.is_ascii() && rendered.bytes.len() <= MAX_BYTES);
    assert!(!rendered.bytes.contains(&b'\r'));
    String::from_utf8(rendered.bytes).unwrap()
}

fn parameters(node: &Node) -> BTreeMap<String, Vec<String>> {
    let userdata = userdata(node);
    let calls: Vec<_> = block(&userdata).lines().filter(|line| line.contains("Start-EKSBootstrap")).collect();
    let [line] = calls.as_slice() else { panic!("one call: {userdata}") };
    let (path, parameters) = call(line);
    assert_eq!(path, "<env:ProgramFiles>\\Amazon\\EKS\\Start-EKSBootstrap.ps1");
    parameters
}

fn own(name: &str) -> Node {
    let cluster = Cluster {
        name: name.to_owned(),
        endpoint: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: "172.20.0.0/16".to_owned(),
        outpost_id: None,
    };
    Node { cluster: Some(cluster), ..Node::new(Family::Windows, Mode::SelfManaged) }
}

fn expected(name: &str, others: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let always: [(&str, &[&str]); 5] = [
        ("EKSClusterName", &[name]),
        ("APIServerEndpoint", &["https://0A1B.gr7.eu-west-1.eks.amazonaws.com"]),
        ("Base64ClusterCA", &["LS0tLS1CRUdJTg=="]),
        ("ServiceCIDR", &["172.20.0.0/16"]),
        ("DNSClusterIP", &["172.20.0.10"]),
    ];
    let all = always.iter().chain(others);
    all.map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())).collect()
}

/// The reference's golden case G5.
#[test]
fn the_bootstrap_script_gets_what_was_given() {
    let node = Node {
        node_labels: [("workload".to_owned(), "web".to_owned())].into(),
        node_taints: vec![Taint { key: "os".to_owned(), value: "windows".to_owned(), effect: Effect::NoSchedule }],
        max_pods: Some(9),
        ..own("prod-eu")
    };
    let kubelet = "--node-labels=workload=web --register-with-taints=os=windows:NoSchedule --max-pods=9";
    assert_eq!(parameters(&node), expected("prod-eu", &[("KubeletExtraArgs", &[kubelet])]));
    assert_eq!(userdata(&node), userdata(&node));
}

#[test]
fn lists_and_flags_are_single_arguments() {
    let strings = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let node = Node {
        kubelet_flags: strings(&["--v=2", "--system-reserved=cpu=500m,memory=1Gi"]),
        dns: Dns { cluster_ips: strings(&["172.20.0.10"]), ..Dns::default() },
        windows: Windows {
            excluded_snat_cidrs: strings(&["10.0.0.0/8", "192.168.0.0/16"]),
            kube_proxy_flags: strings(&["--v=4", "--proxy-mode=kernelspace"]),
        },
        ..own("a")
    };
    let others: [(&str, &[&str]); 3] = [
        ("KubeletExtraArgs", &["--v=2 --system-reserved=cpu=500m,memory=1Gi"]),
        ("KubeProxyExtraArgs", &["--v=4 --proxy-mode=kernelspace"]),
        ("ExcludedSnatCIDRs", &["10.0.0.0/8", "192.168.0.0/16"]),
    ];
    assert_eq!(parameters(&node), expected("a", &others));
}

#[test]
fn scripts_reach_the_node_as_given() {
    let before = "$a = @'\nit's \"one\"\n'@\nWrite-Host \"$a `\"two`\"\"\n";
    let after = "if ($true) {\n\tWrite-Host 'three'\n}";
    let node = Node {
        pre_bootstrap_scripts: vec![before.to_owned()],
        post_bootstrap_scripts: vec![after.to_owned()],
        ..own("a")
    };
    let userdata = userdata(&node);
    let block = block(&userdata);
    let call = block.lines().find(|line| line.starts_with("& ")).unwrap();
    assert_eq!(block, format!("\n{before}{call}\n{after}\n"));
    let merged = Node { mode: Mode::Merge, cluster: None, post_bootstrap_scripts: Vec::new(), ..node };
    assert_eq!(self::block(&self::userdata(&merged)), format!("\n{before}"));
}

/// The tokeniser reads as PowerShell does.
#[test]
fn the_tokeniser_knows_the_quoting_rules() {
    let words = |text: &str| match Tokens::arguments(text).remove(0) {
        Argument::Values(values) => values,
        Argument::Parameter(name) => panic!("{name}"),
    };
    assert_eq!(words("'it''s $x `n'"), ["it's $x `n"]);
    assert_eq!(words("\"say `\"hi`\" \"\"there\"\"\""), ["say \"hi\" \"there\""]);
    assert_eq!(words("a=1,b=2"), ["a=1", "b=2"]);
    assert_eq!(words("'a=1,b=2'"), ["a=1,b=2"]);
    assert_eq!(words("\u{2018}a\u{2019}"), ["a"]);
    assert_eq!(words("a` b"), ["a b"]);
    for ends in ["'a", "\"a", "$(Get-Date)", "a;b", "a|b", "{a}", "\"$x\"", "a#b"] {
        assert!(std::panic::catch_unwind(|| Tokens::arguments(ends)).is_err(), "{ends}");
    }
}

fn nodes() -> impl Strategy<Value = Node> {
    let value = "([A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?)?";
    let key = "([a-z]{1,5}[.][a-z]{1,3}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?";
    let effect = select(vec![Effect::NoSchedule, Effect::PreferNoSchedule, Effect::NoExecute]);
    let taint = (key, value, effect).prop_map(|(key, value, effect)| Taint { key, value, effect });
    let labels = proptest::collection::btree_map(key, value, 0..4);
    let taints = proptest::collection::vec(taint, 0..4);
    let names = select(vec!["v", "root-dir", "cert-dir", "lock-file", "provider-id", "windows-service"]);
    let flag = (names, "(=[!-~\u{2018}\u{2019}é ]{0,20})?").prop_map(|(name, value)| format!("--{name}{value}"));
    let flags = proptest::collection::vec(flag, 0..4);
    let name = "[ -~]{1,20}|[ -~\u{2018}\u{201b}\n]{1,9}|'{1,5}";
    (name, labels, taints, flags, any::<Option<u32>>()).prop_map(
        |(name, node_labels, node_taints, kubelet_flags, max_pods)| Node {
            node_labels,
            node_taints,
            kubelet_flags,
            max_pods,
            ..own(&name)
        },
    )
}

#[test]
fn valid_settings_read_back_unchanged() {
    let mut runner = TestRunner::deterministic();
    let strategy = nodes();
    let mut valid = 0;
    for _ in 0..3000 {
        let node = strategy.new_tree(&mut runner).unwrap().current();
        if check(&node).iter().any(|found| found.is_error()) || render(&node).is_err() {
            continue;
        }
        valid += 1;
        let labels: Vec<_> = node.node_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let taints = node.node_taints.iter().map(|Taint { key, value, effect }| {
            let equals = if value.is_empty() { "" } else { "=" };
            format!("{key}{equals}{value}:{}", effect.name())
        });
        let taints: Vec<_> = taints.collect();
        let mut flags = Vec::new();
        if !labels.is_empty() {
            flags.push(format!("--node-labels={}", labels.join(",")));
        }
        if !taints.is_empty() {
            flags.push(format!("--register-with-taints={}", taints.join(",")));
        }
        flags.extend(node.max_pods.map(|count| format!("--max-pods={count}")));
        flags.extend(node.kubelet_flags.clone());
        let joined = flags.join(" ");
        let name = &node.cluster.as_ref().unwrap().name;
        let kubelet = [joined.as_str()];
        let others: &[(&str, &[&str])] = if flags.is_empty() { &[] } else { &[("KubeletExtraArgs", &kubelet)] };
        assert_eq!(parameters(&node), expected(name, others));
        // The kubelet's own splitting of the service's command line.
        assert_eq!(joined.split_whitespace().collect::<Vec<_>>(), flags);
    }
    assert!(valid > 300, "only {valid} of 3000 are valid");
}
