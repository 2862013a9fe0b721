//! What AWS says of a node class while it is planned.

use serde_json::json;

use super::{ADDRESS, Class};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::run::Diagnostic;
use crate::support::sandbox::Cluster;

/// What was found, by the names of the checks.
fn found(diagnostics: Vec<Diagnostic>) -> Vec<(String, Diagnostic)> {
    let named = diagnostics.into_iter().map(|each| {
        let (_, after) = each.detail.split_once("Preflight check: ").unwrap_or_else(|| panic!("{each:?}"));
        (after.split('.').next().unwrap_or_default().to_owned(), each)
    });
    let mut named: Vec<_> = named.collect();
    named.sort_by(|one, other| one.0.cmp(&other.0));
    named
}

fn names(found: &[(String, Diagnostic)]) -> Vec<&str> {
    found.iter().map(|(name, _)| name.as_str()).collect()
}

impl Class {
    /// A cluster that knows nodes by access entries alone, of which the role has one of this type.
    fn with_entry(kind: &str) -> Self {
        let config = json!({"cluster_config": {"accessConfig": {"authenticationMode": "API"}}});
        let class = Self::of(Cluster::seeded(config), Cli::OnPath);
        class.cluster.custom_resources(json!({"install": ["karpenter-v1.14.1", "auto-mode"]}));
        class.cluster.karpenter(json!({}));
        let entries = format!("/clusters/{}/access-entries", class.cluster.name);
        let role = class.cluster.made("node_role_arn");
        class.cluster.eks("POST", &entries, &json!({"principalArn": role, "type": kind}));
        class
    }

    fn mode(&self, mode: &str) {
        let text = format!("provider \"ekscompute\" {{\n  preflight {{\n    mode = \"{mode}\"\n  }}\n}}\n");
        self.workspace.write("provider.tf", &text);
    }
}

#[test]
fn gpu_class_findings_are_told_at_their_arguments() {
    let class = Class::with_entry("EC2_LINUX");
    class.configure("");
    assert_eq!(names(&found(class.workspace.plan().run.own_warnings())), [""; 0]);

    let wrong = format!(
        r#"
resource "ekscompute_gpu_node_class" "gpu" {{
  cluster_name                  = "{}"
  name                          = "gpu"
  controller                    = "karpenter"
  role                          = "nobody"
  ami_selector_term {{ alias = "al2023@v20990101" }}
  subnet_selector_term {{ tags = {{ "karpenter.sh/discovery" = "nothing" }} }}
  security_group_selector_term {{ id = "sg-0123456789abcdef0" }}
  security_group_selector_term {{ name = "nothing" }}
}}
"#,
        class.cluster.name
    );
    class.workspace.write("main.tf", &wrong);
    class.mode("strict");
    let run = class.workspace.try_plan(&[]);
    let error = run.only_error();
    assert_eq!(error.summary, "AMIs of the alias do not exist");
    assert!(error.code.contains("alias = ") && error.detail.contains("al2023@v20990101"), "{error:?}");
    let all = found(run.own_diagnostics());
    assert_eq!(names(&all), ["class_ami_alias", "class_role_exists", "class_security_groups", "class_subnets"]);
    let arguments: Vec<_> = all.iter().map(|(_, each)| each.code.trim()).collect();
    for (argument, code) in
        ["ami_selector_term", "role", "security_group_selector_term", "subnet_selector_term"].iter().zip(arguments)
    {
        assert!(code.starts_with(argument), "{argument}: {all:?}");
    }

    class.mode("warn");
    assert_eq!(found(class.workspace.plan().run.own_warnings()).len(), 4);
    class.mode("off");
    assert_eq!(found(class.workspace.plan().run.own_warnings()).len(), 0);
    class.workspace.remove("provider.tf");
    let skip = |skip: &str| {
        class.workspace.write("main.tf", &wrong.replacen("\n}", &format!("\n  skip_preflight = {skip}\n}}"), 1))
    };
    skip("[\"class_ami_alias\", \"class_subnets\"]");
    assert_eq!(
        names(&found(class.workspace.plan().run.own_warnings())),
        ["class_role_exists", "class_security_groups"]
    );
    skip("[\"all\"]");
    assert_eq!(found(class.workspace.plan().run.own_warnings()).len(), 0);
    skip("[\"class_subnet\"]");
    assert!(class.workspace.validate().only_error().detail.contains("Did you mean \"class_subnets\"?"));

    // An update is checked for what it changes, and skipping is no change of the object.
    class.configure("");
    class.apply();
    let (asked, generation) =
        (class.cluster.count("ssm:GetParameters"), class.live()["metadata"]["generation"].clone());
    class.configure("skip_preflight = [\"class_subnets\"]");
    class.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
    class.apply();
    assert_eq!(class.live()["metadata"]["generation"], generation);
    class.configure("tags = { team = \"ml\" }");
    class.apply();
    assert_eq!(class.cluster.count("ssm:GetParameters"), asked);
    class.configure("ami_selector_term { alias = \"bottlerocket@v1.0.0\" }");
    let warnings = class.workspace.plan().warnings();
    assert!(warnings.iter().any(|each| each.detail.contains("Preflight check: class_ami_alias.")), "{warnings:?}");
    let generation = class.live()["metadata"]["generation"].clone();
    let error = class.workspace.apply().only_error();
    assert!(error.detail.contains("bottlerocket@v1.0.0"), "{error:?}");
    assert_eq!(class.live()["metadata"]["generation"], generation);
}

#[test]
fn gpu_class_role_without_node_access_is_rejected() {
    let class = Class::with_entry("STANDARD");
    class.configure("");
    assert_eq!(names(&found(class.workspace.plan().run.own_warnings())), ["class_role_access"]);
    let error = class.workspace.apply().only_error();
    assert_eq!(error.summary, "Access entry has the wrong type");
    assert!(error.code.starts_with("role "), "{error:?}");
    assert!(class.workspace.addresses().is_empty());

    // EKS Auto Mode, which this cluster has not, with a role that the apply makes known.
    let auto_mode = class
        .arguments()
        .replace("\"karpenter\"", "\"auto_mode\"")
        .replace(&format!("role = \"{}\"", class.role()), "role = terraform_data.role.output");
    let text = format!(
        "resource \"terraform_data\" \"role\" {{ input = \"{}\" }}\nresource \"ekscompute_gpu_node_class\" \"gpu\" \
         {{\n{auto_mode}wait_for_ready = false\n}}\n",
        class.role()
    );
    class.workspace.write("main.tf", &text);
    assert_eq!(names(&found(class.workspace.plan().run.own_warnings())), ["class_auto_mode"]);
    let run = class.workspace.apply();
    assert!(run.only_error().detail.contains("nodes require an entry of type EC2."), "{run}");
    assert_eq!(class.workspace.addresses(), ["terraform_data.role"]);
}
