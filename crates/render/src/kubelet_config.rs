//! The members of a `KubeletConfiguration`, which only the kubelet itself validates: their names and types in
//! [`check`], their values in [`startup`], and the flags of the kubelet in [`flags`] and [`flag_values`].

mod amounts;
pub mod base;
mod eviction;
pub mod flag_values;
pub mod flags;
pub mod gates;
mod image_patterns;
mod members;
mod rules;
pub mod startup;
mod validator;
mod values;

use serde_json::{Map as JsonMap, Value as Json};

pub use self::members::{MEMBERS, VERSIONS};
use super::members::{Checker, Reader};
pub use super::members::{Kind, Member};
use super::node::{Finding, Place};
use Kind::{Bool, DurationOrNanoseconds, Int32, List, Object, Quantity, Text, Time, Uint32};

// Types from other modules than k8s.io/kubelet, which are unchanged since Kubernetes 1.23.
const BUFFER: &[Member] = &[("infoBufferSize", Quantity, 23, 37), ("splitStream", Bool, 23, 37)];
const FORMATS: &[Member] = &[("json", Object(BUFFER), 23, 37), ("text", Object(BUFFER), 31, 37)];
const MODULE: &[Member] = &[("filePattern", Text, 23, 37), ("verbosity", Uint32, 23, 37)];
const LOGGING: &[Member] = &[
    ("flushFrequency", DurationOrNanoseconds, 23, 37),
    ("format", Text, 23, 37),
    ("options", Object(FORMATS), 23, 37),
    ("verbosity", Uint32, 23, 37),
    ("vmodule", List(&Object(MODULE)), 23, 37),
];
const TAINT: &[Member] =
    &[("effect", Text, 23, 37), ("key", Text, 23, 37), ("timeAdded", Time, 23, 37), ("value", Text, 23, 37)];
const TRACING: &[Member] = &[("endpoint", Text, 25, 37), ("samplingRatePerMillion", Int32, 25, 37)];

const KUBELET: Reader = Reader {
    name: "The kubelet",
    consequence: "the kubelet does not start",
    releases: "of Kubernetes 1.23 to 1.37",
    versions: (*VERSIONS.start(), *VERSIONS.end()),
};

/// Checks the names and types of the members of a configuration for a minor version of Kubernetes 1.
pub fn check(given: &JsonMap<String, Json>, minor: Option<u32>, place: &Place, found: &mut Vec<Finding>) {
    Checker { reader: KUBELET, minor, found }.object(given, MEMBERS, place);
}
