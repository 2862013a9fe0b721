//! Converts between the messages of the protocol and the types of the framework.

mod diagnostics;
mod schema;
mod values;

pub(super) use diagnostics::{diagnostic, diagnostics, function_error, path};
pub(super) use schema::{action_schema, function, identity_schema, schema};
pub(super) use values::{
    deferral_allowed, deferred, dynamic_value, given_identity, given_value, identity_data, kept, private, stored_json,
    stored_value, timestamp,
};
