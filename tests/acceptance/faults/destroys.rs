//! What refreshes and destroys do when a read fails, or what is read proves nothing.

use rstest::rstest;
use serde_json::json;

use super::{ADDRESS, Form, Victim};
use crate::support::cli::Cli;

fn deny(victim: &Victim, operation: &str) {
    victim.cluster.fault(json!({
        "kind": "error", "operation": operation, "code": "AccessDenied", "status": 403, "message": "not on purpose",
    }));
}

#[rstest]
#[case::terraform(Cli::OnPath)]
#[case::tofu(Cli::Tofu112)]
fn destroy_needs_no_helper_of_the_read(#[case] cli: Cli) {
    let victim = Victim::new(cli);
    let latest = victim.workspace.read("main.tf").replace("version = 1", "version = \"$Latest\"");
    victim.workspace.write("main.tf", &latest);
    victim.converge();
    for operation in ["DescribeTags", "DescribeLaunchTemplateVersions"] {
        deny(&victim, operation);
    }
    let plan = victim.workspace.plan();
    plan.assert_no_changes();
    let warnings = plan.warnings();
    for action in ["autoscaling:DescribeTags", "ec2:DescribeLaunchTemplateVersions"] {
        let told = warnings.iter().filter(|one| one.detail.contains(&format!("\"Action\": \"{action}\""))).count();
        assert_eq!(told, 1, "{action}: {warnings:?}");
    }
    victim.cluster.remove_faults();
    victim.cluster.ec2("DeleteLaunchTemplate", &format!("LaunchTemplateId={}", victim.template));
    let warnings = victim.workspace.plan().warnings();
    assert!(warnings.iter().any(|one| one.detail.contains("was deleted")), "{warnings:?}");
    deny(&victim, "DescribeTags");
    victim.destroy();
}

#[rstest]
#[case(200)]
#[case(403)]
#[case(404)]
fn page_of_a_proxy_proves_nothing(#[case] status: u16) {
    let victim = Victim::new(Cli::OnPath);
    victim.converge();
    victim.cluster.fault(json!({"kind": "page", "service": "eks", "operation": "DescribeNodegroup", "status": status}));
    for run in [victim.workspace.try_plan(&[]), victim.workspace.apply(), victim.workspace.destroy()] {
        let error = run.only_error();
        assert!(error.detail.contains("proxy") && error.detail.contains("Squid says no"), "{error:?}");
        assert!(!error.detail.contains("lack this permission"), "{error:?}");
        victim.assert_not_forgotten(&run);
    }
    victim.cluster.remove_faults();
    victim.configure(Form::One);
    victim.workspace.plan().assert_no_changes();
    assert_eq!(victim.workspace.addresses(), [ADDRESS]);
    victim.destroy();
    assert_eq!(victim.cluster.count("eks:CreateNodegroup"), 1);
}
