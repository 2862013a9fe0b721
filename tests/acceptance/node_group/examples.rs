//! The examples of the documentation work as they are written.

use std::path::Path;

use super::Group;
use crate::support::for_each_cli;

/// An example's text.
fn example(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

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
    let id = answer.split("<launchTemplateId>").nth(1).and_then(|rest| rest.split('<').next());
    id.unwrap_or_else(|| panic!("no launch template: {answer}")).to_owned()
}

for_each_cli! {
    fn examples_apply_and_plan_clean(cli) {
        let group = Group::new(cli);
        group.workspace.write("variables.tf", &variables(&group, &launch_template(&group)));
        for file in ["resource.tf", "resource_autoscaler.tf", "resource_launch_template.tf"] {
            group.workspace.write(file, &example(&format!("resources/ekscompute_node_group/{file}")));
        }
        group.apply();
        assert_eq!(group.cluster.node_groups().len(), 3);

        // The data sources read what is there now.
        for kind in ["node_group", "node_groups"] {
            let text = example(&format!("data-sources/ekscompute_{kind}/data-source.tf"));
            group.workspace.write(&format!("{kind}.tf"), &text);
        }
        group.apply();
        let outputs = group.workspace.run(&["output", "-json"]).success().json();
        let releases = outputs["releases"]["value"].as_object().map_or(0, |releases| releases.len());
        assert_eq!(releases, 3, "{outputs:#}");
        let named = outputs["auto_scaling_group"]["value"].as_str().unwrap_or_default().to_owned();
        assert!(named.starts_with("eks-workers-"), "{outputs:#}");

        group.workspace.destroy().success();
        assert!(group.cluster.node_groups().is_empty());
    }

    fn provider_example_is_valid(cli) {
        let group = Group::new(cli);
        // The example declares the provider itself.
        group.workspace.remove("versions.tf");
        group.workspace.write("provider.tf", &example("provider/provider.tf"));
        group.workspace.validate().success();
    }
}
