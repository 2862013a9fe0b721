//! Reads facts from EC2 and Systems Manager: instance types, images, and instance placement.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_ec2::primitives::DateTimeFormat;
use aws_sdk_ec2::types::{Image as DescribedImage, InstanceTypeInfo, LocationType};

use super::network::{EC2, filter};
use super::{Found, during, text};
use crate::aws::errors::sorted;
use crate::errors::ApiError;
use preflight::facts::{
    CapacityReservation, Image, InstanceType, KeyPair, PlacementGroup, RecommendedRelease, Release,
};
use render::ami_types;

/// Maximum page size of `DescribeInstanceTypes`.
pub(super) const TYPES_AT_ONCE: usize = 100;

/// Returns instance types by name. A filter skips unknown names, which a list of names would reject.
pub(super) async fn types(
    ec2: aws_sdk_ec2::Client,
    names: Vec<String>,
) -> Result<HashMap<String, InstanceType>, ApiError> {
    let call = ec2.describe_instance_types().filters(filter("instance-type", names));
    let types: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let types = types.map_err(sorted(EC2, "DescribeInstanceTypes"))?;
    Ok(types.iter().map(instance_type).map(|known| (known.name.clone(), known)).collect())
}

fn instance_type(info: &InstanceTypeInfo) -> InstanceType {
    let network = info.network_info();
    let cards = network.map(|network| network.network_cards()).unwrap_or_default();
    let default_card = network.and_then(|network| network.default_network_card_index()).unwrap_or_default();
    let card = cards.iter().find(|card| card.network_card_index() == Some(default_card));
    let of_card = card.and_then(|card| card.maximum_network_interfaces());
    let interfaces = of_card.or(network.and_then(|network| network.maximum_network_interfaces()));
    let addresses = network.and_then(|network| network.ipv4_addresses_per_interface());
    let number = |value: Option<i32>| value.and_then(|value| u16::try_from(value).ok()).unwrap_or_default();
    let efa = network.and_then(|network| network.efa_info()).and_then(|efa| efa.maximum_efa_interfaces());
    let gpus = info.gpu_info().map(|gpus| gpus.gpus()).unwrap_or_default();
    let inferentia = info.inference_accelerator_info().is_some_and(|info| !info.accelerators().is_empty());
    let strategies = info.placement_group_info().map(|placement| placement.supported_strategies()).unwrap_or_default();
    let processor = info.processor_info();
    let architectures = processor.map(|processor| processor.supported_architectures()).unwrap_or_default();
    InstanceType {
        name: text(info.instance_type().map(|name| name.as_str())),
        architectures: architectures.iter().map(|architecture| architecture.as_str().to_owned()).collect(),
        vcpus: number(info.v_cpu_info().and_then(|cpus| cpus.default_v_cpus())),
        gpu_makers: gpus.iter().filter_map(|gpu| gpu.manufacturer().map(str::to_owned)).collect(),
        neuron: inferentia || info.neuron_info().is_some_and(|info| !info.neuron_devices().is_empty()),
        network_interfaces: number(interfaces),
        ipv4_addresses_per_interface: number(addresses),
        efa: network.and_then(|network| network.efa_supported()).unwrap_or_default(),
        most_efa_interfaces: efa.unwrap_or_default(),
        usage_classes: info.supported_usage_classes().iter().map(|class| class.as_str().to_owned()).collect(),
        hypervisor: text(info.hypervisor().map(|hypervisor| hypervisor.as_str())),
        bare_metal: info.bare_metal().unwrap_or_default(),
        hibernation: info.hibernation_supported().unwrap_or_default(),
        placement_strategies: strategies.iter().map(|strategy| strategy.as_str().to_owned()).collect(),
    }
}

/// Returns the IDs of the zones that offer each instance type.
pub(super) async fn offers(
    ec2: aws_sdk_ec2::Client,
    names: Vec<String>,
) -> Result<HashMap<String, BTreeSet<String>>, ApiError> {
    let call = ec2.describe_instance_type_offerings().location_type(LocationType::AvailabilityZoneId);
    let pages = call.filters(filter("instance-type", names)).into_paginator().items().send();
    let offers: Result<Vec<_>, _> = pages.collect().await;
    let mut found: HashMap<String, BTreeSet<String>> = HashMap::new();
    for offer in offers.map_err(sorted(EC2, "DescribeInstanceTypeOfferings"))? {
        let name = text(offer.instance_type().map(|name| name.as_str()));
        found.entry(name).or_default().insert(text(offer.location()));
    }
    Ok(found)
}

/// Returns the recommended AMI release, or `None` if AWS does not publish the AMI type for the version.
pub(super) async fn recommended_release(ssm: &aws_sdk_ssm::Client, of: &Release) -> Found<RecommendedRelease> {
    let Some(ami_type) = ami_types::find(&of.ami_type) else { return Ok(None) };
    let parameter = ami_type.release_parameter(&of.version);
    let answer = ssm.get_parameter().name(&parameter.name).send().await;
    let answer = answer.map_err(sorted("Systems Manager", "GetParameter")).map_err(during("ssm:GetParameter"))?;
    let value = answer.parameter.and_then(|found| found.value).unwrap_or_default();
    Ok(parameter.release(&value).map(|version| RecommendedRelease { version }))
}

/// Returns images by ID, including deprecated images.
pub(super) async fn images(ec2: aws_sdk_ec2::Client, ids: Vec<String>) -> Result<HashMap<String, Image>, ApiError> {
    let call = ec2.describe_images().include_deprecated(true).filters(filter("image-id", ids));
    let answer = call.send().await.map_err(sorted(EC2, "DescribeImages"))?;
    Ok(answer.images().iter().map(image).map(|known| (known.id.clone(), known)).collect())
}

fn image(image: &DescribedImage) -> Image {
    let mappings = image.block_device_mappings().iter();
    let root = mappings.clone().find(|mapping| mapping.device_name() == image.root_device_name());
    Image {
        id: text(image.image_id()),
        name: text(image.name()),
        state: text(image.state().map(|state| state.as_str())),
        architecture: text(image.architecture().map(|architecture| architecture.as_str())),
        windows: image.platform().is_some_and(|platform| platform.as_str().eq_ignore_ascii_case("windows")),
        of_aws: image.image_owner_alias() == Some("amazon"),
        root_size: root.and_then(|root| root.ebs()).and_then(|ebs| ebs.volume_size()).map(i64::from),
        root_device: image.root_device_name().map(str::to_owned),
        deprecated_at: image.deprecation_time().map(str::to_owned),
    }
}

pub(super) async fn key_pair(ec2: &aws_sdk_ec2::Client, name: &str) -> Found<KeyPair> {
    let answer = ec2.describe_key_pairs().filters(filter("key-name", vec![name.to_owned()])).send().await;
    let answer = answer.map_err(sorted(EC2, "DescribeKeyPairs")).map_err(during("ec2:DescribeKeyPairs"))?;
    Ok(answer
        .key_pairs()
        .first()
        .map(|pair| KeyPair { name: text(pair.key_name()), kind: text(pair.key_type().map(|kind| kind.as_str())) }))
}

/// Returns the capacity reservations that the account owns or that are shared with it, in every state.
pub(super) async fn reservations(ec2: &aws_sdk_ec2::Client) -> Found<Vec<CapacityReservation>> {
    let pages = ec2.describe_capacity_reservations().into_paginator().items().send();
    let found: Result<Vec<_>, _> = pages.collect().await;
    let found = found.map_err(sorted(EC2, "DescribeCapacityReservations"));
    let found = found.map_err(during("ec2:DescribeCapacityReservations"))?;
    Ok(Some(found.iter().map(reservation).collect()))
}

fn reservation(found: &aws_sdk_ec2::types::CapacityReservation) -> CapacityReservation {
    let tags = found.tags().iter();
    CapacityReservation {
        id: text(found.capacity_reservation_id()),
        owner_id: text(found.owner_id()),
        instance_type: text(found.instance_type()),
        zone: text(found.availability_zone()),
        zone_id: text(found.availability_zone_id()),
        state: text(found.state().map(|state| state.as_str())),
        kind: text(found.reservation_type().map(|kind| kind.as_str())),
        match_criteria: text(found.instance_match_criteria().map(|criteria| criteria.as_str())),
        starts_at: found.start_date().and_then(|start| start.fmt(DateTimeFormat::DateTime).ok()),
        tags: tags.map(|tag| (text(tag.key()), text(tag.value()))).collect(),
    }
}

/// Returns a placement group by name or ID. EC2 has no filter for IDs, but a group that another account shares can only
/// be found by its ID.
pub(super) async fn placement_group(ec2: &aws_sdk_ec2::Client, name: &str) -> Found<PlacementGroup> {
    let action = "ec2:DescribePlacementGroups";
    let call = ec2.describe_placement_groups();
    let call = match name.strip_prefix("pg-") {
        Some(_) => call.group_ids(name),
        None => call.filters(filter("group-name", vec![name.to_owned()])),
    };
    let answer = match call.send().await.map_err(sorted(EC2, "DescribePlacementGroups")) {
        Err(error) if error.code.as_deref().is_some_and(|code| code.starts_with("InvalidPlacementGroup")) => {
            return Ok(None);
        }
        answer => answer.map_err(during(action))?,
    };
    Ok(answer.placement_groups().first().map(|group| PlacementGroup {
        name: text(group.group_name()),
        strategy: text(group.strategy().map(|strategy| strategy.as_str())),
        state: text(group.state().map(|state| state.as_str())),
        spread_level: text(group.spread_level().map(|level| level.as_str())),
    }))
}
