//! Fatal errors, which end a plan because all later requests would fail as well.

use crate::errors::{ApiError, ErrorKind};
use framework::diagnostics::{Diagnostic, Diagnostics};
use preflight::facts::{Cause, Unreadable};

/// The required service, as in its IAM actions.
const EKS: &str = "eks";

/// The summary if the EKS endpoint does not respond.
const UNREACHABLE: &str = "Unable to reach Amazon EKS";

/// The summary if AWS rejects the credentials, or if no credentials are configured.
const NO_CREDENTIALS: &str = "Credentials are not valid";

/// Returns the error for a fact that cannot be read because of the credentials, or because EKS cannot be reached. All
/// other facts are optional.
#[must_use]
pub fn fatal_diagnostic(why: &Unreadable) -> Option<Diagnostic> {
    let summary = match why.cause {
        Cause::Caller => NO_CREDENTIALS,
        Cause::Unreachable if why.service() == EKS => UNREACHABLE,
        Cause::Unreachable | Cause::Denied | Cause::Failed => return None,
    };
    Some(Diagnostic::error(summary, why.message.clone()))
}

/// Returns the same error for any call during plan.
#[must_use]
pub fn fatal_call_diagnostic(error: &ApiError) -> Option<Diagnostic> {
    let summary = match error.kind {
        _ if error.is_credentials_error() => NO_CREDENTIALS,
        ErrorKind::Unreachable | ErrorKind::Silent => UNREACHABLE,
        _ => return None,
    };
    Some(error.clone().into_diagnostic(summary, ""))
}

/// Returns the same error for an EKS call outside the checks, which then need not run.
#[must_use]
pub fn unreachable(error: ApiError) -> Diagnostics {
    error.into_diagnostic(UNREACHABLE, "").into()
}
