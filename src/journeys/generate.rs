//! Generates a journey from a seed.

use std::collections::BTreeMap;

use super::rng::Rng;
use super::step::{Block, Fault, Step};
use super::subject::Subject;
use clients::strikes::FaultKind;

/// Names of resource blocks. The second block is a copy or has a different object.
const NAMES: [&str; 2] = ["a", "b"];
const STATES: usize = 2;

struct Author<'s> {
    subject: &'s dyn Subject,
    rng: Rng,
    configured: [BTreeMap<String, Block>; STATES],
    steps: Vec<Step>,
}

/// Returns a journey with several steps.
pub(super) fn journey(subject: &dyn Subject, seed: u64) -> Vec<Step> {
    let mut author = Author { subject, rng: Rng::new(seed), configured: Default::default(), steps: Vec::new() };
    // Most journeys have one state and one object, because more of them would hide effects.
    let crowded = author.rng.chance(25) && !subject.may_share();
    author.configure(0, "a");
    author.apply(0);
    for _ in 0..2 + author.rng.below(6) {
        author.step(crowded);
    }
    author.steps
}

impl Author<'_> {
    fn step(&mut self, crowded: bool) {
        let state = if crowded { self.rng.below(STATES) } else { 0 };
        let name = if crowded && self.rng.chance(30) { NAMES[1] } else { NAMES[0] };
        match self.rng.below(100) {
            0..55 => {
                self.configure(state, name);
                self.apply(state);
            }
            55..72 => {
                let drift = self.subject.drift(&mut self.rng);
                self.steps.push(Step::Drift(drift));
                if self.rng.chance(60) {
                    self.apply(state);
                }
            }
            72..76 => self.steps.push(Step::Refresh { state }),
            76..80 => {
                self.steps.push(Step::Taint { state, name: name.to_owned() });
                self.apply(state);
            }
            80..84 => self.steps.push(Step::Import { state, name: name.to_owned() }),
            84..87 => self.steps.push(Step::ImportByIdentity { state, name: name.to_owned() }),
            87..92 => self.steps.push(Step::Move { state, name: name.to_owned() }),
            92..95 if crowded => {
                self.configure(0, name);
                self.configure(1, name);
                self.steps.push(Step::ApplyTogether);
            }
            95..97 => {
                let blocks = BTreeMap::from([(name.to_owned(), None)]);
                self.configured[state].remove(name);
                self.steps.push(Step::Configure { state, blocks });
                self.apply(state);
            }
            _ => {
                let fault = self.fault();
                self.steps.push(Step::Destroy { state, fault });
            }
        }
    }

    fn configure(&mut self, state: usize, name: &str) {
        let (subject, rng) = (self.subject, &mut self.rng);
        let arguments = match self.configured[state].get(name) {
            Some(block) => subject.changed(rng, &block.arguments),
            // A copied block, or a block with a different object.
            None => match self.configured.iter().flat_map(BTreeMap::values).next().cloned() {
                Some(other) if rng.chance(50) => other.arguments,
                _ => subject.arguments(rng),
            },
        };
        let ignored = if rng.chance(35) { 1 + rng.below(2) } else { 0 };
        let ignore_changes = (0..ignored).map(|_| (*rng.pick(subject.ignorable())).to_owned()).collect();
        let block = Block { arguments, ignore_changes, create_before_destroy: rng.chance(20) };
        self.configured[state].insert(name.to_owned(), block.clone());
        self.steps.push(Step::Configure { state, blocks: BTreeMap::from([(name.to_owned(), Some(block))]) });
    }

    fn apply(&mut self, state: usize) {
        let drift = self.rng.chance(15).then(|| self.subject.drift(&mut self.rng));
        let fault = self.fault();
        self.steps.push(Step::Apply { state, drift, fault });
    }

    fn fault(&mut self) -> Option<Fault> {
        let kinds = [FaultKind::Kill, FaultKind::KillAfter, FaultKind::Interrupt, FaultKind::LostAnswer];
        self.rng.chance(18).then(|| Fault { kind: *self.rng.pick(&kinds), call: self.rng.below(9) })
    }
}
