//! Quotas of Fargate profiles. AWS can increase each quota, so a quota is only read if the default is exceeded.

use clients::errors::ErrorKind;
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::path::Path;

use super::client::FargateProfileClient;

/// An EKS quota. Codes and defaults: Service Quotas, service `eks`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    code: &'static str,
    pub(super) default: usize,
    /// The limited objects, in the plural.
    of: &'static str,
}

/// Fargate profiles per cluster.
pub(super) const PROFILES: Quota = Quota { code: "L-33415657", default: 10, of: "Fargate profiles in a cluster" };
/// Selectors per profile.
pub(super) const SELECTORS: Quota = Quota { code: "L-D78D8AF8", default: 5, of: "selectors in a Fargate profile" };
/// Labels per selector.
pub(super) const LABELS: Quota = Quota { code: "L-23414FF3", default: 5, of: "labels in a Fargate profile selector" };

/// A number that a quota limits.
pub(super) struct Wanted {
    /// The planned number.
    pub(super) count: usize,
    /// The attribute that sets it.
    pub(super) path: Path,
    /// The finding, such as `cluster blue would have 11 Fargate profiles`.
    pub(super) found: String,
    /// The number that is certain, regardless of concurrent changes.
    pub(super) certain: usize,
    /// The alternative to a quota increase.
    pub(super) instead: &'static str,
}

impl Quota {
    /// Warns if the number exceeds the quota, or if the quota cannot be read: the same run can request an increase.
    /// With `preflight.mode = "strict"`, a number above the quota is an error.
    pub(super) async fn check(
        self,
        client: &dyn FargateProfileClient,
        wanted: Wanted,
        is_strict: bool,
        diagnostics: &mut Diagnostics,
    ) {
        if wanted.count <= self.default {
            return;
        }
        let Self { code, default, of } = self;
        let Wanted { count, path, found, certain, instead } = wanted;
        let summary = format!("Too many {of}");
        let raise = format!("{instead}, or request an increase of the EKS quota {code} in the Service Quotas console.");
        match client.quota(code).await.map(|limit| limit.unwrap_or(default)) {
            Ok(limit) if count <= limit => {}
            Ok(limit) => {
                let detail = format!("{found}. The quota of this account and Region is {limit}. {raise}");
                let error = Diagnostic::error(summary, detail).at(path);
                let severity = if is_strict && certain > limit { Severity::Error } else { Severity::Warning };
                diagnostics.push(Diagnostic { severity, ..error });
            }
            Err(error) => {
                let allow = match error.kind {
                    ErrorKind::Denied => " Grant servicequotas:GetServiceQuota to check the quota at plan time.",
                    _ => "",
                };
                let detail = format!(
                    "{found}. The default quota is {default}. The EKS quota {code} of this account and Region could \
                     not be read: {error}.{allow} {raise}"
                );
                diagnostics.warning_at(path, summary, detail);
            }
        }
    }
}
