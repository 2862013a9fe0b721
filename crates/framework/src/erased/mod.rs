//! Object-safe wrappers with dynamic values for the typed traits, so that the server can store them together.
//!
//! Only this module decodes and encodes models, and converts panics of provider code to diagnostics.

mod action;
mod data_source;
mod ephemeral;
mod list;
mod resource;

pub(crate) use action::{AnyAction, ErasedAction};
pub(crate) use data_source::{AnyDataSource, ErasedDataSource};
pub(crate) use ephemeral::{AnyEphemeralResource, ErasedEphemeralResource};
pub(crate) use list::{AnyListResource, ErasedListResource};
pub(crate) use resource::{AnyResource, ErasedResource, RawChange, RawPlan, Verb};

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::located::located;
use super::model::Model;
use super::path::Path;
use super::schema::Block;
use super::value::Value;

/// Runs provider code. A panic becomes an error.
pub(crate) async fn guarded<T>(work: impl Future<Output = Result<T, Diagnostics>>) -> Result<T, Diagnostics> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(panic.as_ref()).into()))
}

/// Runs resource code that changes nothing, until the user interrupts it. Such code has nothing to finish, so the run
/// ends immediately, even if the code waits for a response.
pub(crate) async fn asked<T>(
    cancellation: &CancellationToken,
    work: impl Future<Output = Result<T, Diagnostics>>,
) -> Result<T, Diagnostics> {
    tokio::select! {
        biased;
        result = guarded(work) => result,
        () = cancellation.cancelled() => Err(interrupted().into()),
    }
}

fn interrupted() -> Diagnostic {
    Diagnostic::error(
        "Run was interrupted",
        "The run was interrupted before all responses were received. This operation changed nothing.",
    )
}

/// Runs provider code that does not wait. A panic becomes an error.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, Diagnostics> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panicked(panic.as_ref()).into())
}

/// Returns the error for a panic.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Diagnostic {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
    Diagnostic::error(
        "Bug in the provider: an operation ended abnormally",
        format!(
            "{text}. This is a bug in the provider, not in the configuration. Report it, and include the log of a run \
             with TF_LOG=trace."
        ),
    )
}

/// Decodes a model. Terraform core never sends a value of another shape, so a failure is a bug, unless the model has
/// stricter constraints than the type.
pub(crate) fn decode<M: Model>(value: &Value) -> Result<M, Diagnostics> {
    M::from_value(value, &Path::root()).map_err(|error| {
        if error.is_of_user() {
            let path = &error.path;
            let detail = format!("{path} must be {}, got: {}.", error.expected, error.found);
            return Diagnostic::error(format!("Invalid value for {path}"), detail).at(path.addressable()).into();
        }
        Diagnostic::error(
            "Bug in the provider: unexpected value",
            format!("{error}. This is a bug in the provider. Report it, and include this message."),
        )
        .at(error.path.addressable())
        .into()
    })
}

/// Validates against the schema, including nulls, and then with the resource's validation.
pub(crate) fn validate<M: Model>(
    block: &Block,
    config: &Value,
    model: impl FnOnce(&Value) -> Result<M, Diagnostics>,
    own: impl FnOnce(&M, &mut Diagnostics),
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let checked = catch_panic(|| {
        let nulls = super::validation::nulls(block, config);
        diagnostics.extend(nulls.clone());
        super::validation::validate(block, config, &mut diagnostics);
        let mut found = Diagnostics::new();
        let is_reported = |known: &Diagnostics, one: &Diagnostic| {
            one.path.is_some() && known.iter().any(|known| known.path == one.path)
        };
        match model(&super::plan::normal(block, config)) {
            Ok(model) => {
                own(&model, &mut found);
                // An unsupported null is reported once.
                found = found.into_iter().filter(|one| !is_reported(&nulls, one)).collect();
            }
            // Errors that a validator has reported are not reported again.
            Err(errors) => found = errors.into_iter().filter(|one| !is_reported(&diagnostics, one)).collect(),
        }
        diagnostics.extend(found);
    });
    diagnostics.extend(checked.err().unwrap_or_default());
    located(diagnostics, block, config)
}
