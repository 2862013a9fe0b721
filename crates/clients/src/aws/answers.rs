//! Parts of requests and answers that every noun's `aws.rs` reads and writes alike.

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::errors::{ApiError, ErrorKind};

/// A part of an answer that the service always gives.
///
/// # Errors
/// When it is missing all the same.
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

/// A map as requests take it.
#[must_use]
pub fn hashed(map: &BTreeMap<String, String>) -> HashMap<String, String> {
    map.clone().into_iter().collect()
}

/// A map of an answer, in order.
#[must_use]
pub fn sorted_map(map: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    map.unwrap_or_default().into_iter().collect()
}

/// A moment in RFC 3339.
#[must_use]
pub fn rfc3339(moment: DateTime) -> Option<String> {
    // Only a moment outside the years 1 to 9999 has no RFC 3339 form.
    moment.fmt(Format::DateTime).ok()
}
