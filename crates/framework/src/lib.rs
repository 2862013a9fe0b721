//! The semantics of the provider protocol: values, schemas, planning, and the traits that resource types implement.
//!
//! This crate is independent of AWS, Kubernetes, sockets, and the wire format.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests wait on paused time"))]

// The derive macro refers to this crate by its name, which must also work inside the crate.
extern crate self as framework;

pub mod action;
pub mod blocks;
pub mod context;
pub mod data_source;
pub mod diagnostics;
pub mod difference;
pub mod docs;
pub mod duration;
mod dynamic_blocks;
pub mod ephemeral;
mod erased;
pub mod function;
pub mod identity;
pub mod list;
mod located;
pub mod model;
pub mod moved;
pub mod normalization;
mod nulls;
pub mod number;
pub mod path;
mod plan;
pub mod plan_facts;
pub mod plan_marker;
pub mod private;
pub mod provider;
pub mod resource;
pub mod rules;
pub mod schema;
mod schema_validation;
pub mod secrets;
pub mod server;
pub mod tags;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod timeouts;
pub mod type_check;
pub mod types;
pub mod validation;
pub mod validators;
pub mod value;
