//! The examples of the documentation work as they are written.

use super::Group;
use crate::support::cli::Cli;
use crate::support::examples::example;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::tag;

/// The values of the variables that the examples use.
fn variables(group: &Group, template: &str) -> String {
    let variable = |name: &str, value: &str| format!("variable \"{name}\" {{\n  default = {value}\n}}\n");
    [
        variable("cluster_name", &format!("\"{}\"", group.cluster.name)),
        variable("node_role_arn", &format!("\"{}\"", group.cluster.made("node_role_arn"))),
        variable("subnet_ids", &group.cluster.subnets()),
        variable("launch_template_id", &format!("\"{template}\"")),
    ]
    .concat()
}

/// A launch template that decides nothing but the disk.
fn launch_template(group: &Group) -> String {
    let disk = "LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/xvda&\
                LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=30";
    let answer = group.cluster.ec2("CreateLaunchTemplate", &format!("LaunchTemplateName={}&{disk}", group.name));
    tag(&answer, "launchTemplateId")
}

/// An example that names a cluster and a group of its own, about the group of the test.
fn example_about(group: &Group, path: &str) -> String {
    example(path).replace("my-cluster:workers", &group.id()).replace("my-cluster", &group.cluster.name)
}

/// A group as `resource.tf` describes it, and a workspace that knows nothing of it.
fn made_elsewhere(cli: Cli) -> Group {
    let mut group = Group::new(cli);
    "workers".clone_into(&mut group.name);
    group.workspace.write("variables.tf", &variables(&group, ""));
    group.workspace.write("resource.tf", &example("resources/ekscompute_node_group/resource.tf"));
    group.workspace.apply().success();
    let workspace = group.cluster.workspace(cli);
    for file in ["variables.tf", "resource.tf"] {
        workspace.write(file, &group.workspace.read(file));
    }
    Group { workspace, ..group }
}

/// The import blocks of an example find the group; nothing is created or changed.
fn import_with(cli: Cli, file: &str) {
    let group = made_elsewhere(cli);
    let text = example_about(&group, &format!("resources/ekscompute_node_group/{file}"));
    group.workspace.write("import.tf", &text);
    group.assert_plan(Action::NoOp);
    group.apply();
    assert_eq!(group.cluster.count("eks:CreateNodegroup"), 1);
}

for_each_cli! {
    fn examples_apply_and_plan_clean(cli) {
        let group = Group::new(cli);
        group.workspace.write("variables.tf", &variables(&group, &launch_template(&group)));
        let kinds = ["auto_scaling_group", "autoscaler", "launch_template"].map(|kind| format!("resource_{kind}.tf"));
        for file in ["resource.tf".to_owned()].into_iter().chain(kinds) {
            group.workspace.write(&file, &example(&format!("resources/ekscompute_node_group/{file}")));
        }
        group.apply();
        assert_eq!(group.cluster.node_groups().len(), 4);

        // The data sources read what is there now.
        for kind in ["node_group", "node_groups"] {
            let text = example(&format!("data-sources/ekscompute_{kind}/data-source.tf"));
            group.workspace.write(&format!("{kind}.tf"), &text);
        }
        group.apply();
        let outputs = group.workspace.run(&["output", "-json"]).success().json();
        let releases = outputs["releases"]["value"].as_object().map_or(0, |releases| releases.len());
        assert_eq!(releases, 4, "{outputs:#}");
        let named = outputs["auto_scaling_group"]["value"].as_str().unwrap_or_default().to_owned();
        assert!(named.starts_with("eks-workers-"), "{outputs:#}");

        group.workspace.destroy().success();
        assert!(group.cluster.node_groups().is_empty());
    }

    fn import_command_works_as_written(cli) {
        let group = made_elsewhere(cli);
        let text = example_about(&group, "resources/ekscompute_node_group/import.sh");
        let [_, "import", address, id] = text.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("not an import command: {text}");
        };
        group.workspace.import(address, id).success();
        group.workspace.plan().assert_no_changes();
    }

    fn import_block_with_the_id_works_as_written(cli) {
        import_with(cli, "import-by-string-id.tf");
    }

    #[needs(Identity)]
    fn import_block_with_the_identity_works_as_written(cli) {
        import_with(cli, "import-by-identity.tf");
    }

    #[needs(Query)]
    fn query_finds_as_written(cli) {
        let group = made_elsewhere(cli);
        let text = example_about(&group, "list-resources/ekscompute_node_group/list-resource.tfquery.hcl");
        group.workspace.write("all.tfquery.hcl", &text);
        let run = group.workspace.run(&["query", "-json"]).success();
        let found = run.events("list_resource_found");
        assert_eq!(found.len(), 1, "{run}");
        assert_eq!(found[0]["list_resource_found"]["display_name"], serde_json::json!(group.id()));
    }

    fn provider_example_is_valid(cli) {
        let group = Group::new(cli);
        // The example declares the provider itself.
        group.workspace.remove("versions.tf");
        group.workspace.write("provider.tf", &example("provider/provider.tf"));
        group.workspace.validate().success();
    }
}
