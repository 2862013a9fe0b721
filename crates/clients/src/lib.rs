//! Shared API plumbing of all resource types: error classification, waiters, retries, and caches.
#![allow(clippy::disallowed_methods, reason = "waits, retries, and caches are implemented in this crate")]

pub mod access;
pub mod aws;
pub mod cache;
#[cfg(any(test, feature = "testing"))]
pub mod calls;
pub mod check_runner;
pub mod coalesce;
pub mod context;
pub mod creation;
pub mod creation_records;
#[cfg(any(test, feature = "testing"))]
pub mod destroy_matrix;
pub mod drain;
pub mod environment;
pub mod errors;
pub mod facts;
pub mod findings;
pub mod generated_name;
pub mod issues;
pub mod kube;
pub mod names;
pub mod object_key;
pub mod partial_read;
pub mod plan_memory;
pub mod queue;
pub mod retry;
pub mod run_ledger;
pub mod search;
pub mod status;
#[cfg(any(test, feature = "testing"))]
pub mod strikes;
mod succession;
pub mod wait;
