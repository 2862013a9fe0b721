//! Reads launch templates from EC2.

use aws_sdk_ec2::types::{
    LaunchTemplateBlockDeviceMapping as Mapping, LaunchTemplateInstanceMetadataEndpointState as MetadataState,
    LaunchTemplateInstanceNetworkInterfaceSpecification as Interface, ResponseLaunchTemplateData as Data,
};

use super::network::EC2;
use super::{Found, during, text};
use crate::aws::errors::sorted;
use preflight::facts::{BlockDevice, Template, TemplateInterface, TemplateName, TemplateVersion};

/// Returns a version of a launch template, or `None` if EC2 rejects the ID or name as malformed.
pub(super) async fn template(ec2: &aws_sdk_ec2::Client, of: &TemplateVersion) -> Found<Template> {
    let call = ec2.describe_launch_template_versions().versions(&of.version);
    let call = match &of.template {
        TemplateName::Id(id) => call.launch_template_id(id),
        TemplateName::Name(name) => call.launch_template_name(name),
    };
    let answer = match call.send().await.map_err(sorted(EC2, "DescribeLaunchTemplateVersions")) {
        Err(error) if error.code.as_deref().is_some_and(|code| code.starts_with("InvalidLaunchTemplate")) => {
            return Ok(None);
        }
        answer => answer.map_err(during("ec2:DescribeLaunchTemplateVersions"))?,
    };
    let Some(version) = answer.launch_template_versions().first() else { return Ok(None) };
    let named = Template {
        id: text(version.launch_template_id()),
        name: text(version.launch_template_name()),
        version: version.version_number().unwrap_or_default(),
        ..Template::default()
    };
    Ok(Some(version.launch_template_data().map_or(named.clone(), |data| contents(named, data))))
}

fn contents(named: Template, data: &Data) -> Template {
    let owned = |value: Option<&str>| value.map(str::to_owned);
    let profile = data.iam_instance_profile();
    let metadata = data.metadata_options();
    let placement = data.placement();
    let reservation = data.capacity_reservation_specification().and_then(|wanted| wanted.capacity_reservation_target());
    let market = data.instance_market_options().and_then(|market| market.market_type());
    Template {
        image_id: owned(data.image_id()),
        instance_type: owned(data.instance_type().map(|name| name.as_str())),
        has_requirements: data.instance_requirements().is_some(),
        instance_profile: owned(profile.and_then(|profile| profile.arn().or(profile.name()))),
        shutdown_behavior: owned(data.instance_initiated_shutdown_behavior().map(|behavior| behavior.as_str())),
        hibernation: data.hibernation_options().and_then(|options| options.configured()).unwrap_or_default(),
        market_type: owned(market.map(|market| market.as_str())),
        capacity_reservation_id: owned(reservation.and_then(|target| target.capacity_reservation_id())),
        key_name: owned(data.key_name()),
        security_groups: data.security_group_ids().iter().chain(data.security_groups()).cloned().collect(),
        interfaces: data.network_interfaces().iter().map(interface).collect(),
        volumes: data.block_device_mappings().iter().map(volume).collect(),
        user_data: owned(data.user_data()),
        metadata_disabled: metadata.and_then(|options| options.http_endpoint()) == Some(&MetadataState::Disabled),
        metadata_hop_limit: metadata.and_then(|options| options.http_put_response_hop_limit()),
        placement_group: owned(placement.and_then(|placement| placement.group_name().or(placement.group_id()))),
        ..named
    }
}

fn interface(interface: &Interface) -> TemplateInterface {
    TemplateInterface {
        device_index: interface.device_index().unwrap_or_default(),
        subnet_id: interface.subnet_id().map(str::to_owned),
        security_groups: interface.groups().to_vec(),
        public_ip: interface.associate_public_ip_address(),
        efa: interface.interface_type().is_some_and(|kind| kind.starts_with("efa")),
    }
}

fn volume(mapping: &Mapping) -> BlockDevice {
    let ebs = mapping.ebs();
    BlockDevice {
        device: text(mapping.device_name()),
        size: ebs.and_then(|ebs| ebs.volume_size()).map(i64::from),
        encrypted: ebs.and_then(|ebs| ebs.encrypted()),
        kms_key: ebs.and_then(|ebs| ebs.kms_key_id()).map(str::to_owned),
    }
}
