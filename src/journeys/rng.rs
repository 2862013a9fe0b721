//! Random choices that depend on a seed.

use serde_json::Value as Json;

/// Random choices that depend on a seed.
#[derive(Debug)]
pub(crate) struct Rng(fastrand::Rng);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.usize(..bound)
    }

    /// Returns `true` with this probability, in percent.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// Returns one of several JSON values.
    pub(crate) fn json(&mut self, choices: Json) -> Json {
        let Json::Array(mut choices) = choices else { panic!("choices are a list") };
        choices.swap_remove(self.below(choices.len()))
    }
}
