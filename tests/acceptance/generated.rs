//! `plan -generate-config-out` for imported objects: what each program writes is accepted, and changes nothing. Before 1.14
//! Terraform writes down what the state has without asking the provider, as OpenTofu does.

use serde_json::json;

use crate::access_entry::make_role;
use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::{Action, Plan};
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// Imports objects by address and ID into the generated configuration `generated.tf`.
pub(crate) fn generate(cluster: &Cluster, cli: Cli, objects: &[(&str, String)]) -> Workspace {
    let workspace = cluster.workspace(cli);
    let import = |(to, id): &(&str, String)| format!("import {{\n  to = {to}\n  id = \"{id}\"\n}}\n");
    workspace.write("imports.tf", &objects.iter().map(import).collect::<String>());
    let changes_nothing = |plan: &Plan| {
        assert_eq!(plan.actions().len(), objects.len());
        let generated = || workspace.read("generated.tf");
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}\n{}", plan.run, generated());
    };
    changes_nothing(&workspace.plan_with(&["-generate-config-out=generated.tf"]));
    changes_nothing(&workspace.plan());
    workspace.apply().success();
    workspace.plan().assert_no_changes();
    workspace
}

/// A node group with these arguments.
fn node_group(cluster: &Cluster, name: &str, arguments: &str) -> String {
    format!(
        "resource \"ekscompute_node_group\" \"{name}\" {{\n  cluster_name = \"{}\"\n  node_role_arn = \"{}\"\n  subnet_ids = {}\n  \
         skip_preflight = [\"all\"]\n  scaling_config {{\n    max_size = 3\n    min_size = 1\n  }}\n  {arguments}\n}}\n",
        cluster.name,
        cluster.made("node_role_arn"),
        cluster.subnets()
    )
}

fn template(cluster: &Cluster, name: &str, data: &str) -> String {
    cluster.ec2(
        "CreateLaunchTemplate",
        &format!("LaunchTemplateName={name}&LaunchTemplateData.InstanceType=t3.small{data}"),
    );
    format!("launch_template {{\n    name = \"{name}\"\n    version = 1\n  }}")
}

fn make(cluster: &Cluster, configuration: &str) -> Workspace {
    let maker = cluster.workspace(Cli::OnPath);
    maker.write("main.tf", configuration);
    maker.apply().success();
    maker
}

for_each_cli! {
    fn generated_configuration_of_eks_objects_plans_empty(cli) {
        let cluster = Cluster::seeded(json!({"fargate_profiles": ["batch"]}));
        let own = template(&cluster, &format!("{}-own", cluster.name), "");
        let custom = template(&cluster, &format!("{}-custom", cluster.name), "&LaunchTemplateData.ImageId=ami-0abc0000000000001");
        let set = "labels = { team = \"a\" }\n  tags = { team = \"a\" }\n  taint {\n    key = \"gpu\"\n    effect = \"NO_SCHEDULE\"\n  }\n  \
                   node_repair_config {\n    enabled = true\n  }\n  update_config {\n    max_unavailable_percentage = 50\n  }";
        let groups = [
            ("plain", "node_group_name = \"plain\""),
            ("named", "node_group_name_prefix = \"blue-\""),
            ("set", &format!("node_group_name = \"set\"\n  {set}")),
            ("own", &format!("node_group_name = \"own\"\n  {own}")),
            ("custom", &format!("node_group_name = \"custom\"\n  ami_type = \"CUSTOM\"\n  {custom}")),
        ];
        let configuration = groups.map(|(name, arguments)| node_group(&cluster, name, arguments)).concat();
        let person = format!(
            "resource \"ekscompute_access_entry\" \"person\" {{\n  cluster_name = \"{}\"\n  principal_arn = \"{}\"\n  \
             kubernetes_groups = [\"ops\"]\n}}\n",
            cluster.name,
            make_role(&cluster, "ops")
        );
        let maker = make(&cluster, &format!("{configuration}{person}"));
        let id = |address: &str| maker.attributes(address)["id"].as_str().expect("an ID").to_owned();
        let mut objects = ["plain", "named", "set", "own", "custom"]
            .map(|name| format!("ekscompute_node_group.{name}"))
            .iter()
            .map(|address| (address.clone(), id(address)))
            .collect::<Vec<_>>();
        objects.push(("ekscompute_access_entry.person".to_owned(), id("ekscompute_access_entry.person")));
        let node = format!("{}:{}", cluster.name, cluster.made("node_role_arn"));
        objects.push(("ekscompute_access_entry.node".to_owned(), node));
        objects.push(("ekscompute_fargate_profile.batch".to_owned(), format!("{}:batch", cluster.name)));
        let objects: Vec<_> = objects.iter().map(|(address, id)| (address.as_str(), id.clone())).collect();
        generate(&cluster, cli, &objects);
    }

    fn generated_configuration_of_kubernetes_objects_plans_empty(cli) {
        let cluster = Cluster::seeded(json!({"nodegroups": 1}));
        cluster.start_kubernetes(json!({}));
        cluster.custom_resources(json!({"install": "karpenter-v1.14.1"}));
        cluster.karpenter(json!({"settings": {"conditions": [{"kind": "NodePool", "type": "NodeClassReady", "status": "True"}]}}));
        let name = &cluster.name;
        let role = cluster.made("node_role_arn").rsplit('/').next().unwrap_or_default().to_owned();
        let class = format!(
            "resource \"ekscompute_gpu_node_class\" \"this\" {{\n  cluster_name = \"{name}\"\n  name = \"gpu\"\n  controller = \
             \"karpenter\"\n  role = \"{role}\"\n  skip_preflight = [\"all\"]\n  wait_for_ready = false\n  object_labels = {{ team = \"a\" }}\n  \
             subnet_selector_term {{ tags = {{ a = \"b\" }} }}\n  security_group_selector_term {{ id = \"{}\" }}\n  \
             kubelet = {{ maxPods = 20 }}\n  metadata_options {{ http_put_response_hop_limit = 2 }}\n}}\n",
            cluster.made("cluster_security_group_id")
        );
        let pool = format!(
            "resource \"ekscompute_gpu_node_pool\" \"this\" {{\n  cluster_name = \"{name}\"\n  name = \"gpu\"\n  controller = \
             \"karpenter\"\n  node_class_name = \"gpu\"\n  skip_preflight = [\"all\"]\n  wait_for_ready = false\n  expire_after = \"720h\"\n  \
             limits = {{ cpu = \"1000\" }}\n  gpu {{\n    names = [\"l40s\"]\n  }}\n}}\n"
        );
        let auth = |kind: &str, resource: &str, arn: &str, arguments: &str| {
            format!(
                "resource \"ekscompute_aws_auth_map_{kind}\" \"{resource}\" {{\n  cluster_name = \"{name}\"\n  {kind}_arn = \
                 \"arn:aws:iam::111122223333:{arn}\"\n  {arguments}\n}}\n"
            )
        };
        let people = "username = \"ops\"\n  groups = [\"ops\"]";
        let maps = [
            auth("role", "nodes", "role/nodes", "node_type = \"ec2_linux\""),
            auth("role", "people", "role/people", people),
            auth("user", "person", "user/person", people),
            format!("resource \"ekscompute_windows_support\" \"this\" {{\n  cluster_name = \"{name}\"\n}}\n"),
        ];
        make(&cluster, &format!("{class}{pool}{}", maps.concat()));
        generate(&cluster, cli, &[
            ("ekscompute_gpu_node_class.this", format!("{name}/karpenter/gpu")),
            ("ekscompute_gpu_node_pool.this", format!("{name}/karpenter/gpu")),
            ("ekscompute_aws_auth_map_role.nodes", format!("{name}/arn:aws:iam::111122223333:role/nodes")),
            ("ekscompute_aws_auth_map_role.people", format!("{name}/arn:aws:iam::111122223333:role/people")),
            ("ekscompute_aws_auth_map_user.person", format!("{name}/arn:aws:iam::111122223333:user/person")),
            ("ekscompute_windows_support.this", name.clone()),
        ]);
    }
}
