//! Creates an entry that only one resource owns.
//!
//! One write contains the entry and a token, and only one of two concurrent writes succeeds. If the response is lost or
//! the apply is killed, the token proves that this creation wrote the entry. Once the creation record confirms the
//! write, the token is removed, so that nothing else of the creation remains in the ConfigMap.

use clients::generated_name;
use clients::run_ledger::Claim;
use clients::wait::Limits;
use render::aws_auth::{Entry, Mapping};

use super::editor::{Done, Edit, EditError, Editor};

/// Creates the entry. An existing entry is an error, unless it is to be adopted, or a record proves that an interrupted
/// apply of this configuration created it.
///
/// # Errors
/// Returns an error if the entry does not belong to this resource afterward.
pub(super) async fn create(
    editor: &Editor,
    claim: &Claim<'_>,
    limits: &Limits,
    (mapping, entry): (Mapping, Entry),
    adopt: bool,
) -> Result<Done, EditError> {
    let (token, is_ours) = begun(claim, &entry);
    let arn = entry.arn.clone();
    let edit = Edit::Insert { entry, adopt, token: token.clone(), is_ours };
    let done = match editor.edit(mapping, edit, limits).await {
        Ok(done) => done,
        Err(error) => {
            // The text was read, and it does not contain a write of this creation. After an error of the API server,
            // the write may have succeeded, so the record is kept for the next apply.
            if !matches!(&error, EditError::Api(_)) {
                claim.discard_record();
            }
            return Err(error);
        }
    };
    claim.confirm_record(&arn);
    if let Err(error) = editor.edit(mapping, Edit::Forget(token), limits).await {
        // The token is no longer required, and a later write removes it.
        tracing::debug!(%error, "unable to remove the creation token from aws-auth");
    }
    Ok(done)
}

/// Returns the token of a creation, and whether an interrupted apply with this token is known to have written the
/// entry.
fn begun(claim: &Claim<'_>, entry: &Entry) -> (String, bool) {
    if let Some(record) = claim.unfinished() {
        let begun = (record.token().to_owned(), record.evidence().is_some());
        claim.keep_record(record);
        return begun;
    }
    let token = generated_name::token();
    claim.write_record(&token, &(&entry.arn, &entry.username, &entry.groups));
    (token, false)
}
