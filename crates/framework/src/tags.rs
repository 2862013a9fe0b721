//! Tags with provider-wide defaults and ignored tags.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::MapDifference;
use super::model::{Attr, Map};

/// The provider's `default_tags` and `ignore_tags`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagPolicy {
    /// Default tags of every object, which its own tags override.
    pub defaults: BTreeMap<String, String>,
    /// Keys of ignored tags.
    pub ignored_keys: BTreeSet<String>,
    /// Prefixes of keys of ignored tags.
    pub ignored_prefixes: BTreeSet<String>,
}

/// The two tag attributes of a model: `tags`, as configured, and `tags_all`, with the provider's defaults.
#[derive(Debug)]
pub struct TagAttributes<'m> {
    /// The configured tags.
    pub tags: &'m mut Map<String>,
    /// The tags including the defaults of the provider.
    pub tags_all: &'m mut Map<String>,
}

impl TagPolicy {
    /// Whether the tag is ignored. Keys that start with `aws:` belong to AWS.
    #[must_use]
    pub fn ignores(&self, key: &str) -> bool {
        key.starts_with("aws:")
            || self.ignored_keys.contains(key)
            || self.ignored_prefixes.iter().any(|prefix| key.starts_with(prefix))
    }

    /// Returns the planned `tags_all` for configured tags. Unknown if any tag is unknown, because a value that becomes
    /// null removes the tag.
    #[must_use]
    pub fn tags_all(&self, tags: &Map<String>) -> Map<String> {
        let mut all: BTreeMap<_, _> =
            self.defaults.iter().map(|(key, value)| (key.clone(), Attr::Known(value.clone()))).collect();
        match tags {
            Attr::Unknown => return Attr::Unknown,
            Attr::Known(tags) if tags.values().any(Attr::is_unknown) => return Attr::Unknown,
            Attr::Null => {}
            Attr::Known(tags) => all.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone()))),
        }
        all.retain(|key, value| !self.ignores(key) && !value.is_null());
        Attr::Known(all)
    }

    /// Returns the tags that an update of `tags_all` sets and removes. Ignored tags are not removed.
    ///
    /// Without a prior value, for an adopted object, the live tags become the planned ones.
    #[must_use]
    pub fn changes(
        &self,
        prior: Option<&Map<String>>,
        planned: &Map<String>,
        live: &BTreeMap<String, String>,
    ) -> MapDifference {
        let mut changes = match prior {
            Some(prior) => MapDifference::between(prior, planned),
            None => MapDifference::between(&Map::of(live.clone()), planned),
        };
        changes.removed.retain(|key| !self.ignores(key));
        changes.missing_in(live)
    }

    /// Returns `tags` and `tags_all` for the tags of an object, given the `tags` of its state.
    ///
    /// A tag that equals a default is treated as configured only if it is in state. A configured tag that is ignored
    /// keeps its configured value.
    #[must_use]
    pub fn from_remote(&self, remote: &BTreeMap<String, String>, stored: &Map<String>) -> (Map<String>, Map<String>) {
        let known = stored.known();
        let all: BTreeMap<_, _> = remote.iter().filter(|(key, _)| !self.ignores(key)).collect();
        let is_configured = |key: &String| known.is_some_and(|tags| tags.contains_key(key));
        let mut tags: BTreeMap<String, Attr<String>> = all
            .iter()
            .filter(|(key, value)| is_configured(key) || self.defaults.get(**key) != Some(value))
            .map(|(key, value)| ((*key).clone(), Attr::Known((*value).clone())))
            .collect();
        // A tag configured as null is not set, so its absence is not drift.
        let unseen = known
            .into_iter()
            .flatten()
            .filter(|(key, value)| self.ignores(key) || (value.is_null() && !all.contains_key(key)));
        tags.extend(unseen.map(|(key, value)| (key.clone(), value.clone())));
        // Terraform core does not report a whole map that changes to null, but a null that becomes an empty map is
        // drift.
        let tags = if tags.is_empty() && known.is_none() { Attr::Null } else { Attr::Known(tags) };
        (tags, Map::of(all.into_iter().map(|(key, value)| (key.clone(), value.clone()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> TagPolicy {
        TagPolicy {
            defaults: [("team".to_owned(), "core".to_owned())].into(),
            ignored_keys: ["seen".to_owned()].into(),
            ignored_prefixes: ["kubernetes.io/".to_owned()].into(),
        }
    }

    fn map(members: &[(&str, &str)]) -> Map<String> {
        Map::of(members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    fn remote(members: &[(&str, &str)]) -> BTreeMap<String, String> {
        members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn own_tag_wins_over_default() {
        assert_eq!(policy().tags_all(&map(&[("team", "mine")])), map(&[("team", "mine")]));
        assert_eq!(policy().tags_all(&Attr::Null), map(&[("team", "core")]));
    }

    #[test]
    fn unknown_tags_make_all_unknown() {
        assert_eq!(policy().tags_all(&Attr::Unknown), Attr::Unknown);
    }

    #[test]
    fn remote_default_is_not_a_configured_tag() {
        let (tags, all) =
            policy().from_remote(&remote(&[("team", "core"), ("seen", "x"), ("aws:x", "y")]), &Attr::Null);
        assert_eq!((tags, all), (Attr::Null, map(&[("team", "core")])));
    }

    #[test]
    fn default_that_is_also_configured_stays_configured() {
        let (tags, _) = policy().from_remote(&remote(&[("team", "core")]), &map(&[("team", "core")]));
        assert_eq!(tags, map(&[("team", "core")]));
    }

    #[test]
    fn one_unknown_tag_makes_all_unknown() {
        let tags: Map<String> = Attr::Known([("a".to_owned(), Attr::Unknown)].into());
        assert_eq!(policy().tags_all(&tags), Attr::Unknown);
    }

    #[test]
    fn null_tag_is_not_drift() {
        let stored: Map<String> = Attr::Known([("a".to_owned(), Attr::Null)].into());
        let (tags, all) = policy().from_remote(&remote(&[]), &stored);
        assert_eq!((tags, all), (stored.clone(), map(&[])));
        let (tags, _) = policy().from_remote(&remote(&[("a", "1")]), &stored);
        assert_eq!(tags, map(&[("a", "1")]));
    }

    #[test]
    fn empty_and_missing_tags_stay_apart() {
        assert_eq!(policy().from_remote(&remote(&[]), &map(&[])).0, map(&[]));
        assert_eq!(policy().from_remote(&remote(&[]), &Attr::Null).0, Attr::Null);
    }

    #[test]
    fn configured_ignored_tag_keeps_configured_value() {
        let stored = map(&[("seen", "mine")]);
        let (tags, all) = policy().from_remote(&remote(&[("seen", "theirs")]), &stored);
        assert_eq!((tags, all), (stored.clone(), map(&[])));
        assert_eq!(policy().tags_all(&stored), map(&[("team", "core")]));
    }

    #[test]
    fn adopted_object_keeps_only_ignored_tags() {
        let planned = map(&[("same", "1"), ("changed", "2"), ("new", "3")]);
        let live = remote(&[("same", "1"), ("changed", "1"), ("old", "4"), ("seen", "x"), ("aws:x", "y")]);
        let set = remote(&[("changed", "2"), ("new", "3")]);
        let expected = MapDifference { set, removed: vec!["old".to_owned()] };
        assert_eq!(policy().changes(None, &planned, &live), expected);
    }

    #[test]
    fn update_keeps_tags_that_the_plan_did_not_show() {
        let prior = map(&[("same", "1"), ("changed", "1"), ("old", "1"), ("seen", "1"), ("gone", "1")]);
        let planned = map(&[("same", "1"), ("changed", "2")]);
        let live = remote(&[("same", "9"), ("changed", "1"), ("old", "1"), ("foreign", "1"), ("seen", "1")]);
        let expected = MapDifference { set: remote(&[("changed", "2")]), removed: vec!["old".to_owned()] };
        assert_eq!(policy().changes(Some(&prior), &planned, &live), expected);
    }

    #[test]
    fn drift_shows_in_both() {
        let (tags, all) = policy().from_remote(&remote(&[("team", "other"), ("new", "1")]), &Attr::Null);
        assert_eq!(tags, map(&[("team", "other"), ("new", "1")]));
        assert_eq!(all, tags);
    }
}
