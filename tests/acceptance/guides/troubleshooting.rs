//! The headings of the guide to troubleshooting are summaries of the provider, and its fixes work.

use std::fs;
use std::path::Path;

use regex_lite::Regex;
use serde_json::json;

use super::Guide;
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::run::Run;
use crate::support::sandbox::Cluster;

const GUIDE: &str = include_str!("../../../docs-src/guides/troubleshooting.md");

/// The source of the provider without tests. Each placeholder is replaced by `…`.
fn source() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("crates")];
    let mut source = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_for_tests = ["tests", "target", "fake", "testing", "journeys"]
                .contains(&name.trim_end_matches(".rs"))
                || name.ends_with("tests.rs")
                || name.starts_with("destroy_matrix");
            if path.is_dir() && !is_for_tests {
                folders.push(path);
            } else if name.ends_with(".rs") && !is_for_tests {
                let text = fs::read_to_string(&path).expect("the file is text");
                source += text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            }
        }
    }
    Regex::new(r"\{[\w.:?]*\}").expect("a pattern").replace_all(&source, "…").into_owned()
}

/// The summaries in headings.
fn quoted() -> Vec<&'static str> {
    let heading = |line: &'static str| line.strip_prefix("### `")?.strip_suffix('`');
    GUIDE.lines().filter_map(heading).collect()
}

#[test]
fn every_heading_is_a_summary_of_the_provider() {
    let (source, quoted) = (source(), quoted());
    assert!(quoted.len() > 25, "{quoted:?}");
    let is_unknown = |summary: &&&str| !source.contains(&format!("\"{summary}"));
    let unknown: Vec<_> = quoted.iter().filter(is_unknown).collect();
    assert!(unknown.is_empty(), "the source does not contain these summaries: {unknown:#?}");
}

#[test]
fn every_message_has_cause_and_fix() {
    let sections = GUIDE.split("\n### `").skip(1);
    for section in sections {
        for part in ["\n**Cause:** ", "\n**Fix:** "] {
            assert_eq!(section.matches(part).count(), 1, "{part}{section}");
        }
    }
    assert!(Guide::parse(GUIDE).blocks.is_empty(), "the guide has no steps to follow");
}

/// Whether the heading is the start of the summary, with any value in place of each `…`.
fn is_start_of(heading: &str, summary: &str) -> bool {
    let mut parts = heading.split('…');
    let rest = parts.next().and_then(|first| summary.strip_prefix(first));
    parts.try_fold(rest, |rest, part| Some(rest?.split_once(part).map(|(_, after)| after))).flatten().is_some()
}

/// Whether a run reports the message with this heading of the guide.
#[track_caller]
fn reports(run: &Run, heading: &str) -> bool {
    assert!(quoted().contains(&heading), "{heading} is not in the guide");
    run.diagnostics().iter().any(|each| is_start_of(heading, &each.summary))
}

fn node_group(cluster: &Cluster, name: &str, role: &str, more: &str) -> String {
    format!(
        "resource \"ekscompute_node_group\" \"workers\" {{\n  cluster_name = \"{name}\"\n  node_group_name = \
         \"workers\"\n  node_role_arn = \"{role}\"\n  subnet_ids = {}\n  scaling_config {{\n    min_size = 1\n    \
         max_size = 2\n  }}\n{more}}}\n",
        cluster.subnets()
    )
}

#[test]
fn fixes_remove_messages_of_plan() {
    let cluster = Cluster::new();
    let (name, role) = (cluster.name.as_str(), cluster.made("node_role_arn"));
    let group = |name: &str, role: &str, more: &str| node_group(&cluster, name, role, more);
    let healthy = group(name, role, "");
    let types = |name: &str| group(&cluster.name, role, &format!("  instance_types = [\"{name}\"]\n"));
    let version = |version: &str| group(&cluster.name, role, &format!("  version = \"{version}\"\n"));
    let workspace = cluster.workspace(Cli::OnPath);
    for (heading, message, fix) in [
        ("Cluster does not exist", group(&format!("{name}x"), role, ""), &healthy),
        ("Role does not exist", group(name, &format!("{role}-missing"), ""), &healthy),
        ("Instance types do not exist", types("m5.enormous"), &types("m5.large")),
        ("Kubernetes version newer than the cluster version", version("1.34"), &version("1.33")),
    ] {
        workspace.write("main.tf", &message);
        let run = workspace.try_plan(&[]);
        assert!(reports(&run, heading), "{run}");
        workspace.write("main.tf", fix);
        let plan = workspace.plan();
        assert!(!reports(&plan.run, heading), "{}", plan.run);
    }

    workspace.write("main.tf", &healthy);
    workspace.apply().success();
    let elsewhere = cluster.workspace(Cli::OnPath);
    elsewhere.write("main.tf", &healthy);
    let run = elsewhere.apply();
    assert!(!run.succeeded() && reports(&run, "Node group … already exists"), "{run}");
    let import = format!("import {{\n  to = ekscompute_node_group.workers\n  id = \"{name}:workers\"\n}}\n");
    elsewhere.write("import.tf", &import);
    elsewhere.plan().assert_actions(&[("ekscompute_node_group.workers", Action::NoOp)]);
}

#[test]
fn access_entries_require_their_authentication_mode() {
    let mode = json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}});
    let cluster = Cluster::seeded(mode);
    let workspace = cluster.workspace(Cli::OnPath);
    let entry = format!(
        "resource \"ekscompute_access_entry\" \"ops\" {{\n  cluster_name = \"{}\"\n  principal_arn = \"{}\"\n}}\n",
        cluster.name,
        cluster.made("node_role_arn")
    );
    workspace.write("main.tf", &entry);
    let run = workspace.try_plan(&[]);
    assert!(!run.succeeded() && reports(&run, "Cluster does not support access entries"), "{run}");
    let path = format!("/clusters/{}", cluster.name);
    let change = json!({"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}});
    cluster.eks("POST", &format!("{path}/update-config"), &change);
    // The change ends when it is read.
    cluster.eks("GET", &path, &json!({}));
    workspace.plan();
}
