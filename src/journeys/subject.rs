//! The parts of a journey that depend on the resource: its world, configurations, and changes by other processes.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rng::Rng;
use clients::context::Clients;
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::schema::Block;
use framework::value::Value;
use wire::codec::encode_json;

/// A resource for journeys, with a separate world.
pub(crate) trait Subject: Send + Sync + 'static {
    /// Creates a world.
    fn new() -> Self
    where
        Self: Sized;

    fn type_name(&self) -> &'static str;

    /// Creates the resource with clients of this world.
    fn registry(&self) -> Registry<Clients>;

    /// Registers the world as the source of the clients of the resource.
    fn equip(&self, clients: &Clients);

    /// Returns arguments that the API accepts, in the forms that users write.
    fn arguments(&self, rng: &mut Rng) -> Json;

    /// Returns other values for some of the arguments.
    fn changed(&self, rng: &mut Rng, arguments: &Json) -> Json {
        let mut changed = arguments.clone();
        let others = self.arguments(rng);
        let names: Vec<_> = others.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for name in names {
            // A change of the identity is less likely than other changes.
            if rng.chance(if self.identifying().contains(&name.as_str()) { 5 } else { 35 }) {
                changed[&name] = others[&name].clone();
            }
        }
        changed
    }

    /// Arguments that identify the object.
    fn identifying(&self) -> &'static [&'static str];

    /// Paths for `ignore_changes`.
    fn ignorable(&self) -> &'static [&'static str];

    /// Attributes of the root whose live values are not stored in state while they are not configured.
    fn untracked(&self) -> &'static [&'static str] {
        &[]
    }

    /// Attributes that identify an object in a set, if any.
    fn element_keys(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether several states can contain the same object.
    fn may_share(&self) -> bool {
        false
    }

    /// Whether an object that is deleted and recreated has the same ID, so that no state can distinguish the two.
    fn reuses_ids(&self) -> bool {
        false
    }

    /// A change by another process.
    fn drift(&self, rng: &mut Rng) -> Json;

    /// Makes the change. Returns whether it had an effect.
    fn apply_drift(&self, drift: &Json) -> bool;

    /// Returns the existing objects: a name for error messages, and the content, by a unique ID.
    fn objects(&self) -> BTreeMap<String, (String, String)>;

    /// Returns the ID of the object in a state.
    fn id_of(&self, state: &Value) -> Option<String>;

    /// Returns the import ID of the object.
    fn import_id(&self, state: &Value) -> String;

    /// Returns the state that the AWS provider would have stored: provider, type, and attributes.
    fn counterpart(&self, _state: &Value) -> Option<(&'static str, &'static str, Json)> {
        None
    }

    /// Adds a fault at a call, counted from the next call.
    fn strike(&self, call: usize, trouble: Trouble);

    /// Removes the faults that have not occurred.
    fn calm(&self);

    /// Deletes an object that was reported as orphaned, as another user would.
    fn delete(&self, id: &str);

    /// Whether an apply can fail because of a change by another process, regardless of earlier faults.
    fn may_refuse(&self, _error: &str) -> bool {
        false
    }

    /// Whether an empty plan can follow an apply of these arguments.
    fn settles(&self, _arguments: &Json) -> bool {
        true
    }
}

/// Returns the text of a JSON string.
pub(crate) fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns the string members of a JSON object.
pub(crate) fn texts(value: &Json) -> BTreeMap<String, String> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect()
}

/// Returns the state as the AWS provider would have stored it: without the attributes that only this provider has, and
/// with zero values (in JSON, by name) for unset arguments.
pub(crate) fn counterpart_state(block: &Block, state: &Value, ours: &[&str], zeros: &[(&str, &str)]) -> Json {
    let mut document = encode_json(state, &block.ty()).expect("a state is a value of its schema");
    if let Some(members) = document.as_object_mut() {
        members.retain(|name, _| !ours.contains(&name.as_str()));
        for (name, zero) in zeros {
            if members.get(*name).is_some_and(Json::is_null) {
                members.insert((*name).to_owned(), serde_json::from_str(zero).expect("a zero is JSON"));
            }
        }
    }
    document
}
