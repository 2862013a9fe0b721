//! Reads the EC2 objects that the terms of a node class select, with the same filters as Karpenter.

use aws_sdk_ec2::types::Filter;

use super::network::{self, EC2, filter};
use super::{Found, batched, during, security};
use crate::aws::errors::sorted;
use crate::cache::Batch;
use preflight::facts::{SecurityGroup, Selector, Subnet};

/// Returns the filters of a term without an ID.
fn filters(of: &Selector) -> Vec<Filter> {
    match of {
        Selector::Id(_) => Vec::new(),
        Selector::Name(name) => vec![filter("group-name", vec![name.clone()])],
        Selector::Tags(tags) => {
            let tag = |(key, value): (&String, &String)| match value.as_str() {
                "*" => filter("tag-key", vec![key.clone()]),
                value => filter(&format!("tag:{key}"), vec![value.to_owned()]),
            };
            tags.iter().map(tag).collect()
        }
    }
}

pub(super) async fn subnets(
    ec2: &aws_sdk_ec2::Client,
    of: &Selector,
    by_id: &Batch<String, Subnet>,
) -> Found<Vec<Subnet>> {
    let action = "ec2:DescribeSubnets";
    if let Selector::Id(id) = of {
        return Ok(Some(batched(by_id, id.clone(), action).await?.into_iter().collect()));
    }
    let pages = ec2.describe_subnets().set_filters(Some(filters(of))).into_paginator().items().send();
    let found: Result<Vec<_>, _> = pages.collect().await;
    let found = found.map_err(sorted(EC2, "DescribeSubnets")).map_err(during(action))?;
    Ok(Some(found.iter().map(network::converted).collect()))
}

pub(super) async fn groups(
    ec2: &aws_sdk_ec2::Client,
    of: &Selector,
    by_id: &Batch<String, SecurityGroup>,
) -> Found<Vec<SecurityGroup>> {
    let action = "ec2:DescribeSecurityGroups";
    if let Selector::Id(id) = of {
        return Ok(Some(batched(by_id, id.clone(), action).await?.into_iter().collect()));
    }
    let pages = ec2.describe_security_groups().set_filters(Some(filters(of))).into_paginator().items().send();
    let found: Result<Vec<_>, _> = pages.collect().await;
    let found = found.map_err(sorted(EC2, "DescribeSecurityGroups")).map_err(during(action))?;
    Ok(Some(found.iter().map(security::converted).collect()))
}
