//! The user data of a custom AMI joins the node to this cluster.

use crate::derived::{cluster, runs_code, template};
use crate::facts::{Cluster, Facts, Family, Image, Skip, Template};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::userdata::joining::{Join, joining};
use render::userdata::{Format, Userdata, read};

pub(super) const CHECK: Check = Check {
    name: "launch_template_join",
    finds: "Reports launch templates with an AMI whose user data does not join the cluster, or joins another cluster. \
            EKS does not add user data if the launch template specifies an AMI.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::LaunchTemplate],
    reads: &[Family::Template, Family::Image, Family::Cluster],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    let Some(ami) = template.image_id.as_deref() else { return Ok(()) };
    // cloud-init decompresses user data. The decompressed content is unknown here.
    let Ok(userdata) = read(template.user_data.as_deref().unwrap_or_default().as_bytes()) else { return Ok(()) };
    let joining = joining(&userdata);
    if joining.is_nothing() {
        let image = if ami.starts_with("ami-") { facts.image(ami)? } else { None };
        nothing(subject, verdicts, template, image, &userdata);
        return Ok(());
    }
    let cluster = cluster(subject, facts)?;
    // Code can decide at run time which of its commands run, or replace other parts of the user data.
    let effect = if runs_code(&userdata) { Effect::Warns } else { Effect::BlocksApply };
    for join in &joining.joins {
        elsewhere(subject, verdicts, template, (join, effect), cluster);
    }
    Ok(())
}

fn place(template: &Template) -> String {
    format!("ersion {} of {}", template.version, template.id)
}

fn nothing(
    subject: &Subject,
    verdicts: &mut CheckFindings,
    template: &Template,
    image: Option<&Image>,
    userdata: &Userdata,
) {
    let is_empty = userdata.format == Format::Empty;
    let what = if is_empty { "has no user data" } else { "its user data does not join a cluster" };
    let ami = template.image_id.as_deref().unwrap_or_default();
    let found = format!("V{} specifies AMI {ami}, but {what}.", place(template));
    let fix = "Add user data that joins the cluster, for example with the data source ekscompute_userdata, or remove \
               the AMI, so that EKS uses its own AMI and joins the nodes.";
    // An EKS AMI requires user data, and code in it can join the cluster in an unknown way. Other AMIs can contain the
    // cluster configuration.
    let (effect, why) = if runs_code(userdata) {
        (
            Effect::Warns,
            "EKS does not add user data, so nodes join only if the existing user data runs code that joins them.",
        )
    } else if image.is_some_and(is_of_eks) {
        (
            Effect::BlocksApply,
            "EKS does not add user data, and nodes with an EKS AMI join only through their user data.",
        )
    } else {
        (
            Effect::Warns,
            "EKS does not add user data, so nodes join only if the AMI already contains the cluster configuration.",
        )
    };
    let why = format!("{why} If nodes do not join, EKS reports NodeCreationFailure after about 20 minutes.");
    let finding = Finding::new("User data does not join the cluster", found, why, fix);
    verdicts.push(effect, &subject.launch_template.path, finding);
}

fn is_of_eks(image: &Image) -> bool {
    let names = ["amazon-eks-", "bottlerocket-aws-k8s-"];
    image.of_aws && (names.iter().any(|name| image.name.starts_with(name)) || image.name.contains("EKS_Optimized"))
}

fn elsewhere(
    subject: &Subject,
    verdicts: &mut CheckFindings,
    template: &Template,
    (join, effect): (&Join, Effect),
    cluster: &Cluster,
) {
    let path = &subject.launch_template.path;
    let (own, by) = (&cluster.name, join.by);
    let place = format!("In the user data of v{}", place(template));
    if let Some(other) = join.cluster.as_ref().filter(|name| *name != own) {
        let found = format!("{place}, {by} specifies cluster {other}, but the node group belongs to {own}.");
        let why = "Nodes try to join the other cluster and never join this cluster.";
        let fix = format!("Create a launch template version whose user data specifies {own}.");
        verdicts.push(effect, path, Finding::new("User data specifies another cluster", found, why, fix));
        return;
    }
    let Some(endpoint) = join.endpoint.as_deref() else { return };
    if is_of_another(endpoint, &cluster.endpoint) {
        let found =
            format!("{place}, {by} specifies the endpoint {endpoint}, but cluster {own} has {}.", cluster.endpoint);
        let why = "Nodes try to join through the API server of a different or deleted cluster. If a cluster is deleted \
                   and recreated, its endpoint changes.";
        let fix = format!("Create a launch template version whose user data specifies the endpoint of {own}.");
        verdicts.warning(path, Finding::new("User data specifies the endpoint of another cluster", found, why, fix));
    }
}

/// Returns whether it is the address of an EKS endpoint, but of another one. Any other name could resolve to the
/// cluster.
fn is_of_another(endpoint: &str, own: &str) -> bool {
    let plain = |address: &str| address.trim_end_matches('/').trim_start_matches("https://").to_lowercase();
    let (endpoint, own) = (plain(endpoint), plain(own));
    let is_of_eks = |address: &str| address.contains(".eks.amazonaws.com") || address.contains(".api.aws");
    is_of_eks(&endpoint) && is_of_eks(&own) && endpoint != own
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use rstest::rstest;

    use super::super::testing::{IMAGE, World, fires, is_silent, node_group};
    use super::*;

    const PATH: &str = "launch_template[0]";

    fn of(text: &str) -> World {
        let user_data = (!text.is_empty()).then(|| STANDARD.encode(text));
        let image_id = Some(IMAGE.to_owned());
        node_group().template(Template { user_data, image_id, ..Template::default() })
    }

    fn node_config(name: &str, endpoint: &str) -> String {
        format!(
            "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n    name: {name}\n    \
             apiServerEndpoint: {endpoint}\n"
        )
    }

    #[test]
    fn something_must_join_the_node() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().template(Template::default()));
        let empty = of("");
        fires(&CHECK, &empty, Effect::Warns, PATH, &["ami-1, but has no user data", "ekscompute_userdata"]);
        let script = of("#!/bin/bash\necho hello\n");
        fires(&CHECK, &script, Effect::Warns, PATH, &["does not join a cluster"]);
        let of_eks = |world: World| {
            world.image(IMAGE, |image| {
                image.of_aws = true;
                image.name = "amazon-eks-node-al2023-x86_64-standard-1.33-v20250904".to_owned();
            })
        };
        fires(&CHECK, &of_eks(script), Effect::Warns, PATH, &["runs code that joins them"]);
        fires(&CHECK, &of_eks(empty.clone()), Effect::BlocksApply, PATH, &["join only through their user data"]);
        // A copy may have something added.
        let copied = of_eks(empty).image(IMAGE, |image| image.of_aws = false);
        fires(&CHECK, &copied, Effect::Warns, PATH, &[]);
        is_silent(&CHECK, &of_eks(of("#!/bin/bash\n/opt/join\n")));
        let gzip = Template {
            user_data: Some(STANDARD.encode(b"\x1f\x8b\x08rest")),
            image_id: Some(IMAGE.to_owned()),
            ..Template::default()
        };
        is_silent(&CHECK, &node_group().template(gzip));
    }

    #[rstest]
    #[case::bootstrap("#!/bin/bash\n/etc/eks/bootstrap.sh NAME --use-max-pods false\n")]
    #[case::bottlerocket("[settings.kubernetes]\ncluster-name = \"NAME\"\n")]
    #[case::windows("<powershell>\n& C:\\Start-EKSBootstrap.ps1 -EKSClusterName NAME\n</powershell>\n")]
    #[case::node_config("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: NAME}}\n")]
    fn cluster_must_be_this_one(#[case] text: &str) {
        is_silent(&CHECK, &of(&text.replace("NAME", "demo")));
        let other = of(&text.replace("NAME", "other"));
        let is_code = text.starts_with("#!") || text.starts_with("<powershell>");
        let effect = if is_code { Effect::Warns } else { Effect::BlocksApply };
        fires(&CHECK, &other, effect, PATH, &["specifies cluster other, but the node group belongs to demo"]);
    }

    #[test]
    fn address_must_be_of_this_cluster() {
        let own = "https://0123456789.gr7.us-east-1.eks.amazonaws.com";
        is_silent(&CHECK, &of(&node_config("demo", own)));
        is_silent(&CHECK, &of(&node_config("demo", "https://proxy.example.com")));
        let other = of(&node_config("demo", "https://9876543210.gr7.us-east-1.eks.amazonaws.com"));
        fires(&CHECK, &other, Effect::Warns, PATH, &["9876543210", "0123456789"]);
    }
}
