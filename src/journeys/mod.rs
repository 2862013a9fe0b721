//! Journeys: random sequences of what happens to objects, through the real resources and their stand-ins for AWS and
//! Kubernetes, with a small Terraform core between. The oracle decides after each step.
//!
//! `make journeys` runs the campaign; the tests below run a sample with fixed seeds. A violation is printed as the
//! shortest journey that still shows it, in JSON, to be added to the regressions of its resource.

mod acquire;
mod effects;
mod generate;
mod ignore;
mod judge;
mod kubernetes;
mod minimize;
mod process;
mod rng;
mod run;
mod step;
mod subject;
mod terraform;

mod campaign;

pub(crate) use campaign::campaign;
pub(crate) use kubernetes::{Karpenter, KarpenterResource, cluster_of};
pub(crate) use rng::Rng;
pub(crate) use subject::{Subject, counterpart_state, text, texts};
