//! Reads cluster insights from EKS.

use aws_sdk_eks::types::{
    Category, InsightResourceDetail, InsightStatus as Status, InsightStatusValue, InsightSummary, InsightsFilter,
};

use super::{Found, during, text};
use crate::aws::errors::sorted;
use crate::errors::ErrorKind;
use preflight::facts::{
    AddonCompatibility, Insight, InsightCategory, InsightDetails, InsightId, InsightKind, InsightList, InsightResource,
    InsightStatus,
};
use render::kubernetes_version::parse_release;

const EKS: &str = "EKS";

/// Returns the insights of a category with the status `WARNING` or `ERROR`, or `None` if the cluster does not exist or
/// EKS has no such insights about it, as for local clusters on Outposts.
pub(super) async fn list(eks: &aws_sdk_eks::Client, of: &InsightList) -> Found<Vec<Insight>> {
    let category = match of.category {
        InsightCategory::Upgrade => Category::UpgradeReadiness,
        InsightCategory::Rollback => Category::RollbackReadiness,
    };
    let filter = InsightsFilter::builder()
        .categories(category)
        .statuses(InsightStatusValue::Error)
        .statuses(InsightStatusValue::Warning);
    let call = eks.list_insights().cluster_name(&of.cluster).filter(filter.build()).max_results(100);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page.map_err(sorted(EKS, "ListInsights")) {
            Err(error) if error.kind == ErrorKind::Invalid => return Ok(None),
            page => {
                let insights = page.map_err(during("eks:ListInsights"))?.insights.unwrap_or_default();
                found.extend(insights.iter().filter_map(insight));
            }
        }
    }
    Ok(Some(found))
}

fn insight(summary: &InsightSummary) -> Option<Insight> {
    let status = summary.insight_status()?;
    let name = one_line(summary.name()?);
    Some(Insight {
        id: text(summary.id()),
        kind: InsightKind::from_name(&name),
        name,
        status: not_passing(status)?,
        version: summary.kubernetes_version().and_then(parse_release),
        reason: one_line(status.reason().unwrap_or_default()),
    })
}

/// Returns the status, or `None` if the check passes or EKS cannot determine it.
fn not_passing(status: &Status) -> Option<InsightStatus> {
    match status.status()? {
        InsightStatusValue::Error => Some(InsightStatus::Error),
        InsightStatusValue::Warning => Some(InsightStatus::Warning),
        _ => None,
    }
}

/// Returns the details of an insight, or `None` if EKS has replaced it.
pub(super) async fn details(eks: &aws_sdk_eks::Client, of: &InsightId) -> Found<InsightDetails> {
    let answer = eks.describe_insight().cluster_name(&of.cluster).id(&of.id).send().await;
    let answer = answer.map_err(sorted(EKS, "DescribeInsight")).map_err(during("eks:DescribeInsight"))?;
    let Some(insight) = answer.insight else { return Ok(None) };
    let addons = insight.category_specific_summary().map(|summary| summary.addon_compatibility_details());
    let addons = addons.unwrap_or_default().iter().map(|addon| AddonCompatibility {
        name: text(addon.name()),
        compatible_versions: addon.compatible_versions().to_vec(),
    });
    Ok(Some(InsightDetails {
        recommendation: insight.recommendation().map(one_line).filter(|recommendation| !recommendation.is_empty()),
        addons: addons.collect(),
        resources: insight.resources().iter().filter_map(resource).collect(),
    }))
}

/// Returns a resource that does not pass. If a resource has no status, the status of the insight applies to it.
fn resource(detail: &InsightResourceDetail) -> Option<InsightResource> {
    let status = detail.insight_status().filter(|status| status.status().is_some());
    if status.is_some_and(|status| not_passing(status).is_none()) {
        return None;
    }
    let name = detail.kubernetes_resource_uri().or(detail.arn())?.to_owned();
    let reason = detail.insight_status().and_then(|status| status.reason()).map(one_line);
    Some(InsightResource { name, reason: reason.filter(|reason| !reason.is_empty()) })
}

/// Joins the lines of a string. Insights contain Markdown.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
