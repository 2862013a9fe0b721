//! Values that several checks derive from the plan and the facts.

use super::facts::{
    Cluster, Facts, InstanceType, RouteTable, Skip, Subnet, Target, Template, TemplateName, TemplateVersion, together,
};
use super::finding::Effect;
use super::subject::Subject;
use framework::path::Path;
use render::ami_types::{AmiType, CUSTOM, find};
use render::arn::Arn;
use render::userdata::{Kind, Userdata};

/// The default instance type of EKS.
pub const DEFAULT_INSTANCE_TYPE: &str = "t3.medium";

/// Returns the cluster.
///
/// # Errors
/// Returns an error if the cluster is unknown or does not exist, because the same apply can create it.
pub fn cluster<'f>(subject: &Subject, facts: &'f Facts) -> Result<&'f Cluster, Skip> {
    facts.cluster(subject.cluster.need()?.as_str())?.ok_or(Skip::Absent)
}

/// Returns the known subnets that exist.
///
/// # Errors
/// Returns an error if a subnet is not read yet or cannot be read.
pub fn subnets<'f>(subject: &Subject, facts: &'f Facts) -> Result<Vec<&'f Subnet>, Skip> {
    Ok(together(subject.known_subnets().map(|id| facts.subnet(id)))?.into_iter().flatten().collect())
}

/// Returns the route table that applies to a subnet: its own, or else the main route table of its VPC.
#[must_use]
pub fn route_table<'f>(tables: &'f [RouteTable], subnet: &Subnet) -> Option<&'f RouteTable> {
    let own = tables.iter().find(|table| table.subnets.contains(&subnet.id));
    own.or_else(|| tables.iter().find(|table| table.main))
}

/// The outbound route of a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayOut<'f> {
    /// No route.
    None,
    /// Directly to the internet: the subnet is public.
    Internet,
    /// Through another target, by ID.
    Through(&'f str),
    /// A deleted target of a route, by ID.
    Lost(&'f str),
}

/// Returns the outbound route in a route table, for IPv4 or IPv6.
#[must_use]
pub fn way_out(table: &RouteTable, ipv6: bool) -> WayOut<'_> {
    let anywhere = if ipv6 { "::/0" } else { "0.0.0.0/0" };
    let Some(route) = table.routes.iter().find(|route| route.destination == anywhere) else { return WayOut::None };
    match &route.target {
        Target::Local => WayOut::None,
        Target::InternetGateway(id)
        | Target::EgressOnlyGateway(id)
        | Target::NatGateway(id)
        | Target::Endpoint(id)
        | Target::Other(id)
            if route.blackhole =>
        {
            WayOut::Lost(id)
        }
        Target::InternetGateway(_) => WayOut::Internet,
        Target::EgressOnlyGateway(id) | Target::NatGateway(id) | Target::Endpoint(id) | Target::Other(id) => {
            WayOut::Through(id)
        }
    }
}

/// Returns the launch template, or `None` if it is not set.
///
/// # Errors
/// Returns an error if it is unknown, not read yet, unreadable, or does not exist, which a separate check reports.
pub fn template<'f>(subject: &Subject, facts: &'f Facts) -> Result<Option<&'f Template>, Skip> {
    match template_version(subject)? {
        Some(wanted) => facts.template(wanted)?.ok_or(Skip::Absent).map(Some),
        None => Ok(None),
    }
}

/// Returns the identifier and version of the launch template, or `None` if it is not set.
///
/// # Errors
/// Returns an error if it is unknown.
pub fn template_version(subject: &Subject) -> Result<Option<TemplateVersion>, Skip> {
    let Some(given) = subject.launch_template.get()? else { return Ok(None) };
    // One of the two is null in a configuration, and unknown if EKS determines it.
    let template = match (given.id.value.text(), given.name.value.text()) {
        (Some(id), _) => TemplateName::Id(id.to_owned()),
        (None, Some(name)) => TemplateName::Name(name.to_owned()),
        (None, None) => {
            given.id.get()?;
            given.name.get()?;
            return Err(Skip::Absent);
        }
    };
    let version = given.version.get()?.map_or("$Default", String::as_str).to_owned();
    Ok(Some(TemplateVersion { template, version }))
}

/// Returns the names of the instance types, and their source: the configuration, the launch template, or EKS.
///
/// # Errors
/// Returns an error if they are unknown.
pub fn instance_type_names(subject: &Subject, facts: &Facts) -> Result<(Vec<String>, Path), Skip> {
    if let Some(names) = subject.instance_types.get()?.filter(|names| !names.is_empty()) {
        return Ok((names.clone(), subject.instance_types.path.clone()));
    }
    let template = template(subject, facts)?;
    if template.is_some_and(|template| template.has_requirements) {
        return Err(Skip::Absent);
    }
    Ok(match template.and_then(|template| template.instance_type.clone()) {
        Some(name) => (vec![name], subject.launch_template.path.clone()),
        None => (vec![DEFAULT_INSTANCE_TYPE.to_owned()], subject.instance_types.path.clone()),
    })
}

/// Returns the instance types that exist, and the input that specifies them.
///
/// # Errors
/// Returns an error if they are unknown, not read yet, or unreadable.
pub fn instance_types<'f>(subject: &Subject, facts: &'f Facts) -> Result<(Vec<&'f InstanceType>, Path), Skip> {
    let (names, path) = instance_type_names(subject, facts)?;
    let types = together(names.into_iter().map(|name| facts.instance_type(name)))?;
    Ok((types.into_iter().flatten().collect(), path))
}

/// Returns the configured AMI type, or `None` if EKS selects it or the launch template specifies an AMI.
///
/// # Errors
/// Returns an error if it is unknown.
pub fn ami_type(subject: &Subject) -> Result<Option<&'static AmiType>, Skip> {
    Ok(subject.ami_type.get()?.filter(|name| name.as_str() != CUSTOM).and_then(|name| find(name)))
}

/// Returns the Kubernetes version of the nodes: the configured version, or else the cluster version.
///
/// # Errors
/// Returns an error if it is unknown, or if the cluster does not exist yet.
pub fn kubernetes_version<'a>(subject: &'a Subject, facts: &'a Facts) -> Result<&'a str, Skip> {
    match subject.version.get()? {
        Some(version) => Ok(version),
        None => Ok(&cluster(subject, facts)?.version),
    }
}

/// Returns the effect of an error that the instance types at this path cause. The contents of a launch template can
/// change in the same run, the configuration cannot.
#[must_use]
pub fn effect_of(subject: &Subject, path: &Path) -> Effect {
    if *path == subject.launch_template.path { Effect::BlocksApply } else { Effect::BlocksPlan }
}

/// Returns whether user data contains code, whose effects are unknown.
#[must_use]
pub fn runs_code(userdata: &Userdata) -> bool {
    let is_code = |kind| matches!(kind, Kind::Shell | Kind::CloudConfig | Kind::PowerShell | Kind::Batch | Kind::Other);
    userdata.contents.iter().any(|content| is_code(content.kind))
}

/// Returns the role name in a role ARN, without the path.
#[must_use]
pub fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Returns the account in an ARN.
#[must_use]
pub fn account(arn: &str) -> Option<&str> {
    Arn::parse(arn).map(|arn| arn.account).filter(|account| !account.is_empty())
}
