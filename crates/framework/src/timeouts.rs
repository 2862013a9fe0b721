//! The `timeouts` block: the timeout of each operation, in Go's duration syntax.

use std::time::Duration;

use super::blocks::SingleBlock;
use super::duration;
use super::model::{Attr, Model};
use super::validators;

/// Timeouts of a resource that is created, updated, and deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct CreateUpdateDelete {
    /// Timeout for the create operation.
    #[attribute(optional, validate = [validators::go_duration()])]
    pub create: Attr<String>,
    /// Timeout for each update operation.
    #[attribute(optional, validate = [validators::go_duration()])]
    pub update: Attr<String>,
    /// Timeout for the delete operation. The value is read from state, so a change takes effect only after the next
    /// apply.
    #[attribute(optional, validate = [validators::go_duration()])]
    pub delete: Attr<String>,
}

/// Timeouts of a resource that is only created and deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Model)]
pub struct CreateDelete {
    /// Timeout for the create operation.
    #[attribute(optional, validate = [validators::go_duration()])]
    pub create: Attr<String>,
    /// Timeout for the delete operation. The value is read from state, so a change takes effect only after the next
    /// apply.
    #[attribute(optional, validate = [validators::go_duration()])]
    pub delete: Attr<String>,
}

/// Returns the configured timeout of an operation, or the default. Works for a `timeouts` block and, through
/// [`or_default`], for a `timeouts` attribute.
pub fn from_block<M>(block: &SingleBlock<M>, verb: impl FnOnce(&M) -> &Attr<String>, default: Duration) -> Duration {
    block.block().map_or(default, |timeouts| or_default(verb(timeouts), default))
}

/// Returns the configured duration, or the default.
#[must_use]
pub fn or_default(given: &Attr<String>, default: Duration) -> Duration {
    given.text().and_then(duration::parse).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Blocks;

    #[test]
    fn given_duration_wins_over_default() {
        let timeouts = CreateDelete { create: "90m".into(), delete: Attr::Null };
        let block: SingleBlock<_> = Blocks::Known(Some(Box::new(timeouts)));
        let hour = Duration::from_secs(3600);
        assert_eq!(from_block(&block, |timeouts| &timeouts.create, hour), Duration::from_secs(5400));
        assert_eq!(from_block(&block, |timeouts| &timeouts.delete, hour), hour);
        assert_eq!(from_block(&SingleBlock::<CreateDelete>::default(), |timeouts| &timeouts.create, hour), hour);
    }
}
