//! Windows nodes are in an IPv4 cluster.

use crate::derived::{ami_type, cluster};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;

pub(super) const CHECK: Check = Check {
    name: "windows_ipv4",
    finds: "Reports a Windows AMI type in an IPv6 cluster.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::AmiType],
    reads: &[Family::Cluster],
    effects: &[Effect::BlocksPlan],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(ami_type) = ami_type(subject)?.filter(|ami_type| ami_type.system == OperatingSystem::Windows) else {
        return Ok(());
    };
    let cluster = cluster(subject, facts)?;
    if cluster.is_ipv6() {
        let found = format!(
            "{} is a Windows AMI type, but pods of cluster {} have IPv6 addresses.",
            ami_type.name, cluster.name
        );
        let why = "Windows nodes support only IPv4 pods and do not work in this cluster.";
        let fix = "Use a Linux AMI type, or a cluster with the IP family ipv4.";
        verdicts.blocks_plan(
            &subject.ami_type.path,
            Finding::new("IPv6 cluster does not support Windows nodes", found, why, fix),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;

    #[test]
    fn windows_needs_ipv4() {
        let windows = node_group().of_ami_type("WINDOWS_CORE_2022_x86_64");
        is_silent(&CHECK, &windows);
        let ipv6 = windows.cluster("demo", |cluster| cluster.ip_family = "ipv6".to_owned());
        fires(&CHECK, &ipv6, Effect::BlocksPlan, "ami_type", &["WINDOWS_CORE_2022_x86_64", "cluster demo"]);
        is_silent(&CHECK, &ipv6.of_ami_type("AL2023_x86_64_STANDARD"));
    }
}
