//! User data of Amazon Linux: a MIME multipart, a shell script, or for AL2023 a `NodeConfig`. Karpenter adds its own
//! part last.

use super::place;
use crate::cloud_config;
use crate::mime::{self, NODE_CONFIG, Part, Problem};
use crate::node::check::parts::ignored;
use crate::node::commands::{calls_bootstrap, calls_nodeadm};
use crate::node::{Family, Finding, Severity};
use crate::nodeadm;
use crate::userdata::type_by_beginning;
use crate::yaml;

/// The headers that mark a multipart for Karpenter, in exactly this case.
const HEADERS: [&str; 2] = ["MIME-Version:", "Content-Type:"];

const SHELL: &str = "text/x-shellscript";

pub(super) fn check(family: Family, text: &str) -> Vec<Finding> {
    let multipart = mime::parse(text.as_bytes());
    if HEADERS.iter().any(|header| text.trim_start().starts_with(header)) {
        return match multipart {
            Ok(Some(multipart)) => of_multipart(family, &multipart),
            Ok(None) => vec![unparsed("it has MIME headers, but is not a MIME multipart document")],
            Err(error) => vec![unparsed(&error.to_string())],
        };
    }
    if matches!(multipart, Ok(Some(_)) | Err(_)) {
        let text = "Karpenter recognizes a MIME multipart document only by MIME-Version: or Content-Type: at its \
                    beginning, in exactly this case. It passes this one to cloud-init as a shell script, which cannot \
                    be run.";
        return vec![Finding::warning(place(), text)];
    }
    if family == Family::AmazonLinux2023 && is_yaml(text) {
        return of_yaml(text);
    }
    of_script(family, text, "")
}

fn unparsed(why: &str) -> Finding {
    Finding::error(place(), format!("Karpenter cannot parse the user data, and does not launch nodes: {why}."))
}

/// Returns whether Karpenter treats the text as a `NodeConfig`: YAML with a mapping at the top level.
fn is_yaml(text: &str) -> bool {
    yaml::read(text).map_or_else(|_| has_fields(text), |tree| tree.is_object())
}

/// Returns whether malformed YAML was intended as a `NodeConfig`.
fn has_fields(text: &str) -> bool {
    !text.starts_with("#!") && text.lines().any(|line| line.starts_with("apiVersion: node.eks.aws/"))
}

fn of_yaml(text: &str) -> Vec<Finding> {
    if text.starts_with("#!") {
        let text = "Karpenter passes user data that is valid YAML to nodeadm, and this script is valid YAML. nodeadm \
                    rejects it, and the node does not join. Put the script in a MIME multipart document, as a part of \
                    type text/x-shellscript.";
        return vec![Finding::error(place(), text)];
    }
    node_configs(&[(String::new(), text.to_owned())])
}

/// The documents, each with the prefix of its findings.
fn node_configs(documents: &[(String, String)]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (prefix, text) in documents {
        let of_one = nodeadm::check_merged(text, &place()).into_iter().map(|finding| {
            // A value that nodeadm ignores does not prevent the node from starting.
            let severity = if finding.is_ignored { Severity::Warning } else { finding.severity };
            Finding { severity, text: format!("{prefix}{}", finding.text), ..finding }
        });
        found.extend(of_one);
    }
    found
}

fn of_multipart(family: Family, multipart: &mime::Multipart) -> Vec<Finding> {
    let mut found: Vec<_> = multipart.problems.iter().filter_map(|problem| of_problem(family, problem)).collect();
    let mut documents = Vec::new();
    for (index, part) in multipart.parts.iter().enumerate() {
        let prefix = format!("parts[{index}]: ");
        if part.content_type.as_deref() != Some(NODE_CONFIG) {
            found.extend(of_part(family, part, &prefix));
        } else if family == Family::AmazonLinux2023 {
            documents.push((prefix, String::from_utf8_lossy(&part.body).into_owned()));
        } else {
            let text = format!("{prefix}nodeadm does not run on Amazon Linux 2, so nothing reads this NodeConfig.");
            found.push(Finding::warning(place(), text));
        }
    }
    found.extend(node_configs(&documents));
    found
}

/// Karpenter parses a multipart with the same library as nodeadm, and writes it with its own headers.
fn of_problem(family: Family, problem: &Problem) -> Option<Finding> {
    match problem {
        Problem::NoVersion | Problem::ByteOrderMark => None,
        Problem::LeadingEmptyLine
        | Problem::Indented
        | Problem::UnquotedBoundary
        | Problem::NoEmptyLine
        | Problem::NotClosed(_)
        | Problem::NoEmptyLineInPart(_) => Some(unparsed(&problem.to_string())),
        Problem::ContentType(_) if family == Family::AmazonLinux2023 => {
            Some(Finding::error(place(), format!("The node does not join: {problem}.")))
        }
        _ => Some(Finding::warning(place(), format!("The user data might not be read as intended: {problem}."))),
    }
}

fn of_part(family: Family, part: &Part, prefix: &str) -> Vec<Finding> {
    if family == Family::AmazonLinux2023 && part.is_base64 {
        let text = format!(
            "{prefix}Karpenter keeps only the Content-Type of a part, so the node does not decode the base64 of this \
             one. Write the part as plain text."
        );
        return vec![Finding::warning(place(), text)];
    }
    let body = String::from_utf8_lossy(&part.body);
    let given = part.content_type.as_deref().filter(|given| *given != "text/plain");
    let kind = given.or_else(|| type_by_beginning(&part.body)).unwrap_or_default();
    if kind.starts_with(SHELL) {
        return of_script(family, &body, prefix);
    }
    let unread = cloud_config::check(kind, &body).err();
    let unread = unread.map(|why| format!("cloud-init cannot read this as {kind}, and skips it: {why}."));
    let text = unread.or_else(|| ignored(part));
    text.map(|text| Finding::warning(place(), format!("{prefix}{text}"))).into_iter().collect()
}

/// Findings for a script. The node joins without it, through the part that Karpenter adds.
fn of_script(family: Family, script: &str, prefix: &str) -> Vec<Finding> {
    let warning = |text: &str| Finding::warning(place(), format!("{prefix}{text}"));
    let mut found = Vec::new();
    if !script.starts_with("#!") {
        found.push(warning(
            "This is passed to cloud-init as a shell script, and cannot be run: its first line must specify the \
             program, for example \"#!/bin/bash\". Other formats must be parts of a MIME multipart document.",
        ));
    }
    if calls_bootstrap(script) || calls_nodeadm(script) {
        found.push(warning(if family == Family::AmazonLinux2 {
            "The script runs /etc/eks/bootstrap.sh. Karpenter adds a script that runs it for the cluster, and a second \
             run reconfigures the node after it has joined. Remove the call."
        } else {
            "nodeadm runs before and after the scripts of the user data. Do not run nodeadm or bootstrap.sh in a \
             script."
        }));
    }
    found
}
