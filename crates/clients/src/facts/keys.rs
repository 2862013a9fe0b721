//! Reads facts about KMS keys and quotas.

use aws_sdk_kms::types::KeyManagerType;

use super::network::EC2;
use super::{Found, during, text};
use crate::aws::errors::sorted;
use preflight::facts::{KmsKey, Quota, QuotaCode};

const KMS: &str = "KMS";
const QUOTAS: &str = "Service Quotas";

/// Returns a key by ID, ARN, or alias. The policy of an AWS managed key is not requested.
pub(super) async fn key(kms: &aws_sdk_kms::Client, id: &str) -> Found<KmsKey> {
    let answer = kms.describe_key().key_id(id).send().await;
    let answer = answer.map_err(sorted(KMS, "DescribeKey")).map_err(during("kms:DescribeKey"))?;
    let Some(metadata) = answer.key_metadata else { return Ok(None) };
    let key = KmsKey {
        arn: text(metadata.arn()),
        managed_by_aws: metadata.key_manager() == Some(&KeyManagerType::Aws),
        state: text(metadata.key_state().map(|state| state.as_str())),
        ..KmsKey::default()
    };
    if key.managed_by_aws {
        return Ok(Some(key));
    }
    let answer = kms.get_key_policy().key_id(&key.arn).policy_name("default").send().await;
    let policy = answer.map_err(sorted(KMS, "GetKeyPolicy")).map_err(during("kms:GetKeyPolicy"))?.policy;
    let pages = kms.list_grants().key_id(&key.arn).into_paginator().items().send();
    let grants: Result<Vec<_>, _> = pages.collect().await;
    let grants = grants.map_err(sorted(KMS, "ListGrants")).map_err(during("kms:ListGrants"))?;
    let grantees = grants.into_iter().filter_map(|grant| grant.grantee_principal).collect();
    Ok(Some(KmsKey { policy, grantees, ..key }))
}

/// Returns the default key for EBS volumes, or `None` if encryption by default is disabled.
pub(super) async fn default_key(ec2: &aws_sdk_ec2::Client) -> Found<String> {
    let action = "ec2:GetEbsEncryptionByDefault";
    let answer = ec2.get_ebs_encryption_by_default().send().await;
    let answer = answer.map_err(sorted(EC2, "GetEbsEncryptionByDefault")).map_err(during(action))?;
    if answer.ebs_encryption_by_default() != Some(true) {
        return Ok(None);
    }
    let answer = ec2.get_ebs_default_kms_key_id().send().await;
    let answer = answer.map_err(sorted(EC2, "GetEbsDefaultKmsKeyId")).map_err(during("ec2:GetEbsDefaultKmsKeyId"))?;
    Ok(answer.kms_key_id)
}

/// Returns a quota: the value applied to the account, or else the AWS default.
pub(super) async fn quota(quotas: &aws_sdk_servicequotas::Client, of: &QuotaCode) -> Found<Quota> {
    let answer = quotas.get_service_quota().service_code(&of.service).quota_code(&of.code).send().await;
    let applied = match answer.map_err(sorted(QUOTAS, "GetServiceQuota")) {
        // Service Quotas has an applied value only if a quota increase was requested.
        Err(error) if error.code.as_deref() == Some("NoSuchResourceException") => None,
        answer => answer.map_err(during("servicequotas:GetServiceQuota"))?.quota,
    };
    if let Some(value) = applied.and_then(|quota| quota.value) {
        return Ok(Some(Quota { value, applied: true }));
    }
    let action = "servicequotas:GetAWSDefaultServiceQuota";
    let call = quotas.get_aws_default_service_quota().service_code(&of.service).quota_code(&of.code);
    let quota = match call.send().await.map_err(sorted(QUOTAS, "GetAWSDefaultServiceQuota")) {
        Err(error) if error.code.as_deref() == Some("NoSuchResourceException") => None,
        answer => answer.map_err(during(action))?.quota,
    };
    Ok(quota.and_then(|quota| quota.value).map(|value| Quota { value, applied: false }))
}
