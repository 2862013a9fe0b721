//! The cluster that user data joins, if EKS does not add its own user data. Source: nodeadm and `bootstrap.sh` of
//! amazon-eks-ami, Bottlerocket's settings, and `Start-EKSBootstrap.ps1`.

use toml_edit::DocumentMut;

use super::{Content, Kind, Userdata};
use crate::yaml;

/// The script that joins an Amazon Linux 2 node.
const BOOTSTRAP: &str = "/etc/eks/bootstrap.sh";

/// The script that joins a Windows node.
const WINDOWS_BOOTSTRAP: &str = "Start-EKSBootstrap";

/// Words before a command that do not change the command.
const BEFORE_A_COMMAND: [&str; 8] = ["exec", "sudo", "bash", "sh", "source", ".", "-x", "-e"];

/// The options of `bootstrap.sh`, each with a value.
const OPTIONS: [&str; 20] = [
    "--apiserver-endpoint",
    "--aws-api-retry-attempts",
    "--b64-cluster-ca",
    "--cluster-id",
    "--container-runtime",
    "--containerd-config-file",
    "--dns-cluster-ip",
    "--docker-config-json",
    "--enable-docker-bridge",
    "--enable-local-outpost",
    "--ip-family",
    "--kubelet-extra-args",
    "--local-disks",
    "--max-pods",
    "--mount-bpf-fs",
    "--pause-container-account",
    "--pause-container-version",
    "--service-ipv4-cidr",
    "--service-ipv6-cidr",
    "--use-max-pods",
];

/// Strings that indicate a script that joins a node in an unknown way.
const SIGNS: [&str; 8] = ["bootstrap", "nodeadm", "kubelet", "kubeadm", "node.eks.aws", "apiclient", "join", "eks"];

/// A setting by which user data joins its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The source of the setting, for users.
    pub by: &'static str,
    /// The name of the cluster. `None` if it is known only on the node.
    pub cluster: Option<String>,
    /// The address of the API server, if it is specified.
    pub endpoint: Option<String>,
}

/// The join settings that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joining {
    /// The settings that can be read.
    pub joins: Vec<Join>,
    /// Whether another part might join the node in a way that cannot be read.
    pub is_unclear: bool,
}

impl Joining {
    /// Returns whether nothing joins the node.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.joins.is_empty() && !self.is_unclear
    }
}

/// Returns how the node joins.
#[must_use]
pub fn joining(userdata: &Userdata) -> Joining {
    let mut found = Joining::default();
    let of = |kind: Kind| userdata.contents.iter().filter(move |content| content.kind == kind);
    node_configs(of(Kind::NodeConfig), &mut found);
    for content in &userdata.contents {
        let text = String::from_utf8_lossy(&content.part.body);
        match content.kind {
            Kind::NodeConfig => {}
            Kind::Shell => match bootstrap(&text) {
                Some(cluster) => found.joins.push(Join { by: "bootstrap.sh", cluster, endpoint: None }),
                None => found.is_unclear |= has_a_sign(&text),
            },
            Kind::CloudConfig => found.is_unclear |= has_a_sign(&text),
            Kind::Bottlerocket => bottlerocket(&text, &mut found),
            Kind::PowerShell | Kind::Batch => match windows(&text) {
                Some(cluster) => {
                    found.joins.push(Join { by: "Start-EKSBootstrap.ps1", cluster, endpoint: None });
                }
                None => found.is_unclear |= has_a_sign(&text),
            },
            Kind::Other => found.is_unclear |= !text.trim().is_empty(),
        }
    }
    found
}

fn has_a_sign(text: &str) -> bool {
    let text = text.to_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// nodeadm merges all documents. Later documents take precedence.
fn node_configs<'c>(contents: impl Iterator<Item = &'c Content>, found: &mut Joining) {
    let (mut cluster, mut endpoint) = (None, None);
    for content in contents {
        let Ok(tree) = yaml::read(&String::from_utf8_lossy(&content.part.body)) else {
            found.is_unclear = true;
            continue;
        };
        let text = |at: &str| tree.pointer(at).and_then(|value| value.as_str()).map(str::to_owned);
        cluster = text("/spec/cluster/name").or(cluster);
        endpoint = text("/spec/cluster/apiServerEndpoint").or(endpoint);
    }
    if cluster.is_some() {
        found.joins.push(Join { by: "the NodeConfig", cluster, endpoint });
    }
}

fn bottlerocket(text: &str, found: &mut Joining) {
    let Ok(document) = text.parse::<DocumentMut>() else {
        found.is_unclear = true;
        return;
    };
    let kubernetes = document.get("settings").and_then(|settings| settings.get("kubernetes"));
    let text = |name: &str| kubernetes?.get(name)?.as_str().map(str::to_owned);
    if let Some(cluster) = text("cluster-name") {
        let endpoint = text("api-server");
        found.joins.push(Join { by: "settings.kubernetes", cluster: Some(cluster), endpoint });
    }
}

/// Returns the cluster that a script joins with `bootstrap.sh`: `None` if it does not call it, and `Some(None)` if the
/// name is known only on the node.
fn bootstrap(script: &str) -> Option<Option<String>> {
    let script = script.replace("\\\n", " ");
    script.lines().find_map(|line| {
        let (before, after) = line.split_once(BOOTSTRAP)?;
        let is_command = |word: &str| BEFORE_A_COMMAND.contains(&word) || word.contains('=');
        before.split_whitespace().all(is_command).then(|| name(&words(after)))
    })
}

/// Returns the first argument that is not an option.
fn name(arguments: &[String]) -> Option<String> {
    let mut arguments = arguments.iter();
    while let Some(word) = arguments.next() {
        if OPTIONS.contains(&word.as_str()) {
            arguments.next();
        } else {
            return literal(word).filter(|word| !word.starts_with('-'));
        }
    }
    None
}

/// Returns a word that the shell does not change.
fn literal(word: &str) -> Option<String> {
    (!word.is_empty() && !word.contains(['$', '`', '%'])).then(|| word.to_owned())
}

/// Returns the words of a command up to its end, without their quotes.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quote): (Option<String>, Option<char>) = (None, None);
    for letter in text.chars() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (';' | '&' | '|' | '<' | '>' | '#' | ')', None) => break,
            (_, None) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Returns the cluster that a script joins with `Start-EKSBootstrap.ps1`. See [`bootstrap`].
fn windows(script: &str) -> Option<Option<String>> {
    let parameter = "-eksclustername";
    if !script.contains(WINDOWS_BOOTSTRAP) {
        return None;
    }
    // ASCII lowercase conversion preserves byte positions.
    let start = script.to_ascii_lowercase().find(parameter)? + parameter.len();
    let given = script[start..].trim_start_matches([' ', '\t', ':', '=']);
    Some(words(given).first().and_then(|word| literal(word)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::read;
    use super::*;

    fn of(text: &str) -> Joining {
        joining(&read(text.as_bytes()).expect("a userdata"))
    }

    fn only(text: &str) -> (&'static str, Option<String>) {
        let found = of(text);
        let [join] = found.joins.as_slice() else { panic!("{found:?}") };
        (join.by, join.cluster.clone())
    }

    #[rstest]
    #[case::plain("/etc/eks/bootstrap.sh demo", Some("demo"))]
    #[case::quoted("exec /etc/eks/bootstrap.sh 'demo' --use-max-pods false", Some("demo"))]
    #[case::options_first(
        "/etc/eks/bootstrap.sh --kubelet-extra-args '--v 2' \\\n  --b64-cluster-ca $CA demo",
        Some("demo")
    )]
    #[case::with_environment("A=b /etc/eks/bootstrap.sh demo; echo done", Some("demo"))]
    #[case::variable("/etc/eks/bootstrap.sh \"$NAME\"", None)]
    #[case::template("/etc/eks/bootstrap.sh --odd demo", None)]
    fn bootstrap_names_the_cluster(#[case] line: &str, #[case] name: Option<&str>) {
        let (by, cluster) = only(&format!("#!/bin/bash\nset -e\n{line}\n"));
        assert_eq!((by, cluster.as_deref()), ("bootstrap.sh", name));
    }

    #[test]
    fn node_configs_are_merged() {
        let of_part = |text: &str| format!("--b\nContent-Type: application/node.eks.aws\n\n{text}\n");
        let cluster = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n    name: demo\n    \
                       apiServerEndpoint: https://one\n";
        let other = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n    name: other\n";
        let mime = |parts: &str| format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n");
        let found = of(&mime(&(of_part(cluster) + &of_part(other))));
        let [join] = found.joins.as_slice() else { panic!("{found:?}") };
        assert_eq!((join.cluster.as_deref(), join.endpoint.as_deref()), (Some("other"), Some("https://one")));
        let without = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet: {}\n";
        assert!(of(&mime(&of_part(without))).is_nothing());
        assert!(of(&mime(&of_part("a: [b"))).is_unclear);
        assert_eq!(only(cluster), ("the NodeConfig", Some("demo".to_owned())));
    }

    #[rstest]
    #[case("[settings.kubernetes]\ncluster-name = \"demo\"\n", true)]
    #[case("settings.kubernetes.cluster-name = 'demo'\n", true)]
    #[case("[settings.kubernetes]\nmax-pods = 20\n", false)]
    fn settings_name_the_cluster(#[case] text: &str, #[case] joins: bool) {
        assert_eq!(of(text).is_nothing(), !joins);
        if joins {
            assert_eq!(only(text).1.as_deref(), Some("demo"));
        }
    }

    #[rstest]
    #[case("& $script -EKSClusterName demo -APIServerEndpoint https://one", Some("demo"))]
    #[case("& $script -EKSClusterName \"demo\"", Some("demo"))]
    #[case("& $script -EKSClusterName $name", None)]
    fn windows_names_the_cluster(#[case] line: &str, #[case] name: Option<&str>) {
        let text = format!("<powershell>\n$script = \"C:\\EKS\\Start-EKSBootstrap.ps1\"\n{line}\n</powershell>\n");
        assert_eq!(only(&text).1.as_deref(), name);
    }

    #[rstest]
    #[case::nothing("", false)]
    #[case::script("#!/bin/bash\necho hello\n", false)]
    #[case::comment_only("#cloud-config\npackages: [htop]\n", false)]
    #[case::own_way("#!/bin/bash\n/opt/company/join-cluster\n", true)]
    #[case::nodeadm("#!/bin/bash\nnodeadm init -c file:///etc/node.yaml\n", true)]
    #[case::changes_the_script("#!/bin/bash\nsed -i 's/a/b/' /etc/eks/bootstrap.sh\n", true)]
    #[case::included("#include\nhttps://example.com/script\n", true)]
    fn rest_is_nothing_or_unclear(#[case] text: &str, #[case] unclear: bool) {
        let found = of(text);
        assert_eq!((found.joins.as_slice(), found.is_unclear), ([].as_slice(), unclear));
    }
}
