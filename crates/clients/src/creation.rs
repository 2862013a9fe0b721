//! Creates EKS objects with proof of ownership: a request that may have taken effect is repeated with its token, and
//! never compared with existing objects.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::errors::{ApiError, ErrorKind};
use super::retry::Retry;
use super::run_ledger::Claim;
use super::wait::Limits;
use framework::diagnostics::Diagnostics;

/// Time limit of one call after the user has interrupted the run, which must stop within two seconds.
const LAST_LOOK: Duration = Duration::from_millis(200);

/// Time limit of one call if the run is not interrupted.
const LOOK: Duration = Duration::from_secs(30);

/// A request that EKS recognizes by its token.
pub trait CreateRequest: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The same for all attempts of one creation.
    fn token_mut(&mut self) -> &mut String;

    /// The token.
    fn token(&self) -> &str;

    /// Whether both requests create the same object.
    fn is_same(&self, other: &Self) -> bool {
        let mut other = other.clone();
        self.token().clone_into(other.token_mut());
        *self == other
    }
}

/// How objects of a kind are created.
#[async_trait]
pub trait Creator: Send + Sync {
    /// The request.
    type Request: CreateRequest;
    /// The response of EKS.
    type Object: Send;

    /// Sends the request.
    async fn create(&self, request: &Self::Request) -> Result<Self::Object, ApiError>;
    /// Reads the object that the request describes.
    async fn describe(&self, request: &Self::Request) -> Result<Self::Object, ApiError>;
    /// Deletes the object that the request describes, and waits until it no longer exists.
    async fn delete(&self, request: &Self::Request) -> Result<(), Diagnostics>;
}

/// The reason why the resource has no object.
#[derive(Debug)]
pub enum CreationError {
    /// The request was not accepted; `AlreadyExists` means that an object that this configuration did not create has
    /// the name.
    Refused(ApiError),
    /// The object of an interrupted apply with other arguments was not deleted.
    NotDeleted(Diagnostics),
}

/// Sends the request until it is certain whether the object exists and belongs to the resource. A creation of an
/// interrupted apply of this configuration continues, or its object is deleted if the arguments have changed since.
///
/// # Errors
/// Returns an error if the object does not exist, or if there is no proof that this resource created it. While that is
/// uncertain, the record of the creation stays for the next apply.
pub async fn begin<C: Creator>(
    creator: &C,
    claim: &Claim<'_>,
    limits: &Limits,
    doing: &str,
    request: C::Request,
) -> Result<C::Object, CreationError> {
    let request = prepared(creator, claim, limits, doing, request).await?;
    // Whether any attempt may have taken effect. This includes an interrupted attempt, and an attempt before a rejected
    // one.
    let open = AtomicBool::new(false);
    let attempt = || async {
        let before = open.swap(true, Ordering::Relaxed);
        let answer = creator.create(&request).await;
        if !answer.as_ref().is_err_and(leaves_open) {
            open.store(before, Ordering::Relaxed);
        }
        answer
    };
    let error = match Retry::new().run(doing, limits, attempt).await {
        Ok(object) => return Ok(object),
        Err(error) => error,
    };
    if error.kind == ErrorKind::AlreadyExists || !open.load(Ordering::Relaxed) {
        claim.discard_record();
        return Err(CreationError::Refused(error));
    }
    // The object is read first, because repeating the request would create an object that is no longer wanted after the
    // interruption.
    if within(limits, creator.describe(&request)).await.is_some()
        && let Some(object) = within(limits, creator.create(&request)).await
    {
        return Ok(object);
    }
    Err(CreationError::Refused(error))
}

/// Returns the request to send, with the token of an unfinished creation that it continues, and its record.
async fn prepared<C: Creator>(
    creator: &C,
    claim: &Claim<'_>,
    limits: &Limits,
    doing: &str,
    request: C::Request,
) -> Result<C::Request, CreationError> {
    if let Some(record) = claim.unfinished() {
        match record.request::<C::Request>() {
            Some(begun) if begun.is_same(&request) => {
                tracing::info!("{doing}: resuming the creation that an interrupted apply started");
                claim.keep_record(record);
                return Ok(begun);
            }
            Some(begun) => {
                tracing::info!(
                    "{doing}: discarding the creation that an interrupted apply started with other arguments"
                );
                remove_begun(creator, limits, doing, &begun).await?;
            }
            None => {}
        }
        record.remove();
    }
    claim.write_record(request.token(), &request);
    Ok(request)
}

/// Deletes the object that a request has created, if there is proof of it.
async fn remove_begun<C: Creator>(
    creator: &C,
    limits: &Limits,
    doing: &str,
    begun: &C::Request,
) -> Result<(), CreationError> {
    match Retry::new().run(doing, limits, || creator.describe(begun)).await {
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(CreationError::Refused(error)),
        Ok(_) => {}
    }
    match Retry::new().run(doing, limits, || creator.create(begun)).await {
        Ok(_) => creator.delete(begun).await.map_err(CreationError::NotDeleted),
        // Another object has the name, so the creation reports the name conflict.
        Err(error) if error.kind == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(CreationError::Refused(error)),
    }
}

/// Whether a failed request may have taken effect.
#[must_use]
pub fn leaves_open(error: &ApiError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Silent
            | ErrorKind::Server
            | ErrorKind::Cancelled
            | ErrorKind::Expired
            | ErrorKind::ForeignResponse
            | ErrorKind::Other
    )
}

/// Returns the response, if it arrives in time.
pub async fn within<T>(limits: &Limits, question: impl Future<Output = Result<T, ApiError>>) -> Option<T> {
    let patience = if limits.cancellation.is_cancelled() { LAST_LOOK } else { LOOK };
    tokio::time::timeout(patience, question).await.ok()?.ok()
}

#[cfg(test)]
#[path = "creation_tests.rs"]
mod tests;
