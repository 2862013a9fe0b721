//! What the objects of one run must know of each other: names are unique in a cluster, and what a cluster may have is
//! limited.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::creations::Creations;

/// A cluster of a region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// The region.
    pub region: String,
    /// The name of the cluster.
    pub cluster: String,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cluster {} in {}", self.cluster, self.region)
    }
}

/// One run, a plan or an apply, as one kind of object of a cluster sees it.
#[derive(Debug, Default)]
pub struct Run {
    /// What is created.
    pub creations: Creations,
    rosters: Mutex<HashMap<Line, Roster>>,
    unreadable: AtomicBool,
    reads: AtomicBool,
}

/// Names of one cluster.
#[derive(Debug, Default)]
struct Roster {
    /// Planned to be created.
    coming: BTreeSet<String>,
    /// Planned to be replaced, or deleted.
    leaving: BTreeSet<String>,
    /// In the state.
    ours: BTreeSet<String>,
    /// In the state, and planned to stay; with the configuration.
    staying: BTreeMap<String, String>,
    /// In the state, and planned to be deleted with nothing in its place.
    ending: BTreeSet<String>,
}

/// What another resource of the run does with a name that is to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// It has it, and keeps it.
    Stays,
    /// It is to be created with it, too.
    Comes,
    /// It has it, and is to be deleted: it was renamed in the configuration, most likely.
    Ends,
}

impl Run {
    fn with<T>(&self, line: &Line, act: impl FnOnce(&mut Roster) -> T) -> T {
        // Nothing that can panic runs under this lock.
        let mut rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        act(rosters.entry(line.clone()).or_default())
    }

    /// An object that was read because a state holds it.
    pub fn read(&self, line: &Line, name: &str) {
        self.reads.store(true, Ordering::Relaxed);
        self.ours(line, name);
    }

    /// Whether a state was read in this run, as core does when it plans and never when it applies. An error in a plan
    /// that core makes again while it applies would leave the predecessor of a replacement that creates first deposed,
    /// and the next apply delete it; what only may be wrong is then left to the creation.
    pub fn reads_states(&self) -> bool {
        self.reads.load(Ordering::Relaxed)
    }

    /// An object that the state holds.
    pub fn ours(&self, line: &Line, name: &str) {
        self.with(line, |roster| roster.ours.insert(name.to_owned()));
    }

    /// An object that goes.
    pub fn leaves(&self, line: &Line, name: &str) {
        self.with(line, |roster| roster.leaving.insert(name.to_owned()));
    }

    /// An object that stays, with its configuration; whether its name is planned to be created, too, by another resource.
    pub fn stays(&self, line: &Line, name: &str, config: &impl fmt::Debug) -> bool {
        self.with(line, |roster| {
            roster.staying.insert(name.to_owned(), format!("{config:?}"));
            roster.coming.contains(name)
        })
    }

    /// An object that is planned to be created; whether another resource has its name. Core plans a creation once. What
    /// stays by the same configuration is replaced on request (`-replace`, `replace_triggered_by`): core asks for an update
    /// first, and then for a creation.
    pub fn comes(&self, line: &Line, name: &str, config: &impl fmt::Debug) -> Option<Clash> {
        self.with(line, |roster| {
            let first = roster.coming.insert(name.to_owned());
            let stays = roster.staying.get(name).map(|other| *other == format!("{config:?}"));
            if stays == Some(true) && first {
                roster.staying.remove(name);
                roster.leaving.insert(name.to_owned());
                None
            } else if stays.is_some() {
                Some(Clash::Stays)
            } else if !first {
                Some(Clash::Comes)
            } else {
                roster.ending.contains(name).then_some(Clash::Ends)
            }
        })
    }

    /// An object that is planned to be deleted with nothing in its place; whether its name is planned to be created by
    /// another resource.
    pub fn ends(&self, line: &Line, name: &str) -> bool {
        self.with(line, |roster| {
            roster.ending.insert(name.to_owned());
            roster.coming.contains(name)
        })
    }

    /// Whether an object that exists is one of this run's own: what has its name is no surprise.
    pub fn is_ours(&self, line: &Line, name: &str) -> bool {
        self.with(line, |roster| roster.ours.contains(name) || roster.leaving.contains(name))
    }

    /// How many objects the cluster will have, as far as this run has planned, of those that exist.
    pub fn count(&self, line: &Line, existing: &[String]) -> usize {
        self.with(line, |roster| {
            let staying = existing.iter().filter(|name| !roster.leaving.contains(*name));
            staying.chain(&roster.coming).collect::<BTreeSet<_>>().len()
        })
    }

    /// How many objects of the cluster are planned to be created.
    pub fn coming(&self, line: &Line) -> usize {
        self.with(line, |roster| roster.coming.len())
    }

    /// Whether this is the first time that something cannot be read: it is said once.
    pub fn is_first_unreadable(&self) -> bool {
        !self.unreadable.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cluster: &str) -> Line {
        Line { region: "eu-west-1".to_owned(), cluster: cluster.to_owned() }
    }

    #[test]
    fn each_object_of_a_cluster_counts_once() {
        let (run, existing) = (Run::default(), ["a", "b", "c"].map(str::to_owned));
        run.comes(&line("blue"), "c", &"");
        run.comes(&line("blue"), "d", &"");
        run.comes(&line("green"), "e", &"");
        assert_eq!(run.count(&line("blue"), &existing), 4);
        run.leaves(&line("blue"), "a");
        assert_eq!(run.count(&line("blue"), &existing), 3);
    }

    #[test]
    fn name_that_another_resource_has_is_told_in_whatever_order_they_are_planned() {
        let run = Run::default();
        assert_eq!(run.comes(&line("blue"), "twice", &1), None);
        assert_eq!(run.comes(&line("blue"), "twice", &1), Some(Clash::Comes));
        assert_eq!(run.comes(&line("green"), "twice", &1), None);
        assert!(!run.stays(&line("blue"), "there", &1) && !run.ends(&line("blue"), "renamed"));
        assert_eq!(run.comes(&line("blue"), "there", &2), Some(Clash::Stays));
        assert_eq!(run.comes(&line("blue"), "renamed", &1), Some(Clash::Ends));
        run.comes(&line("blue"), "new", &1);
        assert!(run.stays(&line("blue"), "new", &1) && run.ends(&line("blue"), "new"));
    }

    #[test]
    fn what_is_replaced_on_request_does_not_clash_with_itself() {
        let (run, existing) = (Run::default(), ["a".to_owned()]);
        assert!(!run.stays(&line("blue"), "a", &1));
        assert_eq!(run.comes(&line("blue"), "a", &1), None);
        assert!(run.is_ours(&line("blue"), "a"));
        assert_eq!(run.count(&line("blue"), &existing), 1);
        assert_eq!(run.comes(&line("blue"), "a", &1), Some(Clash::Comes), "a third one is another resource");
    }

    #[test]
    fn replaced_object_that_keeps_its_name_counts_once() {
        let (run, existing) = (Run::default(), ["a".to_owned()]);
        run.leaves(&line("blue"), "a");
        run.comes(&line("blue"), "a", &"");
        assert_eq!(run.count(&line("blue"), &existing), 1);
        assert!(run.is_ours(&line("blue"), "a") && !run.is_ours(&line("blue"), "b"));
    }
}
