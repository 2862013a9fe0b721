//! Runs a journey: executes each step and checks the invariants.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::ignore;
use super::process;
use super::step::{Block, Fault, Step};
use super::subject::Subject;
use super::terraform::{Failure, Planned, Slot, Walk};
use clients::aws::Aws;
use clients::strikes::{FaultKind, Trouble};

/// Number of events, for the printed count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) journeys: usize,
    pub(crate) applies: usize,
    pub(crate) refused: usize,
    pub(crate) ended: usize,
    pub(crate) leaves: usize,
}

/// A directory with configuration and state.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    pub(super) blocks: BTreeMap<String, Block>,
    pub(super) slots: BTreeMap<String, Slot>,
}

pub(super) type Plans = Vec<(String, Planned)>;

pub(super) struct Traveller {
    pub(super) subject: Arc<dyn Subject>,
    pub(super) aws: Aws,
    /// See [`Walk`].
    keeps_planned_private: bool,
    pub(super) folders: [Folder; 2],
    /// The directory in which processes store data for later processes.
    pub(super) homes: [TempDir; 2],
    /// Objects that another process created and no state has adopted, and their content.
    pub(super) foreign: BTreeMap<String, String>,
    /// Objects that are not in any state, and that an error or a warning has reported.
    pub(super) reported: BTreeSet<String>,
    /// IDs of objects that another process has deleted. A new object can have the same ID.
    pub(super) ambiguous: BTreeSet<String>,
    /// The IDs that are in two states.
    pub(super) contested: BTreeSet<String>,
    pub(super) told: String,
    pub(super) counts: Counts,
}

/// The result of an apply.
#[derive(Debug, PartialEq)]
enum End {
    Applied,
    Refused(String),
    Ended,
}

pub(super) type Checked<T = ()> = Result<T, String>;

fn end(result: Result<(), Failure>) -> Checked<End> {
    match result {
        Ok(()) => Ok(End::Applied),
        Err(Failure::Refused(text)) => Ok(End::Refused(text)),
        Err(Failure::Ended) => Ok(End::Ended),
        Err(Failure::Broken(rule)) => Err(rule),
    }
}

impl Traveller {
    pub(super) fn new(subject: Arc<dyn Subject>, aws: Aws, keeps_planned_private: bool) -> Self {
        let (folders, counts) = Default::default();
        let (foreign, reported) = Default::default();
        let (ambiguous, contested) = Default::default();
        let homes = [(); 2].map(|()| {
            let home = tempfile::tempdir().expect("a temporary folder");
            std::fs::create_dir(home.path().join(".terraform")).expect("a new folder");
            home
        });
        Self {
            subject,
            aws,
            keeps_planned_private,
            folders,
            homes,
            foreign,
            reported,
            ambiguous,
            contested,
            told: String::new(),
            counts,
        }
    }

    pub(super) async fn travel(&mut self, steps: &[Step]) -> Checked {
        for (number, step) in steps.iter().enumerate() {
            let done = self.step(step).await.and_then(|()| self.check_owners());
            done.map_err(|violation| format!("step {}: {violation}", number + 1))?;
        }
        for state in 0..self.folders.len() {
            self.destroy(state, None).await.map_err(|violation| format!("final destroy of {state}: {violation}"))?;
        }
        self.check_owners()?;
        let left: Vec<_> = self.subject.objects().into_keys().filter(|id| !self.foreign.contains_key(id)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("destroy leaves {left:?}")) }
    }

    async fn step(&mut self, step: &Step) -> Checked {
        match step {
            Step::Configure { state, blocks } => {
                for (name, block) in blocks {
                    match block {
                        Some(block) => self.folders[*state].blocks.insert(name.clone(), block.clone()),
                        None => self.folders[*state].blocks.remove(name),
                    };
                }
                Ok(())
            }
            Step::Apply { state, drift, fault } => self.apply(*state, drift.as_ref(), *fault).await,
            Step::ApplyTogether => self.apply_together().await,
            Step::Drift(drift) => {
                self.drift(drift);
                Ok(())
            }
            Step::Refresh { state } => self.refresh(*state).await,
            Step::Taint { state, name } => {
                if let Some(object) = self.folders[*state].slots.get_mut(name).and_then(|slot| slot.current.as_mut()) {
                    object.tainted = true;
                }
                Ok(())
            }
            Step::Import { state, name } => self.acquire(*state, name, "import").await,
            Step::ImportByIdentity { state, name } => self.acquire(*state, name, "identity").await,
            Step::Move { state, name } => self.acquire(*state, name, "move").await,
            Step::Destroy { state, fault } => self.destroy(*state, *fault).await,
        }
    }

    pub(super) async fn walk(&self, state: usize) -> Walk {
        Walk {
            server: process::start(&self.subject, &self.aws, self.homes[state].path()).await,
            type_name: self.subject.type_name(),
            killed: CancellationToken::new(),
            interrupted: CancellationToken::new(),
            keeps_planned_private: self.keeps_planned_private,
            told: RefCell::default(),
        }
    }

    fn listen(&mut self, walk: &Walk) {
        self.told.push_str(&walk.told.borrow());
    }

    /// Reads every object of a directory.
    async fn read(&self, walk: &Walk, folder: &Folder) -> Result<BTreeMap<String, Slot>, Failure> {
        let mut read = BTreeMap::new();
        for (name, slot) in &folder.slots {
            let mut found = Slot::default();
            if let Some(object) = &slot.current {
                found.current = walk.read(object).await?;
            }
            for object in &slot.deposed {
                found.deposed.extend(walk.read(object).await?);
            }
            if found != Slot::default() {
                read.insert(name.clone(), found);
            }
        }
        Ok(read)
    }

    pub(super) async fn refresh(&mut self, state: usize) -> Checked {
        let walk = self.walk(state).await;
        let read = self.read(&walk, &self.folders[state]).await;
        self.listen(&walk);
        match read {
            Ok(slots) => self.folders[state].slots = slots,
            Err(Failure::Broken(rule)) => return Err(rule),
            Err(Failure::Refused(text)) => return Err(format!("refresh fails: {text}")),
            Err(Failure::Ended) => {}
        }
        Ok(())
    }

    /// Refreshes and plans. The directory then contains the refreshed objects.
    pub(super) async fn plan(&self, walk: &Walk, folder: &mut Folder) -> Result<Plans, Failure> {
        folder.slots = self.read(walk, folder).await?;
        let mut plans = Plans::new();
        let names: BTreeSet<_> = folder.blocks.keys().chain(folder.slots.keys()).cloned().collect();
        for name in names {
            let current = folder.slots.get(&name).and_then(|slot| slot.current.as_ref());
            let plan = match (folder.blocks.get(&name), current) {
                (Some(block), _) => {
                    let config = walk.decode(&block.arguments);
                    let ignored: Vec<_> = block.ignore_changes.iter().map(|text| ignore::path(text)).collect();
                    walk.plan(current, &config, &ignored, &[], block.create_before_destroy).await?
                }
                (None, Some(object)) => walk.plan_destroy(object).await?,
                (None, None) => continue,
            };
            plans.push((name, plan));
        }
        Ok(plans)
    }

    fn drift(&mut self, drift: &Json) -> bool {
        let before = self.subject.objects();
        let changed = self.subject.apply_drift(drift);
        for (id, (_, content)) in self.subject.objects() {
            if !before.contains_key(&id) || self.foreign.contains_key(&id) {
                self.foreign.insert(id, content);
            }
        }
        let left = self.subject.objects();
        self.foreign.retain(|id, _| left.contains_key(id));
        if self.subject.reuses_ids() {
            self.ambiguous.extend(before.into_keys().filter(|id| !left.contains_key(id)));
        }
        changed
    }

    async fn apply(&mut self, state: usize, drift: Option<&Json>, fault: Option<Fault>) -> Checked {
        let struck = match self.apply_once(state, drift, fault).await? {
            (End::Ended, _) => true,
            (End::Refused(_), struck) => struck,
            (End::Applied, _) => false,
        };
        if struck {
            // The fault is over: the next apply must finish the changes.
            if let (End::Refused(text), _) = self.apply_once(state, None, None).await?
                && self.is_alone()
                && !self.subject.may_refuse(&text)
            {
                return Err(format!("the apply after a fault does not converge: {text}"));
            }
        }
        Ok(())
    }

    /// Whether only one state with one object is in use, so that conflicts are not possible.
    fn is_alone(&self) -> bool {
        let used = |folder: &&Folder| !folder.blocks.is_empty() || !folder.slots.is_empty();
        let folders: Vec<_> = self.folders.iter().filter(used).collect();
        let one = |folder: &&Folder| folder.blocks.len() < 2 && folder.slots.len() < 2;
        // An object that is replaced by an object with the same name conflicts while it still exists.
        let first = |folder: &&Folder| folder.blocks.values().any(|block| block.create_before_destroy);
        let in_turn = !folders.iter().any(first);
        folders.len() < 2 && folders.iter().all(one) && in_turn && self.foreign.is_empty()
    }

    /// Runs one apply. Returns whether the fault occurred.
    async fn apply_once(&mut self, state: usize, drift: Option<&Json>, fault: Option<Fault>) -> Checked<(End, bool)> {
        self.counts.applies += 1;
        let walk = self.walk(state).await;
        let mut folder = self.folders[state].clone();
        let planned = self.plan(&walk, &mut folder).await;
        self.listen(&walk);
        let plans = match planned {
            Ok(plans) => plans,
            Err(failure) => {
                self.counts.refused += 1;
                return Ok((end(Err(failure))?, false));
            }
        };
        self.folders[state].slots = folder.slots;
        let drifted = drift.is_some_and(|drift| self.drift(drift));
        let live = if drifted { self.live(state).await } else { None };
        let (result, struck) = self.apply_plans(state, &plans, fault).await;
        let end = end(result)?;
        match &end {
            End::Applied if !drifted || live.is_some() => self.judge(state, &plans, live.as_ref()).await?,
            End::Applied => {}
            End::Refused(_) => self.counts.refused += 1,
            End::Ended => self.counts.ended += 1,
        }
        Ok((end, struck))
    }

    /// Returns the objects right before the apply.
    async fn live(&self, state: usize) -> Option<BTreeMap<String, Slot>> {
        let walk = self.walk(state).await;
        self.read(&walk, &self.folders[state]).await.ok()
    }

    async fn apply_plans(&mut self, state: usize, plans: &Plans, fault: Option<Fault>) -> (Result<(), Failure>, bool) {
        let walk = self.walk(state).await;
        let struck = match fault.map(|fault| fault.kind) {
            Some(FaultKind::Kill | FaultKind::KillAfter) => walk.killed.clone(),
            Some(FaultKind::Interrupt) => walk.interrupted.clone(),
            _ => CancellationToken::new(),
        };
        if let Some(Fault { kind, call }) = fault {
            self.subject.strike(call, Trouble { kind, struck: struck.clone() });
        }
        let mut slots = std::mem::take(&mut self.folders[state].slots);
        let stopping = async {
            walk.interrupted.cancelled().await;
            walk.server.stop();
            std::future::pending::<Result<(), Failure>>().await
        };
        let result = tokio::select! {
            biased;
            never = stopping => never,
            result = apply_all(&walk, &mut slots, plans) => result,
        };
        self.subject.calm();
        slots.retain(|_, slot| *slot != Slot::default());
        self.folders[state].slots = slots;
        self.listen(&walk);
        (result, struck.is_cancelled())
    }

    async fn apply_together(&mut self) -> Checked {
        let mut planned = Vec::new();
        for state in 0..2 {
            let walk = self.walk(state).await;
            let mut folder = self.folders[state].clone();
            let plans = self.plan(&walk, &mut folder).await;
            self.listen(&walk);
            self.counts.applies += 1;
            match plans {
                Ok(plans) => {
                    self.folders[state].slots = folder.slots;
                    planned.push(plans);
                }
                Err(failure) => return end(Err(failure)).map(drop),
            }
        }
        let (left, right) = (self.walk(0).await, self.walk(1).await);
        let mut slots = self.folders.each_mut().map(|folder| std::mem::take(&mut folder.slots));
        let [one, other] = &mut slots;
        let (first, second) = tokio::join!(apply_all(&left, one, &planned[0]), apply_all(&right, other, &planned[1]));
        for (folder, mut slots) in self.folders.iter_mut().zip(slots) {
            slots.retain(|_, slot| *slot != Slot::default());
            folder.slots = slots;
        }
        self.listen(&left);
        self.listen(&right);
        for (state, result) in [first, second].into_iter().enumerate() {
            match end(result)? {
                End::Applied => self.judge(state, &planned[state], None).await?,
                End::Refused(_) => self.counts.refused += 1,
                End::Ended => self.counts.ended += 1,
            }
        }
        Ok(())
    }

    /// Destroys everything in a directory. Without a fault, this must succeed.
    async fn destroy(&mut self, state: usize, fault: Option<Fault>) -> Checked {
        let blocks = std::mem::take(&mut self.folders[state].blocks);
        let first = self.apply_once(state, None, fault).await;
        let done = match first? {
            (End::Applied, _) => Ok(()),
            (_, true) | (End::Ended, _) => match self.apply_once(state, None, None).await? {
                (End::Applied, _) => Ok(()),
                (end, _) => Err(format!("destroy fails: {end:?}")),
            },
            (end, _) => Err(format!("destroy fails: {end:?}")),
        };
        self.folders[state].blocks = blocks;
        // A destroyed directory is not applied again.
        self.folders[state].blocks.clear();
        done
    }
}

/// The apply walk: blocks that do not depend on a failed block continue.
async fn apply_all(walk: &Walk, slots: &mut BTreeMap<String, Slot>, plans: &Plans) -> Result<(), Failure> {
    let mut failed = Ok(());
    for (name, plan) in plans {
        let applied = walk.apply(slots.entry(name.clone()).or_default(), plan).await;
        if let Err(failure) = applied {
            let is_worse = matches!(failure, Failure::Broken(_)) || failed.is_ok();
            if is_worse {
                failed = Err(failure);
            }
        }
    }
    failed
}

impl Counts {
    #[must_use]
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            journeys: self.journeys + other.journeys,
            applies: self.applies + other.applies,
            refused: self.refused + other.refused,
            ended: self.ended + other.ended,
            leaves: self.leaves + other.leaves,
        }
    }
}
