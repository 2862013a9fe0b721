//! Distinguishes the second half of a replacement from a copy of the resource block.
//!
//! Terraform core plans a replacement with two calls: one with the prior state, and one without it that plans the new
//! object. The second call contains the private data that the first one returned, so a marker in it proves that both
//! calls are for the same resource. A creation without the marker is another resource. Clients with protocol 6.11 also
//! return the planned private data in the plan of an apply.

use super::private::Private;

/// The private data key. It never reaches the state: every apply removes it.
const KEY: &str = "plan_marker";

/// Identifies one resource while Terraform core plans it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlanMarker(String);

impl PlanMarker {
    /// Creates a unique marker.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:032x}", fastrand::u128(..)))
    }

    /// Returns the marker that an earlier call of this resource stored.
    #[must_use]
    pub fn stored(private: &Private) -> Option<Self> {
        private.get(KEY).map(Self)
    }

    /// Stores the marker for the next call.
    pub fn store(&self, private: &mut Private) {
        private.set(KEY, &self.0);
    }

    pub(crate) fn remove(private: &mut Private) {
        private.remove(KEY);
    }
}
