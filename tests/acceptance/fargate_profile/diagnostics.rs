//! Each bad input gets one diagnostic, at the attribute, before anything is done.

use serde_json::json;

use super::{ADDRESS, Profile, SELECTOR};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

const HEADER: &str = "resource \"ekscompute_fargate_profile\" \"batch\" {";

/// A name of 101 characters.
const TOO_LONG: &str = "name = \"b0123456789012345678901234567890123456789012345678901234567890123456789012345678\
                        901234567890123456789\"";

/// What to replace in the good configuration, and by what; the line that must be blamed, and words of the explanation.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("name = \"batch\"", "name = \"eks-batch\"", "fargate_profile_name = \"eks-batch\"", "reserved"),
    ("name = \"batch\"", "name = \"\"", "fargate_profile_name = \"\"", "between 1 and 100 characters"),
    ("name = \"acceptance", "name = \"-acceptance", "cluster_name = \"-@\"", "start with a letter or digit"),
    ("arn:aws:iam::", "arn:aws:iam:", "pod_execution_role_arn = \"@\"", "valid IAM role ARN"),
    // The protocol has no path into a set: the resource is blamed, and the summary names the argument.
    ("namespace = \"batch\"", "namespace = \"\"", HEADER, "namespace"),
    ("namespace = \"batch\"", "namespace = \"batch\"\nlabels = { \"\" = \"a\" }", HEADER, "labels"),
    ("name = \"batch\"", TOO_LONG, "fargate_profile_name = \"@\"", "between 1 and 100 characters"),
    (SELECTOR, "", HEADER, "selector"),
    (SELECTOR, "selector {\nnamespace = \"a\"\n}\ntimeouts {\n  delete = \"soon\"\n}\n", "delete = \"soon\"", "30s"),
    (SELECTOR, "selector {\nnamespace = \"a\"\n}\ntags = { \"\" = \"a\" }\n", "tags = { \"\" = \"a\" }", "tags"),
];

#[test]
fn invalid_fargate_arguments_are_reported_at_their_location() {
    let profile = Profile::new(Cli::OnPath);
    for (good, bad, code, words) in WRONG {
        let configuration = profile.resource(SELECTOR);
        assert!(configuration.contains(good), "{good} is not in {configuration}");
        profile.workspace.write("main.tf", &configuration.replacen(good, bad, 1));
        let run = profile.workspace.validate();
        let error = run.only_error();
        let matches = match code.split_once('@') {
            None => error.code == *code,
            Some((begin, end)) => error.code.starts_with(begin) && error.code.ends_with(end),
        };
        assert!(matches, "{code} should be blamed, not {}: {run}", error.code);
        assert!(error.summary.contains(words) || error.detail.contains(words), "{words}: {run}");
    }
}

/// So many selectors, each with so many labels.
fn selectors(number: usize, labels: usize) -> String {
    let labels: String = (0..labels).map(|label| format!("    l{label} = \"x\"\n")).collect();
    let each = |number| format!("selector {{\n  namespace = \"n{number}\"\n  labels = {{\n{labels}  }}\n}}\n");
    (0..number).map(each).collect()
}

#[test]
fn plan_reports_existing_profile_and_exceeded_quotas() {
    let profile = Profile::of(Cli::OnPath, Cluster::seeded(json!({"fargate_profiles": ["batch"]})));
    // A plan that reads a state refuses; one that may be part of an apply warns.
    let other = profile.resource(SELECTOR).replace("\"batch\"", "\"other\"");
    profile.workspace.write("other.tf", &other);
    profile.apply();
    // The other one's state is read first: what is planned at the same time may be planned before.
    let jobs = SELECTOR.replace("batch", "jobs");
    profile.configure(&format!("{jobs}depends_on = [ekscompute_fargate_profile.other]\n"));
    let error = profile.workspace.try_plan(&[]).only_error();
    assert_eq!(error.code, "fargate_profile_name = \"batch\"");
    assert!(error.detail.contains(&format!("id = \"{}\"", profile.id())), "{error:?}");

    let fresh = Profile::new(Cli::OnPath);
    for (arguments, words) in [
        (selectors(6, 0), "6 selectors. The quota of this account and Region is 5"),
        (selectors(1, 6), "6 labels. The quota of this account and Region is 5"),
    ] {
        fresh.configure(&arguments);
        // The quota may be raised before the apply.
        let warnings = fresh.workspace.plan().warnings();
        assert!(warnings.iter().any(|warning| warning.detail.contains(words)), "{words}: {warnings:?}");
        let error = fresh.workspace.apply_plan().only_error();
        assert!(error.detail.contains("EKS CreateFargateProfile: InvalidParameterException"), "{error:?}");
    }
    fresh.configure(&selectors(5, 5));
    fresh.apply();
    assert_eq!(profile.cluster.fargate_profiles(), ["batch", "other"]);
}

#[test]
fn missing_permissions_of_the_checks_are_one_warning_and_no_failure() {
    let profile = Profile::new(Cli::OnPath);
    let denied = json!({
        "kind": "error", "operation": "ListFargateProfiles", "code": "AccessDeniedException", "status": 403,
        "message": "not authorized to perform: eks:ListFargateProfiles",
    });
    profile.cluster.fault(denied);
    let twin = profile.resource(SELECTOR).replace("\"batch\"", "\"twin\"");
    profile.workspace.write("main.tf", &format!("{}{twin}", profile.resource(SELECTOR)));
    let plan = profile.workspace.plan();
    let mut warnings = plan.warnings();
    // Terraform warns of the provider under test by itself.
    warnings.retain(|warning| !warning.address.is_empty());
    assert_eq!(warnings.len(), 1, "{}", plan.run);
    assert!(warnings[0].detail.contains("Grant eks:ListFargateProfiles"), "{warnings:?}");
    profile.workspace.apply_plan().success();
}

#[test]
fn selector_that_no_pod_fits_is_warned_of() {
    let profile = Profile::new(Cli::OnPath);
    profile.configure(&SELECTOR.replace("batch", "Batch_"));
    let plan = profile.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Create)]);
    let warnings = plan.warnings();
    assert!(warnings.iter().any(|warning| warning.detail.contains("namespace \"Batch_\"")), "{warnings:?}");
}

#[test]
fn replacement_on_request_is_no_second_profile() {
    let profile = Profile::new(Cli::OnPath);
    profile.configure(SELECTOR);
    profile.apply();
    profile.workspace.apply_with(&[&format!("-replace={ADDRESS}")]).success();
    profile.workspace.plan().assert_no_changes();
    assert_eq!(profile.cluster.count("eks:CreateFargateProfile"), 2);
}
