//! The meaning of the provider protocol: values, schemas, planning, and the traits that objects implement.
//!
//! Nothing here knows AWS, Kubernetes, a socket or the wire format.

pub mod blocks;
pub mod diagnostics;
pub mod duration;
pub mod model;
pub mod number;
pub mod path;
pub mod schema;
pub mod types;
pub mod validators;
pub mod value;
