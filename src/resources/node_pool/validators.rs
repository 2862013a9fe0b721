//! Validators of single arguments, and which values are equivalent.

use framework::validators::{Validator, string_matching};
use framework::value::Value;
use render::karpenter::duration::{self, Duration};
use render::karpenter::node_pool::gpu::mib;
use render::karpenter::quantity::{self, Quantity};

/// Effects of taints.
pub(super) const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Disruption reasons. Only EKS Auto Mode supports the last one.
pub(super) const REASONS: &[&str] = &["Underutilized", "Empty", "Drifted", "Unhealthy", "NodeNotHealthy"];

/// The name of a node pool, which is also the value of a label on each node.
pub(super) fn pool_name() -> Validator {
    let must = "consist of 1 to 63 lowercase letters, digits, hyphens, and dots, and each part between dots must start \
                and end with a letter or digit";
    string_matching(must, |text| {
        let is_part = |part: &str| {
            let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !part.is_empty() && !part.starts_with('-') && !part.ends_with('-') && part.bytes().all(inside)
        };
        text.len() <= 63 && text.split('.').all(is_part)
    })
}

pub(super) fn duration_or_never() -> Validator {
    let must = "be `Never` or a duration in hours, minutes, and seconds, such as `720h` or `1h30m`, of at most 292 years. Days \
                and fractions are not supported";
    string_matching(must, |text| Duration::parse(text).is_ok())
}

pub(super) fn duration() -> Validator {
    let must = "be a duration in hours, minutes, and seconds, such as `24h` or `1h30m`, of at most 292 years. Days and \
                fractions are not supported";
    string_matching(must, |text| duration::seconds(text).is_ok())
}

/// `^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$`
pub(super) fn budget_duration() -> Validator {
    string_matching("be a duration in hours and minutes, such as `8h`, `30m`, or `1h30m`", |text| {
        let plain = text.strip_suffix("0s").filter(|rest| rest.ends_with(['h', 'm'])).unwrap_or(text);
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let has_form = match plain.split_once('h') {
            Some((hours, "")) => is_number(hours),
            Some((hours, minutes)) => is_number(hours) && minutes.strip_suffix('m').is_some_and(is_number),
            None => plain.strip_suffix('m').is_some_and(is_number),
        };
        has_form && duration::seconds(text).is_ok()
    })
}

/// `^((100|[0-9]{1,2})%|[0-9]+)$`
pub(super) fn budget_nodes() -> Validator {
    string_matching("be a number of nodes, such as `0`, or a percentage of at most `100%`", |text| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.strip_suffix('%') {
            Some(percent) => percent == "100" || is_number(percent) && percent.len() <= 2,
            None => is_number(text) && text.parse::<i32>().is_ok(),
        }
    })
}

pub(super) fn quantity() -> Validator {
    string_matching("be a non-negative Kubernetes quantity, such as `1000`, `500m`, or `2Ti`", |text| {
        Quantity::parse(text).is_some_and(|amount| !amount.is_negative())
    })
}

pub(super) fn gpu_memory() -> Validator {
    string_matching("be an amount of memory, such as `40Gi`, or a number of MiB, greater than 0", |text| {
        mib(text).is_some()
    })
}

pub(super) fn gpu_name() -> Validator {
    string_matching(
        "be a GPU name, as in the node label: lowercase letters, digits, and hyphens, such as `l40s`",
        |text| is_word(text, |byte| byte == b'-'),
    )
}

pub(super) fn instance_word() -> Validator {
    string_matching("be an instance family, such as `g6` or `p6-b200`", |text| is_word(text, |byte| byte == b'-'))
}

pub(super) fn instance_category() -> Validator {
    string_matching(
        "be an instance category (the letters before the number in an instance family), such as `g` or `p`",
        |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase()),
    )
}

pub(super) fn instance_type() -> Validator {
    string_matching("be an instance type, such as `g6.12xlarge`", |text| {
        text.split_once('.')
            .is_some_and(|(family, size)| is_word(family, |byte| byte == b'-') && is_word(size, |byte| byte == b'-'))
    })
}

/// Zone IDs, such as `use1-az4`, use a different label.
pub(super) fn zone_name() -> Validator {
    let must = "be the name of an Availability Zone, such as `eu-central-1a`";
    string_matching(must, |text| {
        let is_id = text.rsplit_once("-az").is_some_and(|(_, rest)| rest.bytes().all(|byte| byte.is_ascii_digit()));
        is_word(text, |byte| byte == b'-') && text.contains('-') && !is_id
    })
}

fn is_word(text: &str, also: fn(u8) -> bool) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || also(byte);
    (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether both durations are equal.
pub(super) fn same_duration(configured: &Value, stored: &Value) -> bool {
    both(configured, stored).is_some_and(|(one, other)| duration::same(one, other))
}

/// Whether both delays of consolidation are equal. Null means no delay.
pub(super) fn same_consolidation_delay(configured: &Value, stored: &Value) -> bool {
    fn delay(value: &Value) -> Option<&str> {
        if value.is_null() { Some("0s") } else { value.as_str() }
    }
    matches!((delay(configured), delay(stored)), (Some(one), Some(other)) if duration::same(one, other))
}

/// Whether both strings are equal. An empty string equals null.
pub(super) fn same_text(configured: &Value, stored: &Value) -> bool {
    configured.as_str().unwrap_or_default() == stored.as_str().unwrap_or_default()
}

/// Whether both maps contain the same quantities.
pub(super) fn same_quantities(configured: &Value, stored: &Value) -> bool {
    let (Value::Map(configured), Value::Map(stored)) = (configured, stored) else { return false };
    configured.len() == stored.len()
        && configured.iter().all(|(name, amount)| {
            let pair = stored.get(name).and_then(|other| both(amount, other));
            pair.is_some_and(|(one, other)| quantity::same(one, other))
        })
}

fn both<'v>(one: &'v Value, other: &'v Value) -> Option<(&'v str, &'v str)> {
    Some((one.as_str()?, other.as_str()?))
}
