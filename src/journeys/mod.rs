//! Journeys: random sequences of events for objects, with the real resources, fakes for AWS and Kubernetes, and a
//! minimal Terraform core. The oracle checks the result of each step.
//!
//! `make journeys` runs the campaign. The tests below run a sample with fixed seeds. A violation is printed as the
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
