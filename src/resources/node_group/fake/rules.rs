//! The EKS rules that the operations depend on: names are unique, tokens are remembered, a node group has one update at
//! a time, and numbers are consistent.

use clients::errors::{ApiError, ErrorKind};

use super::super::client::{
    ConfigUpdate, CreateNodeGroup, NodeGroup, NodeGroupStatus, Repair, Scaling, Template, Update, UpdateSettings,
    UpdateStatus, VersionUpdate, WarmPool,
};
use super::{End, FakeTemplate, Group, Known, Running, World};

/// Values that EKS selects if they are unset.
pub(in super::super) const USUAL_AMI_TYPE: &str = "AL2023_x86_64_STANDARD";

pub(super) fn error(kind: ErrorKind, operation: &'static str, code: &str, message: impl Into<String>) -> ApiError {
    let code = (!code.is_empty()).then(|| code.to_owned());
    ApiError { service: "EKS", code, ..ApiError::own(kind, operation, message) }
}

pub(super) fn not_found(operation: &'static str, what: &str, name: &str) -> ApiError {
    error(ErrorKind::NotFound, operation, "ResourceNotFoundException", format!("No {what} found for name: {name}."))
}

fn invalid(operation: &'static str, message: impl Into<String>) -> ApiError {
    error(ErrorKind::Invalid, operation, "InvalidParameterException", message)
}

fn in_use(operation: &'static str, message: impl Into<String>) -> ApiError {
    error(ErrorKind::InUse, operation, "ResourceInUseException", message)
}

impl World {
    pub(super) fn cluster_version(&self, operation: &'static str, cluster: &str) -> Result<String, ApiError> {
        self.clusters.get(cluster).cloned().ok_or_else(|| not_found(operation, "cluster", cluster))
    }

    pub(super) fn group(&mut self, operation: &'static str, cluster: &str, name: &str) -> Result<&mut Group, ApiError> {
        let group = self.groups.get_mut(&(cluster.to_owned(), name.to_owned()));
        group.ok_or_else(|| not_found(operation, "node group", name))
    }

    pub(super) fn by_arn(&mut self, operation: &'static str, arn: &str) -> Result<&mut Group, ApiError> {
        let group = self.groups.values_mut().find(|group| group.live.arn == arn);
        group.ok_or_else(|| error(ErrorKind::NotFound, operation, "NotFoundException", arn))
    }

    /// Returns the template, and the number that the version resolves to.
    pub(super) fn template(
        &self,
        operation: &'static str,
        id: Option<&str>,
        name: Option<&str>,
        version: &str,
    ) -> Result<(FakeTemplate, String), ApiError> {
        let wanted = |template: &&FakeTemplate| id == Some(&*template.id) || name == Some(&*template.name);
        let template = self.templates.iter().find(wanted).cloned();
        let template = template.ok_or_else(|| invalid(operation, "The launch template does not exist"))?;
        let number = if version.starts_with('$') { template.newest.to_string() } else { version.to_owned() };
        Ok((template, number))
    }

    pub(super) fn create(&mut self, request: &CreateNodeGroup) -> Result<NodeGroup, ApiError> {
        let operation = "CreateNodegroup";
        let cluster = self.cluster_version(operation, &request.cluster_name)?;
        let key = (request.cluster_name.clone(), request.node_group_name.clone());
        if let Some(group) = self.groups.get(&key) {
            if group.request.as_ref() == Some(request) {
                return Ok(group.live.clone());
            }
            let message = format!("NodeGroup already exists with name {} and cluster name {}", key.1, key.0);
            return Err(error(ErrorKind::AlreadyExists, operation, "ResourceInUseException", message));
        }
        let live = self.filled(operation, &cluster, request)?;
        let end = if self.failing_creations.is_empty() {
            End::Created
        } else {
            End::CreateFailed(self.failing_creations.remove(0))
        };
        let running = Some(Running { steps: self.steps, end });
        let group = Group { live: live.clone(), request: Some(request.clone()), running, updates: vec![], stale: None };
        self.groups.insert(key, group);
        Ok(live)
    }

    /// Returns the new node group with all values that EKS sets.
    fn filled(
        &mut self,
        operation: &'static str,
        cluster: &str,
        request: &CreateNodeGroup,
    ) -> Result<NodeGroup, ApiError> {
        check_scaling(operation, request.scaling)?;
        let template = match &request.launch_template {
            None => None,
            Some(_) if request.disk_size.is_some() || request.remote_access.is_some() => {
                return Err(invalid(
                    operation,
                    "Disk size and remote access must be specified within the launch template",
                ));
            }
            Some(Template { id, name, version }) => {
                let version = version.as_deref().unwrap_or("$Default");
                let (found, number) = self.template(operation, id.as_deref(), name.as_deref(), version)?;
                Some(Template { id: Some(found.id), name: Some(found.name), version: Some(number) })
            }
        };
        let settings = merged_settings(&usual_settings(), request.update_config.as_ref());
        check_settings(operation, &settings, request.scaling)?;
        let ami_type = request.ami_type.clone().unwrap_or_else(|| USUAL_AMI_TYPE.to_owned());
        let version = request.version.clone().unwrap_or_else(|| cluster.to_owned());
        let newest = self.releases.get(&(ami_type.clone(), version.clone())).cloned();
        let release_version = request.release_version.clone().or(newest);
        self.made += 1;
        let (cluster_name, name) = (request.cluster_name.clone(), request.node_group_name.clone());
        let now = jiff::Timestamp::now().to_string();
        let own_types = template.is_none() && request.instance_types.is_empty();
        Ok(NodeGroup {
            arn: format!("arn:aws:eks:eu-west-1:123456789012:nodegroup/{cluster_name}/{name}/{}", self.made),
            status: NodeGroupStatus::Creating,
            version: Some(version),
            release_version,
            created_at: Some(now.clone()),
            modified_at: Some(now),
            capacity_type: request.capacity_type.clone().or_else(|| Some("ON_DEMAND".to_owned())),
            scaling: Some(request.scaling),
            instance_types: if own_types { vec!["t3.medium".to_owned()] } else { request.instance_types.clone() },
            subnets: request.subnets.clone(),
            remote_access: request.remote_access.clone(),
            ami_type: Some(ami_type),
            node_role: request.node_role.clone(),
            labels: request.labels.clone(),
            taints: request.taints.clone(),
            auto_scaling_groups: vec![format!("eks-{name}-{}", self.made)],
            remote_access_security_group: None,
            disk_size: if template.is_some() { None } else { request.disk_size.or(Some(20)) },
            health: vec![],
            update_config: Some(settings),
            repair: Some(merged_repair(&Repair { enabled: Some(false), ..Repair::default() }, request.repair.as_ref())),
            launch_template: template,
            warm_pool: request.warm_pool.as_ref().map(|pool| merged_pool(&usual_pool(), pool)),
            tags: request.tags.clone(),
            cluster_name,
            node_group_name: name,
        })
    }

    pub(super) fn update_config(&mut self, request: &ConfigUpdate) -> Result<String, ApiError> {
        let operation = "UpdateNodegroupConfig";
        let token = &request.client_request_token;
        let group = self.group(operation, &request.cluster_name, &request.node_group_name)?;
        if let Some(id) = group.repeated(token) {
            return Ok(id);
        }
        group.admit(operation)?;
        let unchanged = ConfigUpdate {
            client_request_token: token.clone(),
            ..names(&request.cluster_name, &request.node_group_name)
        };
        if *request == unchanged {
            return Err(invalid(operation, "At least one configuration to update must be specified"));
        }
        let mut after = group.live.clone();
        if let Some(Scaling { min, max, desired }) = request.scaling {
            let now = after.scaling.unwrap_or_default();
            let scaling = Scaling { min: min.or(now.min), max: max.or(now.max), desired: desired.or(now.desired) };
            check_scaling(operation, scaling)?;
            after.scaling = Some(scaling);
        }
        if request.remove_labels.iter().any(|key| !after.labels.contains_key(key))
            || request.remove_taints.iter().any(|taint| !after.taints.contains(taint))
        {
            return Err(invalid(operation, "A label or taint to remove does not exist"));
        }
        after.labels.retain(|key, _| !request.remove_labels.contains(key));
        after.labels.extend(request.add_labels.clone());
        after.taints.retain(|taint| {
            let replaced = request.add_taints.iter().any(|new| (&new.key, &new.effect) == (&taint.key, &taint.effect));
            !replaced && !request.remove_taints.contains(taint)
        });
        after.taints.extend(request.add_taints.clone());
        let settings =
            merged_settings(&after.update_config.unwrap_or_else(usual_settings), request.update_config.as_ref());
        check_settings(operation, &settings, after.scaling.unwrap_or_default())?;
        after.update_config = Some(settings);
        after.repair = Some(merged_repair(&after.repair.unwrap_or_default(), request.repair.as_ref()));
        after.warm_pool = match &request.warm_pool {
            None => after.warm_pool,
            Some(pool) if pool.enabled == Some(false) => None,
            Some(pool) => Some(merged_pool(&after.warm_pool.unwrap_or_else(usual_pool), pool)),
        };
        Ok(self.begin("ConfigUpdate", token, after))
    }

    pub(super) fn update_version(&mut self, request: &VersionUpdate) -> Result<String, ApiError> {
        let operation = "UpdateNodegroupVersion";
        let token = &request.client_request_token;
        let cluster = self.cluster_version(operation, &request.cluster_name)?;
        let group = self.group(operation, &request.cluster_name, &request.node_group_name)?;
        if let Some(id) = group.repeated(token) {
            return Ok(id);
        }
        group.admit(operation)?;
        let mut after = group.live.clone();
        if let Some(Template { id, name, version }) = &request.launch_template {
            let version = version.as_deref().unwrap_or("$Default");
            let (found, number) = self.template(operation, id.as_deref(), name.as_deref(), version)?;
            match &mut after.launch_template {
                Some(template) if template.id.as_ref() == Some(&found.id) => template.version = Some(number),
                _ => return Err(invalid(operation, "Only the version of the launch template can be changed")),
            }
        }
        if request.version.is_some() || request.release_version.is_some() {
            let current = after.version.clone().unwrap_or_default();
            let version = request.version.clone().unwrap_or_else(|| current.clone());
            if minor(&version) > minor(&cluster) || minor(&version) + 1 < minor(&current) {
                let message = format!("Nodegroup version {version} does not fit {current} and the cluster's {cluster}");
                return Err(invalid(operation, message));
            }
            let newest = self.releases.get(&(after.ami_type.clone().unwrap_or_default(), version.clone())).cloned();
            (after.version, after.release_version) = (Some(version), request.release_version.clone().or(newest));
        }
        Ok(self.begin("VersionUpdate", token, after))
    }

    /// Starts an update that ends with this node group.
    fn begin(&mut self, kind: &str, token: &str, after: NodeGroup) -> String {
        self.made += 1;
        let id = format!("update-{}", self.made);
        let end = if self.failing_updates.is_empty() {
            End::Updated(Box::new(after.clone()))
        } else {
            End::UpdateFailed(self.failing_updates.remove(0))
        };
        let steps = self.steps;
        let key = (after.cluster_name, after.node_group_name);
        let group = self.groups.get_mut(&key).expect("the node group was found before");
        group.live.status = NodeGroupStatus::Updating;
        group.running = Some(Running { steps, end });
        let update = Update { id: id.clone(), status: UpdateStatus::InProgress, kind: kind.to_owned(), errors: vec![] };
        group.updates.push(Known { update, token: token.to_owned() });
        id
    }

    pub(super) fn delete(&mut self, cluster: &str, name: &str) -> Result<(), ApiError> {
        let operation = "DeleteNodegroup";
        let (steps, stale) = (self.steps, self.stale_after_deletion);
        let failing = (!self.failing_deletions.is_empty()).then(|| self.failing_deletions.remove(0));
        let group = self.group(operation, cluster, name)?;
        match group.live.status {
            NodeGroupStatus::Deleting => return Ok(()),
            NodeGroupStatus::Creating | NodeGroupStatus::Updating => {
                return Err(in_use(operation, format!("NodeGroup {name} is not in active state")));
            }
            _ => {
                group.stale = Some((group.live.clone(), stale));
                group.live.status = NodeGroupStatus::Deleting;
            }
        }
        group.running = Some(Running { steps, end: failing.map_or(End::Deleted, End::DeleteFailed) });
        Ok(())
    }

    /// Returns the previous values of a group that are still visible.
    pub(super) fn stale(&mut self, cluster: &str, name: &str) -> Option<NodeGroup> {
        let group = self.groups.get_mut(&(cluster.to_owned(), name.to_owned()))?;
        let (before, times) = group.stale.as_mut().filter(|(_, times)| *times > 0)?;
        *times -= 1;
        Some(before.clone())
    }

    /// Advances an operation in progress by one step.
    pub(super) fn step(&mut self, cluster: &str, name: &str) {
        let key = (cluster.to_owned(), name.to_owned());
        let Some(group) = self.groups.get_mut(&key) else { return };
        let Some(running) = &mut group.running else { return };
        if running.steps > 0 {
            running.steps -= 1;
            return;
        }
        let Some(running) = group.running.take() else { return };
        let status = match running.end {
            End::Created => NodeGroupStatus::Active,
            End::CreateFailed(issues) => {
                group.live.health = issues;
                NodeGroupStatus::CreateFailed
            }
            End::Deleted => {
                self.groups.remove(&key);
                return;
            }
            End::DeleteFailed(issues) => {
                group.live.health = issues;
                NodeGroupStatus::DeleteFailed
            }
            End::Updated(after) => {
                group.finish_update(UpdateStatus::Successful, vec![]);
                group.live = NodeGroup { tags: std::mem::take(&mut group.live.tags), ..*after };
                NodeGroupStatus::Active
            }
            End::UpdateFailed(errors) => {
                group.finish_update(UpdateStatus::Failed, errors);
                NodeGroupStatus::Active
            }
        };
        group.live.status = status;
    }
}

impl Group {
    /// Returns the update that an earlier request with this token started.
    fn repeated(&self, token: &str) -> Option<String> {
        self.updates.iter().find(|known| known.token == token).map(|known| known.update.id.clone())
    }

    fn admit(&self, operation: &'static str) -> Result<(), ApiError> {
        match (&self.live.status, self.updates.last()) {
            (NodeGroupStatus::Active | NodeGroupStatus::Degraded, _) => Ok(()),
            (NodeGroupStatus::Updating, Some(known)) => {
                let (name, id) = (&self.live.node_group_name, &known.update.id);
                Err(in_use(operation, format!("Nodegroup {name} currently has update {id} in progress")))
            }
            _ => Err(in_use(operation, "Nodegroup cannot be updated as it is currently not in Active State")),
        }
    }

    fn finish_update(&mut self, status: UpdateStatus, errors: Vec<super::Issue>) {
        if let Some(known) = self.updates.last_mut() {
            known.update.status = status;
            known.update.errors = errors;
        }
    }
}

fn names(cluster: &str, name: &str) -> ConfigUpdate {
    ConfigUpdate { cluster_name: cluster.to_owned(), node_group_name: name.to_owned(), ..ConfigUpdate::default() }
}

fn minor(version: &str) -> u32 {
    version.split_once('.').and_then(|(_, minor)| minor.parse().ok()).unwrap_or_default()
}

fn check_scaling(operation: &'static str, scaling: Scaling) -> Result<(), ApiError> {
    let Scaling { min: Some(min), max: Some(max), desired: Some(desired) } = scaling else {
        return Err(invalid(operation, "All of minSize, maxSize and desiredSize are required"));
    };
    if min > desired {
        return Err(invalid(operation, format!("Minimum capacity {min} can't be greater than desired size {desired}")));
    }
    if desired > max || max < 1 {
        return Err(invalid(operation, "desiredSize is not valid"));
    }
    Ok(())
}

fn usual_settings() -> UpdateSettings {
    UpdateSettings { max_unavailable: Some(1), max_unavailable_percentage: None, strategy: Some("DEFAULT".to_owned()) }
}

/// Count and percentage replace each other.
fn merged_settings(now: &UpdateSettings, wanted: Option<&UpdateSettings>) -> UpdateSettings {
    let Some(wanted) = wanted else { return now.clone() };
    let given = wanted.max_unavailable.is_some() || wanted.max_unavailable_percentage.is_some();
    let limits = if given { wanted } else { now };
    UpdateSettings {
        max_unavailable: limits.max_unavailable,
        max_unavailable_percentage: limits.max_unavailable_percentage,
        strategy: wanted.strategy.clone().or_else(|| now.strategy.clone()),
    }
}

fn check_settings(operation: &'static str, settings: &UpdateSettings, scaling: Scaling) -> Result<(), ApiError> {
    if settings.max_unavailable.is_some() && settings.max_unavailable_percentage.is_some() {
        return Err(invalid(operation, "Only one of maxUnavailable and maxUnavailablePercentage can be specified"));
    }
    let most = scaling.max.unwrap_or(1);
    if settings.max_unavailable.is_some_and(|count| count < 1 || count > most) {
        return Err(invalid(operation, "max-unavailable must be within the range 1 and max size of the node group"));
    }
    Ok(())
}

fn merged_repair(now: &Repair, wanted: Option<&Repair>) -> Repair {
    let Some(wanted) = wanted else { return now.clone() };
    Repair { enabled: wanted.enabled.or(now.enabled), ..wanted.clone() }
}

fn usual_pool() -> WarmPool {
    WarmPool {
        enabled: Some(true),
        max_group_prepared_capacity: None,
        min_size: Some(0),
        pool_state: Some("STOPPED".to_owned()),
        reuse_on_scale_in: Some(false),
    }
}

fn merged_pool(now: &WarmPool, wanted: &WarmPool) -> WarmPool {
    WarmPool {
        enabled: Some(true),
        max_group_prepared_capacity: wanted.max_group_prepared_capacity.or(now.max_group_prepared_capacity),
        min_size: wanted.min_size.or(now.min_size),
        pool_state: wanted.pool_state.clone().or_else(|| now.pool_state.clone()),
        reuse_on_scale_in: wanted.reuse_on_scale_in.or(now.reuse_on_scale_in),
    }
}
