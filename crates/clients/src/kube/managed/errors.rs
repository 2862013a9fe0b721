//! Reports the errors of an API server at the attribute that causes them.

use serde_json::Value as Json;

use super::Managed;
use crate::errors::{ApiError, Cause, ErrorKind, KUBERNETES};
use crate::kube::definitions::Missing;
use crate::kube::errors::NOT_DECLARED;
use crate::kube::{FIELD_MANAGER_CONFLICT, NO_SUCH_KIND};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;

/// The message of an API server for a field that the definition of the kind does not have.
const UNKNOWN_FIELD: &str = "unknown field \"";

/// The message if validation stopped early. The other causes contain the reason.
const NOT_CHECKED: &str = "some validation rules were not checked";

/// Returns the field manager of a conflict cause, such as `conflict with "kubectl-edit" using v1`.
pub(super) fn manager_of(cause: &Cause) -> Option<&str> {
    cause.message.split('"').nth(1)
}

/// Whether the fields contain this field, in the form `.spec.tags.a`.
pub(super) fn has_field(fields: &Json, field: &str) -> bool {
    is_inside(fields, field, "")
}

/// Whether `fieldsV1` contains this field.
pub(super) fn names_field(fields: &Json, field: &str) -> bool {
    is_inside(fields, field, "f:")
}

/// Whether the fields contain the field. All names in the fields start with the prefix.
fn is_inside(fields: &Json, rest: &str, prefix: &str) -> bool {
    let rest = rest.trim_start_matches('.');
    if rest.is_empty() || fields.is_array() {
        return !fields.is_null();
    }
    // Map keys can contain dots.
    let members = fields.as_object().into_iter().flatten();
    members.filter_map(|(name, member)| Some((name.strip_prefix(prefix)?, member))).any(|(name, member)| {
        rest.strip_prefix(name)
            .filter(|after| after.is_empty() || after.starts_with(['.', '[']))
            .is_some_and(|after| is_inside(member, after, prefix))
    })
}

/// Whether the cluster has validated and rejected the fields, as opposed to a failed request.
pub(super) fn is_verdict(error: &ApiError) -> bool {
    let conflict = error.code.as_deref() == Some(FIELD_MANAGER_CONFLICT);
    error.service == KUBERNETES && (conflict || error.status.is_some() && error.kind == ErrorKind::Invalid)
}

/// Returns the fields that the definition of the kind does not have, from the response to a creation.
fn unknown_fields(error: &ApiError) -> impl Iterator<Item = String> {
    error.message.split(UNKNOWN_FIELD).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
}

impl Managed<'_> {
    /// Returns the failed operation and its cause, with one diagnostic per field.
    pub(super) fn refused(&self, doing: &str, error: ApiError) -> Diagnostics {
        let summary = format!("Unable to {doing} {self}");
        match error.code.as_deref() {
            Some(FIELD_MANAGER_CONFLICT) => return self.conflict(&error).into(),
            Some(NO_SUCH_KIND) => {
                let detail = format!(
                    "Cluster {} does not serve {} in version {}. {}",
                    self.cluster_name,
                    self.object.kind.plural,
                    self.object.kind.api_version(),
                    self.installed_by,
                );
                return Diagnostic::error(summary, detail).at(Path::attribute("cluster_name")).into();
            }
            _ => {}
        }
        if error.kind == ErrorKind::Conflict {
            let advice = "The object was deleted or replaced after it was read. Run the plan again.";
            return error.into_diagnostic(summary, advice).into();
        }
        let causes: Vec<_> = error.causes.iter().filter(|cause| !cause.message.contains(NOT_CHECKED)).collect();
        if error.kind == ErrorKind::Invalid && !causes.is_empty() {
            return causes.into_iter().map(|cause| self.invalid(cause)).collect();
        }
        let unknown: Diagnostics = unknown_fields(&error).map(|field| self.missing(&Missing::Field(field))).collect();
        if !unknown.is_empty() {
            return unknown;
        }
        error.into_diagnostic(summary, "").into()
    }

    fn invalid(&self, cause: &Cause) -> Diagnostic {
        if cause.message == NOT_DECLARED {
            return self.missing(&Missing::Field(cause.field.clone()));
        }
        let path = (self.attribute_of)(&cause.field);
        let Cause { field, message } = cause;
        let detail = format!("The cluster rejected {field} of {}: {message}", self.object);
        Diagnostic::error(format!("{} is not valid", self.object), detail).at(path)
    }

    fn conflict(&self, error: &ApiError) -> Diagnostic {
        let each = |cause: &Cause| {
            let path = (self.attribute_of)(&cause.field);
            let what = if path.is_root() { cause.field.clone() } else { path.to_string() };
            format!("- {what}: {}", cause.message)
        };
        let fields: Vec<_> = error.causes.iter().map(each).collect();
        let said = if fields.is_empty() { error.message.clone() } else { fields.join("\n") };
        let detail = format!(
            "Another field manager applies these fields with different values, or set them before this resource \
             did:\n{said}\n\nRemove the fields from the configuration to leave them unchanged, or set \
             force_conflicts = true to force ownership."
        );
        let path = error.causes.first().map(|cause| (self.attribute_of)(&cause.field)).unwrap_or_default();
        let diagnostic = Diagnostic::error(format!("Field manager conflict for {self}"), detail);
        if path.is_root() { diagnostic } else { diagnostic.at(path) }
    }

    /// Returns the error for an existing object with this name that this resource did not create.
    pub(super) fn exists(&self) -> Diagnostic {
        let Self { import_id, resource_type, .. } = self;
        Diagnostic::error(
            format!("{self} already exists"),
            format!(
                "To manage the existing object, import it:\n\nimport {{\n  to = {resource_type}.ADDRESS\n  id = \
                 {import_id:?}\n}}\n\nOtherwise, choose another name."
            ),
        )
        .at(Path::attribute("name"))
    }

    /// Returns the error for a moved state whose object is not in the configured cluster.
    pub(super) fn not_here(&self) -> Diagnostic {
        let Self { cluster_name, object, .. } = self;
        Diagnostic::error(
            format!("Moved {object} not found in cluster {cluster_name}"),
            format!(
                "The moved state does not record the cluster that contains the object, and cluster {cluster_name} does \
                 not have an object with this name and UID. Correct cluster_name, or host in the kubernetes block of \
                 the provider configuration. If the object was deleted, remove the moved block, and remove the old \
                 resource from state."
            ),
        )
        .at(Path::attribute("cluster_name"))
    }

    /// Returns the error for two resources of one run with the same object.
    pub(super) fn twice(&self) -> Diagnostic {
        let detail = "Another resource in this configuration has the same name in the same cluster. Use a unique name \
                      for each resource.";
        Diagnostic::error(format!("{self} is configured twice"), detail).at(Path::attribute("name"))
    }
}
