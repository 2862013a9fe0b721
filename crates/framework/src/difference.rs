//! The difference between the planned and the prior value, which an update sends.
//!
//! The plan shows exactly this difference. The live object may differ from both, because an autoscaler or another user
//! changed it after the plan. An update leaves those changes unchanged, and the next refresh reports them.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Attr, Map};

/// Returns the planned value if the plan changes it and it is known.
pub fn changed<'p, T: PartialEq>(prior: &Attr<T>, planned: &'p Attr<T>) -> Option<&'p T> {
    planned.known().filter(|_| prior != planned)
}

/// The members of a map that an update sets, and the keys that it removes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MapDifference {
    /// Members that are new or have a different value.
    pub set: BTreeMap<String, String>,
    /// Keys that are no longer planned.
    pub removed: Vec<String>,
}

impl MapDifference {
    /// Returns the difference. An unknown map changes nothing, because its values were not shown in the plan.
    pub fn between(prior: &Map<String>, planned: &Map<String>) -> Self {
        if planned.is_unknown() {
            return Self::default();
        }
        let members = |map: &Map<String>| -> BTreeMap<String, String> {
            map.known_members().map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let (prior, planned) = (members(prior), members(planned));
        let removed = prior.keys().filter(|key| !planned.contains_key(*key)).cloned().collect();
        let set = planned.into_iter().filter(|(key, value)| prior.get(key) != Some(value)).collect();
        Self { set, removed }
    }

    /// Removes the parts that the live object already has, because an API may reject the removal of a missing member.
    #[must_use]
    pub fn missing_in(mut self, live: &BTreeMap<String, String>) -> Self {
        self.set.retain(|key, value| live.get(key) != Some(value));
        self.removed.retain(|key| live.contains_key(key));
        self
    }
}

/// Returns the live set with the planned additions and without the planned removals, for APIs that only accept whole
/// sets.
pub fn merged_set<T: Ord + Clone>(prior: &BTreeSet<T>, planned: &BTreeSet<T>, live: &BTreeSet<T>) -> BTreeSet<T> {
    let is_removed = |element: &&T| prior.contains(*element) && !planned.contains(*element);
    live.iter().filter(|element| !is_removed(element)).chain(planned.difference(prior)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(members: &[(&str, &str)]) -> BTreeMap<String, String> {
        members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn map_difference_ignores_what_only_the_live_object_has() {
        let prior = Map::of(map(&[("same", "1"), ("changed", "1"), ("old", "1"), ("gone", "1")]));
        let planned = Map::of(map(&[("same", "1"), ("changed", "2"), ("new", "1"), ("there", "1")]));
        let found = MapDifference::between(&prior, &planned);
        assert_eq!(found.set, map(&[("changed", "2"), ("new", "1"), ("there", "1")]));
        assert_eq!(found.removed, ["gone", "old"]);
        let live = map(&[("same", "9"), ("foreign", "1"), ("old", "1"), ("there", "1")]);
        let found = found.missing_in(&live);
        assert_eq!((found.set, found.removed), (map(&[("changed", "2"), ("new", "1")]), vec!["old".to_owned()]));
    }

    #[test]
    fn null_empties_a_map_and_unknown_leaves_it() {
        let prior = Map::of(map(&[("a", "1")]));
        assert_eq!(MapDifference::between(&prior, &Attr::Null).removed, ["a"]);
        assert_eq!(MapDifference::between(&prior, &Attr::Unknown), MapDifference::default());
    }

    #[test]
    fn merged_set_keeps_foreign_elements() {
        let set = |elements: &[i32]| elements.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(merged_set(&set(&[1, 2]), &set(&[2, 3]), &set(&[1, 2, 9])), set(&[2, 3, 9]));
        assert_eq!(merged_set(&set(&[1]), &set(&[1]), &set(&[])), set(&[]));
    }

    #[test]
    fn only_known_changes_are_sent() {
        assert_eq!(changed(&Attr::Known(1), &Attr::Known(2)), Some(&2));
        assert_eq!(changed(&Attr::Known(1), &Attr::Known(1)), None);
        assert_eq!(changed(&Attr::Known(1), &Attr::Unknown), None);
        assert_eq!(changed(&Attr::Null, &Attr::Known(1)), Some(&1));
    }
}
