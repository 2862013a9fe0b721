//! For tests: changes to a custom resource before it is destroyed.

use serde_json::{Value as Json, json};

use super::Object;
use super::fake::Fake;
use crate::errors::ApiError;

/// Every API call of a refresh or a destroy.
pub const VERBS: [&str; 5] = ["GET", "LIST", "PATCH", "APPLY", "DELETE"];

/// A field that the resource under test owns.
#[derive(Debug, Clone, Copy)]
pub struct OwnedField {
    /// Its JSON pointer, such as `/spec/role`.
    pub pointer: &'static str,
    /// The value.
    pub value: &'static str,
    /// Another valid value.
    pub other: &'static str,
}

impl OwnedField {
    /// Creates an object with only this value at the pointer.
    fn alone(self, value: Json, name: impl Fn(&str) -> String) -> Json {
        let steps = self.pointer.trim_start_matches('/').split('/');
        steps.rev().fold(value, |inner, step| json!({ name(step): inner }))
    }
}

/// Makes calls of these verbs fail from now on.
pub fn always(verbs: &'static [&'static str], error: &ApiError) -> impl FnOnce(&Fake) {
    let broken: Vec<_> = verbs.iter().map(|verb| (*verb, error.clone())).collect();
    move |fake| fake.world().broken.extend(broken)
}

/// A change to an object, with its name.
pub type World = (&'static str, Box<dyn FnOnce(&Fake)>);

/// Returns the changes to an object after which a destroy must still succeed.
#[must_use]
pub fn kubernetes_worlds(object: &Object, field: OwnedField) -> Vec<World> {
    let live = |change: fn(&mut Json, OwnedField)| -> Box<dyn FnOnce(&Fake)> {
        let path = object.path();
        Box::new(move |fake| change(fake.world().objects.get_mut(&path).expect("an object"), field))
    };
    let (kind, edited) = (object.kind, object.clone());
    vec![
        ("object gone", Box::new(|fake| fake.world().objects.clear())),
        ("another object of the name", live(|live, _| live["metadata"]["uid"] = json!("u-other"))),
        ("kind gone", Box::new(move |fake| fake.world().unserved.push(kind))),
        ("field owned by Argo CD, too", live(|live, field| share(live, field, field.value))),
        ("field of Argo CD with another value", live(|live, field| share(live, field, field.other))),
        (
            "field edited by hand",
            Box::new(move |fake| {
                let spec = field.alone(json!(field.other), str::to_owned)["spec"].take();
                fake.edit(&edited, "kubectl-edit", &spec);
            }),
        ),
        ("being deleted", live(|live, _| live["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"))),
        (
            "without managers",
            live(|live, _| drop(live["metadata"].as_object_mut().expect("metadata").remove("managedFields"))),
        ),
    ]
}

/// Applies a field as Argo CD that this provider owns as well.
fn share(live: &mut Json, field: OwnedField, value: &str) {
    *live.pointer_mut(field.pointer).expect("a field") = json!(value);
    let fields = field.alone(json!({}), |step| format!("f:{step}"));
    let entry = json!({"manager": "argocd-controller", "operation": "Apply", "fieldsV1": fields});
    live["metadata"]["managedFields"].as_array_mut().expect("managers").push(entry);
}
