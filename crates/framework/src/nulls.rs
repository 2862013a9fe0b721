//! Nulls without a meaning: for a required argument, and as an element of a list or set. Terraform core does not reject
//! them. A null member of a map means that the key is absent.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::path::Path;
use super::schema::{Attribute, Presence, Shape};
use super::types::Type;
use super::value::Value;

/// The nulls of one argument, except those in nested attributes.
pub(super) fn of_attribute(attribute: &Attribute, value: &Value, path: &Path) -> Diagnostics {
    if value.is_null() {
        let missing = (attribute.presence == Presence::Required).then(|| {
            let detail = format!("{path} is required, but its value is null. Set a non-null value.");
            Diagnostic::error("Missing required argument", detail).at(path.addressable())
        });
        return missing.into_iter().collect();
    }
    let mut found = Vec::new();
    match &attribute.shape {
        Shape::Type(ty) => elements(ty, value, path, &mut found),
        Shape::Nested(_) => null_elements(value, path, &mut found),
    }
    found.iter().map(Place::report).collect()
}

/// The location of a null element. Set elements have no path.
enum Place {
    Index(Path),
    Set(Path),
}

impl Place {
    fn report(&self) -> Diagnostic {
        let (Self::Index(path) | Self::Set(path)) = self;
        let found = match self {
            Self::Index(_) => "is null. Elements of a list must not be null.",
            Self::Set(_) => "contains a null element. Elements of a set must not be null.",
        };
        let fix = "Remove the element, for example with [for value in ... : value if value != null].";
        Diagnostic::error(format!("Invalid value for {path}"), format!("{path} {found} {fix}")).at(path.addressable())
    }
}

fn elements(ty: &Type, value: &Value, path: &Path, found: &mut Vec<Place>) {
    null_elements(value, path, found);
    match (ty, value) {
        (Type::List(ty), Value::List(all)) => {
            all.iter().enumerate().for_each(|(index, element)| elements(ty, element, &path.index(index), found));
        }
        (Type::Set(ty), Value::Set(all)) => all.iter().for_each(|element| elements(ty, element, path, found)),
        (Type::Map(ty), Value::Map(members)) => {
            members.iter().for_each(|(key, member)| elements(ty, member, &path.key(key), found));
        }
        (Type::Object(types), Value::Object(members)) => {
            for (name, ty) in types {
                members.get(name).into_iter().for_each(|member| elements(ty, member, &path.then(name), found));
            }
        }
        // Values inside a `dynamic` are validated by its owner.
        _ => {}
    }
}

fn null_elements(value: &Value, path: &Path, found: &mut Vec<Place>) {
    match value {
        Value::List(all) => {
            let nulls = all.iter().enumerate().filter(|(_, element)| element.is_null());
            found.extend(nulls.map(|(index, _)| Place::Index(path.index(index))));
        }
        Value::Set(all) if all.iter().any(Value::is_null) => found.push(Place::Set(path.clone())),
        _ => {}
    }
}
