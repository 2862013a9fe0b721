//! The arguments of a drain, which the actions share.

use std::time::Duration;

use clients::drain::DrainSettings;
use framework::model::Attr;
use framework::timeouts;

/// The configured values.
pub(super) struct Arguments<'a> {
    pub(super) max_unavailable: &'a Attr<i64>,
    pub(super) drain_timeout: &'a Attr<String>,
    pub(super) grace_period_seconds: &'a Attr<i64>,
    pub(super) force: &'a Attr<bool>,
}

impl Arguments<'_> {
    pub(super) fn settings(&self) -> DrainSettings {
        let default = DrainSettings::default();
        let given = self.max_unavailable.known().and_then(|count| usize::try_from(*count).ok());
        DrainSettings {
            max_unavailable: given.unwrap_or(default.max_unavailable),
            drain_timeout: timeouts::or_default(self.drain_timeout, default.drain_timeout),
            grace_period_seconds: self.grace_period_seconds.known().copied(),
            force: self.force.known().copied().unwrap_or_default(),
        }
    }
}

/// Returns such as `1 node` and `3 nodes`.
pub(super) fn count(nodes: usize) -> String {
    if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }
}

/// The default timeout of an invocation.
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
