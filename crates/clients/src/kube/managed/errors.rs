//! What an API server refuses, told at the attribute that is at fault.

use serde_json::Value as Json;

use super::Managed;
use crate::errors::{ApiError, Cause, ErrorKind, KUBERNETES};
use crate::kube::definitions::Missing;
use crate::kube::errors::NOT_DECLARED;
use crate::kube::{FIELD_MANAGER_CONFLICT, NO_SUCH_KIND};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;

/// What an API server says of a field that the definition of the kind does not have.
const UNKNOWN_FIELD: &str = "unknown field \"";

/// What it says when it stopped checking; the other causes say why.
const NOT_CHECKED: &str = "some validation rules were not checked";

/// The manager that a cause of a conflict names: `conflict with "kubectl-edit" using v1`.
pub(super) fn manager_of(cause: &Cause) -> Option<&str> {
    cause.message.split('"').nth(1)
}

/// Whether the fields have this one, given as `.spec.tags.a`.
pub(super) fn has_field(fields: &Json, field: &str) -> bool {
    is_inside(fields, field, "")
}

/// Whether `fieldsV1` names this field.
pub(super) fn names_field(fields: &Json, field: &str) -> bool {
    is_inside(fields, field, "f:")
}

/// Whether the field is there, where what names are written with begins so.
fn is_inside(fields: &Json, rest: &str, prefix: &str) -> bool {
    let rest = rest.trim_start_matches('.');
    if rest.is_empty() || fields.is_array() {
        return !fields.is_null();
    }
    // Keys of maps may hold dots themselves.
    let members = fields.as_object().into_iter().flatten();
    members.filter_map(|(name, member)| Some((name.strip_prefix(prefix)?, member))).any(|(name, member)| {
        rest.strip_prefix(name)
            .filter(|after| after.is_empty() || after.starts_with(['.', '[']))
            .is_some_and(|after| is_inside(member, after, prefix))
    })
}

/// Whether the cluster has looked at the fields and refuses them, rather than that it could not be asked.
pub(super) fn is_verdict(error: &ApiError) -> bool {
    let conflict = error.code.as_deref() == Some(FIELD_MANAGER_CONFLICT);
    error.service == KUBERNETES && (conflict || error.status.is_some() && error.kind == ErrorKind::Invalid)
}

/// The fields that the definition of the kind does not have, in the answer to a creation.
fn unknown_fields(error: &ApiError) -> impl Iterator<Item = String> {
    error.message.split(UNKNOWN_FIELD).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
}

impl Managed<'_> {
    /// What could not be done, and why, one message a field.
    pub(super) fn refused(&self, doing: &str, error: ApiError) -> Diagnostics {
        let summary = format!("Cannot {doing} {self}");
        match error.code.as_deref() {
            Some(FIELD_MANAGER_CONFLICT) => return self.conflict(&error).into(),
            Some(NO_SUCH_KIND) => {
                let detail = format!(
                    "Cluster {} does not serve {} of {}. {}",
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
            let advice =
                "Somebody has deleted the object, or put another one in its place, since it was read. Plan again.";
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
        let detail = format!("The cluster refuses {field} of {}: {message}", self.object);
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
            "Somebody else has set these to other values, and declares them or has set them before this resource did:\n\
             {said}\n\nLeave them out here so that they stay as they are, or set force_conflicts = true to take them over."
        );
        let path = error.causes.first().map(|cause| (self.attribute_of)(&cause.field)).unwrap_or_default();
        let diagnostic = Diagnostic::error(format!("Another manager owns fields of {self}"), detail);
        if path.is_root() { diagnostic } else { diagnostic.at(path) }
    }

    /// An object of this name is there, and not ours.
    pub(super) fn exists(&self) -> Diagnostic {
        let Self { import_id, resource_type, .. } = self;
        Diagnostic::error(
            format!("{self} exists already, so it cannot be created"),
            format!(
                "If it is the one you mean, import it:\n\nimport {{\n  to = {resource_type}.ADDRESS\n  id = \
                 {import_id:?}\n}}\n\nOtherwise choose another name."
            ),
        )
        .at(Path::attribute("name"))
    }

    /// The object of a state that was moved is not in the configured cluster.
    pub(super) fn not_here(&self) -> Diagnostic {
        let Self { cluster_name, object, .. } = self;
        Diagnostic::error(
            format!("Cluster {cluster_name} does not have the {object} that was moved"),
            format!(
                "The state that was moved does not say which cluster its object is in, and cluster {cluster_name} has none of \
                 this name and uid. Correct cluster_name, or the host of the provider's block kubernetes. If the object was \
                 deleted, remove the moved block and the old resource from the state."
            ),
        )
        .at(Path::attribute("cluster_name"))
    }

    /// Two resources of one run want the same object.
    pub(super) fn twice(&self) -> Diagnostic {
        let detail = "Another resource of this run has the same name in the same cluster. Give each its own name.";
        Diagnostic::error(format!("{self} is configured twice"), detail).at(Path::attribute("name"))
    }
}
