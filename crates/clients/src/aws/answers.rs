//! Parts of requests and responses that are common to all resource types.

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::errors::{ApiError, ErrorKind};

/// Returns a field that the service always returns.
///
/// # Errors
/// Returns an error if the field is missing.
pub fn present<T>(part: Option<T>, service: &'static str, operation: &'static str, what: &str) -> Result<T, ApiError> {
    part.ok_or_else(|| ApiError {
        service,
        ..ApiError::own(ErrorKind::Other, operation, format!("the response has no {what}"))
    })
}

/// Returns `None` for an empty list or map, because EKS in some cases distinguishes unset from empty.
pub fn given<C: IntoIterator>(collection: C) -> Option<C>
where
    for<'a> &'a C: IntoIterator,
{
    let empty = (&collection).into_iter().next().is_none();
    (!empty).then_some(collection)
}

/// Returns a map for a request.
#[must_use]
pub fn hashed(map: &BTreeMap<String, String>) -> HashMap<String, String> {
    map.clone().into_iter().collect()
}

/// Returns a map of a response, ordered by key.
#[must_use]
pub fn sorted_map(map: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    map.unwrap_or_default().into_iter().collect()
}

/// Formats a time in RFC 3339.
#[must_use]
pub fn rfc3339(moment: DateTime) -> Option<String> {
    // Only times outside the years 1 to 9999 have no RFC 3339 form.
    moment.fmt(Format::DateTime).ok()
}
