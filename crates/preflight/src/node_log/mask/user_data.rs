//! User data and environment variables that nodeadm repeats in its messages.

use std::borrow::Cow;

use super::MASK;

/// What nodeadm writes before user data or environment variables, which end with the last quote or bracket of the line.
const BEFORE_USER_DATA: [&str; 4] = ["' is missing in '", "\"value\": \"", "\"value\":\"", "All envOpts: "];

pub(super) fn repeated(line: &str) -> Cow<'_, str> {
    let starts = BEFORE_USER_DATA.iter().filter_map(|text| Some(line.find(text)? + text.len()));
    let Some(start) = starts.min() else { return Cow::Borrowed(line) };
    let end = line[start..].rfind(['\'', '"']).map_or(line.len(), |end| start + end);
    // The format of user data that nodeadm cannot decode.
    let format = if line[start..end].contains(MIME) { MIME } else { "" };
    Cow::Owned(format!("{}{format}{MASK}{}", &line[..start], &line[end..]))
}

/// What a MIME document begins with.
const MIME: &str = "MIME-Version: ";
