//! For every check a state of the sandbox in which it finds something, and the nearest one in which it does not.

mod cluster;
mod compute;
pub(super) mod roles;
mod subnets;
mod templates;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::node_group::{draining, insights};
use crate::support::preflight::Examination;
use crate::support::sandbox::{Cluster, tag};

/// A state in words, and what the checks find in it.
type State = (&'static str, fn() -> Examination);

/// A check and two states.
struct Row {
    check: &'static str,
    /// Severity and attribute of what it finds.
    says: &'static str,
    /// Words of its text.
    words: &'static str,
    fires: State,
    rests: State,
}

fn table() -> impl Iterator<Item = &'static Row> {
    [roles::ROWS, cluster::ROWS, subnets::ROWS, compute::ROWS, templates::ROWS].into_iter().flatten()
}

/// Tells every state in which the check does not do what the table says.
#[track_caller]
fn assert_rows(rows: &[Row]) {
    let mut wrong = Vec::new();
    for Row { check, says, words, fires, rests } in rows {
        let (found, expected) = (fires.1(), format!("{check} {says}"));
        let mut texts = found.findings.iter().zip(&found.texts);
        if !texts.any(|(finding, text)| *finding == expected && text.contains(words)) {
            wrong.push(format!("{expected} with {words:?} is not found where there is {}: {found:#?}", fires.0));
        }
        let found = rests.1();
        let looked = !found.skipped.iter().any(|skipped| skipped.starts_with(&format!("{check}:")));
        if found.found(check) || !looked {
            wrong.push(format!("{check} should find nothing where there is {}: {found:#?}", rests.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_row() {
    let in_table = table().map(|row| row.check).chain(draining::CHECKS).chain(insights::CHECKS);
    let in_table: BTreeSet<_> = in_table.collect();
    let checks: BTreeSet<_> = preflight::CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(in_table, checks);
}

#[test]
fn roles_fire_and_rest() {
    assert_rows(roles::ROWS);
}

#[test]
fn clusters_fire_and_rest() {
    assert_rows(cluster::ROWS);
}

#[test]
fn subnets_fire_and_rest() {
    assert_rows(subnets::ROWS);
}

#[test]
fn instance_types_and_ami_types_fire_and_rest() {
    assert_rows(compute::ROWS);
}

#[test]
fn launch_templates_fire_and_rest() {
    assert_rows(templates::ROWS);
}

/// What is found of a node group of the seeded world after a change of it or of the world.
fn nodes(change: impl FnOnce(&Cluster, &mut Value)) -> Examination {
    nodes_of(json!({}), change)
}

/// The same in a world with more members of the seed.
fn nodes_of(seed: Value, change: impl FnOnce(&Cluster, &mut Value)) -> Examination {
    let cluster = Cluster::seeded(seed);
    let mut nodes = cluster.nodes();
    change(&cluster, &mut nodes);
    cluster.examine(nodes)
}

/// What is found of a Fargate profile of the seeded world after a change of it or of the world.
fn pods(change: impl FnOnce(&Cluster, &mut Value)) -> Examination {
    let cluster = Cluster::new();
    let mut pods = cluster.pods();
    change(&cluster, &mut pods);
    cluster.examine(pods)
}

/// A text as a form has it.
pub(super) fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The name of a role in its ARN.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The first of the seeded subnets of that kind.
fn first(cluster: &Cluster, kind: &str) -> String {
    cluster.made[kind][0].as_str().expect("a subnet").to_owned()
}

/// A new subnet of the VPC with the routes of the private ones.
fn subnet(cluster: &Cluster, cidr: &str, zone: &str) -> String {
    let vpc = cluster.made("vpc_id");
    let answer =
        cluster.ec2("CreateSubnet", &format!("VpcId={vpc}&CidrBlock={}&AvailabilityZone={zone}", encoded(cidr)));
    let id = tag(&answer, "subnetId");
    let table = cluster.made("private_route_table_id");
    cluster.ec2("AssociateRouteTable", &format!("RouteTableId={table}&SubnetId={id}"));
    id
}

/// The block of a new launch template with this content.
fn template(cluster: &Cluster, data: &[(&str, &str)]) -> Value {
    let data = data.iter().map(|(name, value)| format!("&LaunchTemplateData.{name}={}", encoded(value)));
    let form = format!("LaunchTemplateName={}{}", cluster.name, data.collect::<String>());
    let id = tag(&cluster.ec2("CreateLaunchTemplate", &form), "launchTemplateId");
    json!([{"id": id, "version": "1"}])
}
