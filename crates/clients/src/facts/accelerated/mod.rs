//! The instance types of a Region, with the zones that offer them: all types, or accelerated types only. Each set is
//! read once per process.
//!
//! EC2 has no filter for accelerators, and describing all types requires a call per hundred of more than a thousand
//! types. Types of one family have the same kind of devices. Therefore, one type of each family is described first,
//! then the families with devices. No family names are hardcoded, so no family can be missing.

mod convert;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_ec2::types::{InstanceTypeInfo, LocationType};
use futures::future::try_join_all;
use futures::try_join;

use super::compute::TYPES_AT_ONCE;
use super::network::{EC2, filter};
use super::{VALUES_OF_A_FILTER, text};
use crate::aws::errors::sorted;
use crate::cache::Cache;
use crate::context::Clients;
use crate::errors::ApiError;
use render::karpenter::instance_type::{InstanceType, Offer, Zone};

/// Maximum page size of `DescribeInstanceTypeOfferings`.
const OFFERINGS_OF_A_PAGE: i32 = 1000;

/// Zones by instance type name.
type ZonesOf = HashMap<String, BTreeSet<Zone>>;

/// The types of one Region.
pub struct AcceleratedTypes {
    ec2: aws_sdk_ec2::Client,
    known: Cache<(), Arc<Vec<Offer>>>,
    all: Cache<(), Arc<Vec<Offer>>>,
}

impl AcceleratedTypes {
    /// Returns the facts of `region`, or of the provider Region if it is `None`.
    #[must_use]
    pub fn shared(clients: &Clients, region: Option<&str>) -> Arc<Self> {
        let aws = clients.aws();
        let name = region.unwrap_or(aws.region()).to_owned();
        clients.facts().of_key(name, || Self::new(aws.ec2(region)))
    }

    fn new(ec2: aws_sdk_ec2::Client) -> Self {
        Self { ec2, known: Cache::default(), all: Cache::default() }
    }

    /// Returns all types, ordered by family, then by size.
    ///
    /// # Errors
    /// Returns an error if the EC2 request fails, or if the caller lacks one of [`ACTIONS`](preflight::pool::ACTIONS).
    /// The next call sends the requests again.
    pub async fn offers(&self) -> Result<Arc<Vec<Offer>>, ApiError> {
        let ec2 = self.ec2.clone();
        self.known.get((), || async move { read(ec2).await.map(Arc::new) }).await
    }

    /// Returns the instance types of the Region with and without accelerators, in the same order.
    ///
    /// # Errors
    /// See [`offers`](Self::offers).
    pub async fn all_offers(&self) -> Result<Arc<Vec<Offer>>, ApiError> {
        let ec2 = self.ec2.clone();
        self.all.get((), || async move { read_all(ec2).await.map(Arc::new) }).await
    }
}

async fn read_all(ec2: aws_sdk_ec2::Client) -> Result<Vec<Offer>, ApiError> {
    let names: Vec<_> = offered(&ec2).await?.into_iter().collect();
    let (types, zones) = try_join!(described(&ec2, names.clone()), zones(&ec2, names))?;
    Ok(with_zones(types, zones))
}

async fn read(ec2: aws_sdk_ec2::Client) -> Result<Vec<Offer>, ApiError> {
    let families = by_family(offered(&ec2).await?);
    let samples = families.values().filter_map(|names| names.first().cloned()).collect();
    let samples = described(&ec2, samples).await?;
    let mut accelerated: Vec<_> = samples.into_iter().filter(InstanceType::is_accelerated).collect();
    let of_families = |types: &[InstanceType]| -> Vec<String> {
        let names = types.iter().filter_map(|known| families.get(known.family()));
        names.flatten().cloned().collect()
    };
    let all = of_families(&accelerated);
    let is_new = |name: &&String| accelerated.iter().all(|known| known.name != **name);
    let others = all.iter().filter(is_new).cloned().collect();
    let (others, zones) = try_join!(described(&ec2, others), zones(&ec2, all))?;
    accelerated.extend(others);
    Ok(with_zones(accelerated, zones))
}

fn with_zones(mut types: Vec<InstanceType>, mut zones: ZonesOf) -> Vec<Offer> {
    types.sort_by(|left, right| order(left).cmp(&order(right)));
    let offer = |instance_type: InstanceType| Offer {
        zones: zones.remove(&instance_type.name).unwrap_or_default().into_iter().collect(),
        instance_type,
    };
    types.into_iter().map(offer).collect()
}

fn order(of: &InstanceType) -> (&str, i64, i64, &str) {
    (of.family(), of.vcpus, of.memory_mib, &of.name)
}

/// Groups names by family.
fn by_family(names: BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut families: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        let family = name.split_once('.').map_or(name.as_str(), |(family, _)| family).to_owned();
        families.entry(family).or_default().push(name);
    }
    families
}

/// Returns the names of all types of the Region.
async fn offered(ec2: &aws_sdk_ec2::Client) -> Result<BTreeSet<String>, ApiError> {
    let call = ec2.describe_instance_type_offerings().location_type(LocationType::Region);
    let pages = call.max_results(OFFERINGS_OF_A_PAGE).into_paginator().items().send();
    let offers: Result<Vec<_>, _> = pages.collect().await;
    let offers = offers.map_err(sorted(EC2, "DescribeInstanceTypeOfferings"))?;
    Ok(offers.iter().filter_map(|offer| offer.instance_type()).map(|name| name.as_str().to_owned()).collect())
}

/// Describes types by name, one page per call, concurrently. A filter skips names that no longer exist.
async fn described(ec2: &aws_sdk_ec2::Client, names: Vec<String>) -> Result<Vec<InstanceType>, ApiError> {
    let calls = names.chunks(TYPES_AT_ONCE).map(|names| async {
        let call = ec2.describe_instance_types().filters(filter("instance-type", names.to_vec()));
        let types: Result<Vec<InstanceTypeInfo>, _> = call.into_paginator().items().send().collect().await;
        types.map_err(sorted(EC2, "DescribeInstanceTypes"))
    });
    let answers = try_join_all(calls).await?;
    Ok(answers.iter().flatten().map(convert::instance_type).collect())
}

/// Returns the zones that offer the types.
async fn zones(ec2: &aws_sdk_ec2::Client, names: Vec<String>) -> Result<ZonesOf, ApiError> {
    if names.is_empty() {
        return Ok(ZonesOf::new());
    }
    let all = async {
        let answer = ec2.describe_availability_zones().send().await;
        answer.map_err(sorted(EC2, "DescribeAvailabilityZones"))
    };
    let offers = try_join_all(names.chunks(VALUES_OF_A_FILTER).map(|names| async {
        let call = ec2.describe_instance_type_offerings().location_type(LocationType::AvailabilityZoneId);
        let call = call.filters(filter("instance-type", names.to_vec())).max_results(OFFERINGS_OF_A_PAGE);
        let offers: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        offers.map_err(sorted(EC2, "DescribeInstanceTypeOfferings"))
    }));
    let (all, offers) = try_join!(all, offers)?;
    let names: HashMap<_, _> =
        all.availability_zones().iter().filter_map(|zone| Some((zone.zone_id()?, zone.zone_name()?))).collect();
    let mut found = ZonesOf::new();
    for offer in offers.iter().flatten() {
        let (Some(name), Some(id)) = (offer.instance_type(), offer.location()) else { continue };
        // A zone that the account has not opted in to has no name here, and no subnet.
        let Some(zone) = names.get(id) else { continue };
        let zone = Zone { name: (*zone).to_owned(), id: id.to_owned() };
        found.entry(text(Some(name.as_str()))).or_default().insert(zone);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
