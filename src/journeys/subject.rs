//! What a resource brings to its journeys: a world, configurations for it, and what other processes do to it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rng::Rng;
use clients::context::Clients;
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::schema::Block;
use framework::value::Value;
use wire::codec::encode_json;

/// A resource on journeys, with a world of its own.
pub(crate) trait Subject: Send + Sync + 'static {
    /// A new world.
    fn new() -> Self
    where
        Self: Sized;

    fn type_name(&self) -> &'static str;

    /// The resource, over clients that lead to this world.
    fn registry(&self) -> Registry<Clients>;

    /// Puts the world where the resource's clients are made from.
    fn equip(&self, clients: &Clients);

    /// Arguments that the API accepts, in the forms that people write.
    fn arguments(&self, rng: &mut Rng) -> Json;

    /// Other values of some of the arguments.
    fn changed(&self, rng: &mut Rng, arguments: &Json) -> Json {
        let mut changed = arguments.clone();
        let others = self.arguments(rng);
        let names: Vec<_> = others.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for name in names {
            // A change of what identifies the object is rarer than others.
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

    /// Attributes of the root whose live values the state does not show while nothing is configured.
    fn untracked(&self) -> &'static [&'static str] {
        &[]
    }

    /// Attributes that identify an object in a set, as far as it has them.
    fn element_keys(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether several states may have one object.
    fn may_share(&self) -> bool {
        false
    }

    /// Whether an object that is deleted and created again has the same id, so that no state can distinguish the two.
    fn reuses_ids(&self) -> bool {
        false
    }

    /// Something another process may do.
    fn drift(&self, rng: &mut Rng) -> Json;

    /// Does it; whether it had an effect.
    fn apply_drift(&self, drift: &Json) -> bool;

    /// What exists: a name that errors would contain, and everything about it, by an id that no other object ever has.
    fn objects(&self) -> BTreeMap<String, (String, String)>;

    /// The id of the object that a state is about.
    fn id_of(&self, state: &Value) -> Option<String>;

    /// The import id of the object.
    fn import_id(&self, state: &Value) -> String;

    /// The state that the counterpart would have stored: provider, type and attributes.
    fn counterpart(&self, _state: &Value) -> Option<(&'static str, &'static str, Json)> {
        None
    }

    /// Something goes wrong at a call, counted from the next one.
    fn strike(&self, call: usize, trouble: Trouble);

    /// Whatever has not gone wrong yet will not.
    fn calm(&self);

    /// Another user deletes an object that was reported as left behind.
    fn delete(&self, id: &str);

    /// Whether an apply may be refused for what another process did, whatever went wrong before.
    fn may_refuse(&self, _error: &str) -> bool {
        false
    }

    /// Whether an empty plan may follow an apply of these arguments.
    fn settles(&self, _arguments: &Json) -> bool {
        true
    }
}

/// The text of a JSON string.
pub(crate) fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The texts of a JSON object.
pub(crate) fn texts(value: &Json) -> BTreeMap<String, String> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect()
}

/// The state as the counterpart would have stored it: without the attributes that only this provider has, and with zeros
/// (in JSON, by name) where nothing is configured.
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
