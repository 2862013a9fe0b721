//! Protection of existing instances from scale-in.

use clients::errors::{ApiError, ErrorKind};
use clients::retry::Retry;
use clients::wait::Limits;

use super::super::client::NodeGroupClient;
use super::super::scaling_group::INSTANCES_AT_ONCE;
use super::changes::ProtectionChange;
use super::originals::Protection;

/// Returns the protection of a group, with the instances whose protection was set individually.
pub(super) async fn read(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    group: &str,
    new_instances: bool,
) -> Result<Protection, ApiError> {
    let doing = format!("reading the instances of Auto Scaling group {group}");
    let instances = Retry::new().run(&doing, limits, || client.protected_instances(group)).await?;
    let differs = |(_, protected): &(String, bool)| *protected != new_instances;
    let exceptions = instances.into_iter().filter(differs).map(|(id, _)| id).collect();
    Ok(Protection { new_instances, exceptions })
}

/// Sets the protection of the instances that differ. Instances that terminate meanwhile are skipped.
pub(super) async fn set(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    group: &str,
    change: &ProtectionChange,
) -> Result<(), ApiError> {
    let doing = format!("changing the scale-in protection of the instances of Auto Scaling group {group}");
    let call = || async {
        let instances = client.protected_instances(group).await?;
        let differs =
            |(id, protected): &(String, bool)| *protected != change.protected && !change.exceptions.contains(id);
        let different: Vec<_> = instances.into_iter().filter(differs).map(|(id, _)| id).collect();
        for some in different.chunks(INSTANCES_AT_ONCE) {
            client.set_instance_protection(group, some, change.protected).await?;
        }
        Ok(())
    };
    Retry::new().also(is_leaving).run(&doing, limits, call).await
}

/// Whether an instance left the group, or left service, after it was read.
fn is_leaving(error: &ApiError) -> bool {
    let message = error.message.to_lowercase();
    error.kind == ErrorKind::Invalid
        && ["not part of auto scaling group", "is not in inservice"].iter().any(|text| message.contains(text))
}
