//! Creates the key so that only one resource owns it. If a response is lost or the apply is killed, a token proves that
//! this creation set the key.

use clients::creation_records::CreationRecord;
use clients::errors::{ApiError, ErrorKind};
use clients::generated_name;
use clients::kube::FIELD_MANAGER_CONFLICT;
use clients::retry::Retry;
use clients::run_ledger::Claim;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;

use super::client::{KEY, Key, WindowsSupportClient};

/// Creates the key. A key that is already `true` is an error, unless a record proves that an interrupted apply of this
/// configuration created it, or ownership is forced from another field manager. The inner result is an error if the
/// creation was not completed. The key is set in both cases.
pub(super) async fn create(
    client: &dyn WindowsSupportClient,
    claim: &Claim<'_>,
    limits: &Limits,
    cluster: &str,
    force: bool,
) -> Result<Result<(), Diagnostics>, Diagnostics> {
    let doing = format!("enabling Windows support for cluster {cluster}");
    // Only concurrent changes of the object are retried. A field manager conflict is permanent.
    let raced =
        |error: &ApiError| error.kind == ErrorKind::Conflict && error.code.as_deref() != Some(FIELD_MANAGER_CONFLICT);
    let retry = Retry::new().also(raced);
    let begun = claim.unfinished();
    let found = retry.run(&doing, limits, || client.read(cluster)).await;
    let found = found.map_err(|error| failed(error, cluster))?;
    let token = begun.as_ref().map_or_else(generated_name::token, |begun| begun.token().to_owned());
    let is_written = found.as_ref().zip(begun.as_ref()).is_some_and(|(key, begun)| is_interrupted_create(key, begun));
    match begun {
        Some(begun) => claim.keep_record(begun),
        None => claim.write_record(&token, &cluster),
    }
    if !is_written && let Err(error) = retry.run(&doing, limits, || client.create(cluster, force, &token)).await {
        if error.kind == ErrorKind::AlreadyExists {
            claim.discard_record();
            let found = client.read(cluster).await.ok().flatten();
            return Err(exists(cluster, found.as_ref()).into());
        }
        // The key may have been set despite the error, so the record is kept for the next apply.
        return Err(failed(error, cluster).into());
    }
    claim.confirm_record(KEY);
    let completed = retry.run(&doing, limits, || client.complete(cluster)).await;
    Ok(completed.map_err(|error| failed(error, cluster).into()))
}

/// Whether the record proves that its creation set the key.
pub(super) fn is_interrupted_create(key: &Key, begun: &CreationRecord) -> bool {
    key.token.as_deref() == Some(begun.token()) || begun.evidence().is_some() && key.is_ours
}

/// The key exists, and the configuration does not adopt it.
pub(super) fn exists(cluster: &str, found: Option<&Key>) -> Diagnostic {
    let owner = match found {
        Some(key) if !key.is_ours => {
            " Or set force_conflicts = true to take ownership from the field manager that set it."
        }
        _ => {
            " If this resource is being replaced with create_before_destroy, the key still belongs to the previous resource: \
             remove create_before_destroy, or run terraform untaint."
        }
    };
    let detail = format!(
        "The key {KEY} in the ConfigMap kube-system/amazon-vpc-cni is already true, and the provider has no record \
         that this configuration set it. To manage it with this resource, import it:\n\nimport {{\n  to = \
         ekscompute_windows_support.ADDRESS\n  id = {cluster:?}\n}}\n\n{}",
        owner.trim_start()
    );
    Diagnostic::error(format!("Windows support for cluster {cluster} is already enabled"), detail)
        .at(Path::attribute("cluster_name"))
}

pub(super) fn failed(error: ApiError, cluster: &str) -> Diagnostic {
    if error.code.as_deref() == Some(FIELD_MANAGER_CONFLICT) {
        let what_to_do = format!(
            "Set {KEY} through that field manager. For the vpc-cni add-on (field manager eks), set enableWindowsIpam \
             in its configuration values. Or set force_conflicts = true to take ownership of the key."
        );
        let summary = format!("Field manager conflict for {KEY} of cluster {cluster}");
        return error.into_diagnostic(summary, &what_to_do).at(Path::attribute("force_conflicts"));
    }
    error.into_diagnostic(format!("Unable to enable Windows support for cluster {cluster}"), "")
}
