//! External facts that a plan has read, for the plan that Terraform core computes again during apply.
//!
//! Both plans must make the same decisions, although the facts can change in between. Clients with protocol 6.11 return
//! the private data of the first plan in the second one. For all others, the resource must store the facts.

use std::collections::BTreeMap;

use super::private::Private;

/// The private data key. It never reaches the state: every apply removes it.
const KEY: &str = "plan_facts";

/// Facts by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanFacts(BTreeMap<String, String>);

impl PlanFacts {
    /// Returns the facts that an earlier plan of this resource stored.
    pub(crate) fn stored(private: &Private) -> Self {
        Self(private.get(KEY).unwrap_or_default())
    }

    /// Stores the facts with the plan.
    pub(crate) fn store(&self, private: &mut Private) {
        if self.0.is_empty() { Self::remove(private) } else { private.set(KEY, &self.0) }
    }

    pub(crate) fn remove(private: &mut Private) {
        private.remove(KEY);
    }

    /// Returns a fact, if an earlier plan has stored it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Stores a fact for a later plan.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }
}
