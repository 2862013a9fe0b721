//! Instance types with Inferentia or Trainium devices.

mod model;
mod selection;

pub use model::{NeuronInstanceType, NeuronInstanceTypes};

#[cfg(test)]
mod tests;
