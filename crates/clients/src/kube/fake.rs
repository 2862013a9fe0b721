//! A fake cluster: objects of any kind, with a server-side apply that tracks field ownership as a real API server does,
//! as far as the tests of resource types need it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::definitions::Definition;
use super::objects::NODE;
use super::{Apply, Delete, FIELD_MANAGER, FIELD_MANAGER_CONFLICT, Kind, KubernetesApi, NO_SUCH_KIND, Object, Patch};
use crate::errors::{ApiError, Cause, ErrorKind, KUBERNETES};
use crate::strikes::{Strikes, struck};
use preflight::facts::Workloads;

/// The content of the cluster, and the faults of the next calls.
#[derive(Default)]
pub struct World {
    /// Objects by path, such as `/apis/karpenter.sh/v1/nodepools/gpu`.
    pub objects: std::collections::BTreeMap<String, Json>,
    /// Errors of the next calls, each for the first call that starts with the string, such as `APPLY`.
    pub errors: VecDeque<(&'static str, ApiError)>,
    /// Errors of every call of a verb.
    pub broken: Vec<(&'static str, ApiError)>,
    /// The calls as `VERB path`, with `(dry)` and `(force)`.
    pub calls: Vec<String>,
    /// Kinds that are not served.
    pub unserved: Vec<Kind>,
    /// Whether the next creation takes effect and loses its response.
    pub lose_answer_of_creation: bool,
    /// The effect of a controller on an object after each change and before each read.
    pub controller: Option<fn(&mut Json)>,
    /// The definition of every kind; `None` if it cannot be read.
    pub definition: Option<Arc<Definition>>,
    /// The definition that replaces it after the next read.
    pub replaced_by: Option<Arc<Definition>>,
    /// What runs on the nodes of managed node groups.
    pub workloads: Workloads,
    /// The fault of a later call.
    pub strikes: Strikes,
    next: u64,
}

/// A fake cluster.
#[derive(Default)]
pub struct Fake(Mutex<World>);

impl std::fmt::Debug for Fake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Fake")
    }
}

/// Creates an error of an API server.
pub fn refusal(kind: ErrorKind, code: &str) -> ApiError {
    ApiError { service: KUBERNETES, code: Some(code.to_owned()), ..ApiError::own(kind, "a call", "words") }
}

impl Fake {
    pub fn world(&self) -> MutexGuard<'_, World> {
        // A killed process poisons the lock, as a panic does.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn object(&self, object: &Object) -> Option<Json> {
        self.world().objects.get(&object.path()).cloned()
    }

    /// Puts an object into the cluster as another field manager.
    pub fn put(&self, object: &Object, manager: &str, operation: &str, content: Json) {
        let mut world = self.world();
        world.next += 1;
        let number = world.next;
        let fields = owned_by(&content);
        let mut content = content;
        content["metadata"]["name"] = json!(object.name);
        content["metadata"]["uid"] = json!(format!("u-{number}"));
        content["metadata"]["generation"] = json!(1);
        content["metadata"]["resourceVersion"] = json!(number.to_string());
        content["metadata"]["managedFields"] =
            json!([{"manager": manager, "operation": operation, "fieldsV1": fields}]);
        world.objects.insert(object.path(), content);
    }

    /// Removes an object immediately, as another user would.
    pub fn remove(&self, object: &Object) {
        self.world().objects.remove(&object.path());
    }

    /// Returns the objects of a kind.
    pub fn of_kind(&self, kind: Kind) -> Vec<Object> {
        let prefix = format!("{}/", kind.path(None));
        let world = self.world();
        let names = world.objects.keys().filter_map(|path| path.strip_prefix(&prefix));
        names.map(|name| Object::of_cluster(kind, name)).collect()
    }

    /// Changes an object as `kubectl edit` does: the previous owners lose the fields.
    pub fn edit(&self, object: &Object, manager: &str, spec: &Json) {
        let mut world = self.world();
        let live = world.objects.get_mut(&object.path()).expect("the object exists");
        merge(&mut live["spec"], spec);
        let fields = owned_by(&json!({"spec": spec}));
        for entry in live["metadata"]["managedFields"].as_array_mut().expect("a server writes them") {
            entry["fieldsV1"] = minus(entry["fieldsV1"].take(), &fields);
        }
        let entry = json!({"manager": manager, "operation": "Update", "fieldsV1": fields});
        live["metadata"]["managedFields"].as_array_mut().expect("a server writes them").push(entry);
        raise(live);
    }

    /// Performs the work of a call, unless the process is killed first.
    fn struck<T>(&self, work: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let strike = self.world().strikes.take_due();
        struck(strike, || ApiError::own(ErrorKind::Connection, "a call", "connection reset by peer"), work)
    }

    fn ask(&self, verb: &str, path: &str, kind: Kind, note: &str) -> Result<MutexGuard<'_, World>, ApiError> {
        let mut world = self.world();
        world.calls.push(format!("{verb} {path}{note}"));
        if let Some((_, error)) = world.broken.iter().find(|(broken, _)| *broken == verb) {
            return Err(error.clone());
        }
        if world.errors.front().is_some_and(|(of, _)| *of == verb)
            && let Some((_, error)) = world.errors.pop_front()
        {
            return Err(error);
        }
        if world.unserved.contains(&kind) {
            return Err(refusal(ErrorKind::Other, NO_SUCH_KIND));
        }
        if let Some(controller) = world.controller {
            world.objects.values_mut().for_each(controller);
        }
        collect_garbage(&mut world);
        world.objects.retain(|_, object| {
            object["metadata"]["deletionTimestamp"].is_null()
                || object["metadata"]["finalizers"].as_array().is_some_and(|all| !all.is_empty())
        });
        Ok(world)
    }
}

/// Removes an object that waits for its dependents, after they are deleted.
const FOREGROUND: &str = "foregroundDeletion";

fn collect_garbage(world: &mut World) {
    let owners = |object: &Json| object["metadata"]["ownerReferences"].as_array().cloned().unwrap_or_default();
    let owned: Vec<_> = world.objects.values().flat_map(owners).map(|mut owner| owner["uid"].take()).collect();
    for object in world.objects.values_mut() {
        if object["metadata"]["finalizers"] == json!([FOREGROUND]) && !owned.contains(&object["metadata"]["uid"]) {
            object["metadata"]["finalizers"] = json!([]);
        }
    }
}

fn missing() -> ApiError {
    refusal(ErrorKind::NotFound, "NotFound")
}

fn raise(live: &mut Json) {
    let generation = live["metadata"]["generation"].as_i64().unwrap_or_default() + 1;
    live["metadata"]["generation"] = json!(generation);
    live["metadata"]["resourceVersion"] = json!(format!("g{generation}"));
}

fn merge(into: &mut Json, from: &Json) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (name, from) in from {
                if from.is_null() {
                    into.remove(name);
                    continue;
                }
                merge(into.entry(name.clone()).or_insert(Json::Null), from);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// Returns the `fieldsV1` of applied content.
fn owned_by(content: &Json) -> Json {
    fn tree(json: &Json) -> Json {
        match json {
            Json::Object(members) => members.iter().map(|(name, each)| (format!("f:{name}"), tree(each))).collect(),
            _ => json!({}),
        }
    }
    let mut fields = Map::new();
    for part in ["spec", "data"] {
        if let Some(inside) = content.get(part) {
            fields.insert(format!("f:{part}"), tree(inside));
        }
    }
    let metadata: Map<_, _> = ["labels", "annotations"]
        .iter()
        .filter_map(|name| Some((format!("f:{name}"), tree(content["metadata"].get(name)?))))
        .collect();
    if !metadata.is_empty() {
        fields.insert("f:metadata".to_owned(), metadata.into());
    }
    fields.into()
}

/// Returns the leaves of fields, as paths of names.
fn leaves(fields: &Json, at: &[String], found: &mut Vec<Vec<String>>) {
    match fields.as_object().filter(|members| !members.is_empty()) {
        None => found.push(at.to_vec()),
        Some(members) => members.iter().for_each(|(name, inside)| {
            let name = name.trim_start_matches("f:").to_owned();
            leaves(inside, &[at, &[name]].concat(), found);
        }),
    }
}

fn leaves_of(fields: &Json) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    if fields.as_object().is_some_and(|members| !members.is_empty()) {
        leaves(fields, &[], &mut found);
    }
    found
}

fn get<'j>(json: &'j Json, path: &[String]) -> Option<&'j Json> {
    path.iter().try_fold(json, |json, name| json.get(name))
}

fn remove(json: &mut Json, path: &[String]) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut place = json;
    for name in parents {
        let Some(inside) = place.get_mut(name) else { return };
        place = inside;
    }
    if let Some(members) = place.as_object_mut() {
        members.remove(last);
    }
}

fn minus(fields: Json, taken: &Json) -> Json {
    let taken = leaves_of(taken);
    let mut fields = fields;
    for leaf in taken {
        let path: Vec<_> = leaf.iter().map(|name| format!("f:{name}")).collect();
        remove(&mut fields, &path);
        // A server keeps no empty parents, because they would mean that everything below is owned.
        for length in (1..path.len()).rev() {
            let parent = &path[..length];
            if get(&fields, parent).and_then(Json::as_object).is_some_and(Map::is_empty) {
                remove(&mut fields, parent);
            }
        }
    }
    fields
}

/// Server-side apply: conflicts, removal of owned fields, and ownership.
fn applied(live: &Json, fields: &Json, force: bool) -> Result<Json, ApiError> {
    let new = owned_by(fields);
    let entries = live["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let is_ours = |entry: &Json| entry["manager"] == FIELD_MANAGER && entry["operation"] == "Apply";
    let mut causes = Vec::new();
    for leaf in leaves_of(&new) {
        let differs = get(live, &leaf) != get(fields, &leaf);
        for entry in entries.iter().filter(|entry| !is_ours(entry) && differs) {
            if leaves_of(&entry["fieldsV1"]).contains(&leaf) {
                let message = format!("conflict with {} using v1", entry["manager"]);
                causes.push(Cause { field: format!(".{}", leaf.join(".")), message });
            }
        }
    }
    if !causes.is_empty() && !force {
        return Err(ApiError { causes, status: Some(409), ..refusal(ErrorKind::Conflict, FIELD_MANAGER_CONFLICT) });
    }
    let mut next = live.clone();
    let old = entries.iter().find(|entry| is_ours(entry)).map(|entry| entry["fieldsV1"].clone()).unwrap_or_default();
    let kept: Vec<_> = entries.iter().filter(|entry| !is_ours(entry)).collect();
    let others: Vec<_> = kept.iter().flat_map(|entry| leaves_of(&entry["fieldsV1"])).collect();
    for leaf in leaves_of(&old).into_iter().filter(|leaf| !leaves_of(&new).contains(leaf) && !others.contains(leaf)) {
        remove(&mut next, &leaf);
    }
    for part in ["spec", "data"] {
        if let Some(given) = fields.get(part) {
            merge(&mut next[part], given);
        }
    }
    for name in ["labels", "annotations"] {
        if let Some(given) = fields["metadata"].get(name) {
            merge(&mut next["metadata"][name], given);
        }
    }
    let mut managers: Vec<Json> = kept.into_iter().cloned().collect();
    if force {
        managers.iter_mut().for_each(|entry| entry["fieldsV1"] = minus(entry["fieldsV1"].take(), &new));
    }
    managers.push(json!({"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": new}));
    next["metadata"]["managedFields"] = managers.into();
    if next["spec"] != live["spec"] {
        raise(&mut next);
    }
    Ok(next)
}

#[async_trait]
impl KubernetesApi for Fake {
    async fn get(&self, object: &Object) -> Result<Json, ApiError> {
        self.struck(|| {
            let world = self.ask("GET", &object.path(), object.kind, "")?;
            world.objects.get(&object.path()).cloned().ok_or_else(missing)
        })
    }

    async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<Json>, ApiError> {
        self.struck(|| {
            let path = kind.path(namespace);
            let world = self.ask("LIST", &path, kind, "")?;
            let of_kind = world.objects.iter().filter(|(each, _)| each.starts_with(&format!("{path}/")));
            Ok(of_kind.map(|(_, object)| object.clone()).collect())
        })
    }

    async fn workloads(&self) -> Result<Workloads, ApiError> {
        self.struck(|| Ok(self.ask("LIST", &NODE.path(None), NODE, "")?.workloads.clone()))
    }

    async fn create(&self, object: &Object, content: &Json) -> Result<Json, ApiError> {
        self.struck(|| {
            let mut world = self.ask("POST", &object.path(), object.kind, "")?;
            if world.objects.contains_key(&object.path()) {
                return Err(refusal(ErrorKind::AlreadyExists, "AlreadyExists"));
            }
            world.next += 1;
            let mut made = content.clone();
            made["metadata"]["name"] = json!(object.name);
            made["metadata"]["uid"] = json!(format!("u-{}", world.next));
            made["metadata"]["generation"] = json!(1);
            made["metadata"]["resourceVersion"] = json!("g1");
            made["metadata"]["creationTimestamp"] = json!(jiff::Timestamp::now().to_string());
            made["metadata"]["managedFields"] =
                json!([{"manager": FIELD_MANAGER, "operation": "Update", "fieldsV1": owned_by(content)}]);
            if let Some(controller) = world.controller {
                controller(&mut made);
            }
            world.objects.insert(object.path(), made.clone());
            if std::mem::take(&mut world.lose_answer_of_creation) {
                return Err(refusal(ErrorKind::Timeout, "lost"));
            }
            Ok(made)
        })
    }

    async fn replace(&self, _: &Object, _: &Json) -> Result<Json, ApiError> {
        unreachable!("objects are changed by apply")
    }

    async fn patch(&self, object: &Object, patch: &Patch) -> Result<Json, ApiError> {
        self.struck(|| {
            let mut world = self.ask("PATCH", &object.path(), object.kind, "")?;
            world.next += 1;
            let version = format!("v{}", world.next);
            let live = world.objects.get_mut(&object.path()).ok_or_else(missing)?;
            let Patch::Merge(content) = patch else { unreachable!("only merge patches are sent") };
            if content["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"] {
                return Err(refusal(ErrorKind::Conflict, "Conflict"));
            }
            // A list replaces a list.
            if let Some(managers) = content["metadata"].get("managedFields") {
                live["metadata"]["managedFields"] = managers.clone();
            }
            merge(live, content);
            live["metadata"]["resourceVersion"] = json!(version);
            Ok(live.clone())
        })
    }

    async fn apply(&self, object: &Object, fields: &Json, how: Apply) -> Result<Json, ApiError> {
        self.struck(|| {
            let note = [(how.dry_run, " (dry)"), (how.force, " (force)")];
            let note: String = note.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
            let mut world = self.ask("APPLY", &object.path(), object.kind, &note)?;
            let found = world.objects.get(&object.path()).cloned();
            if let Some(uid) = fields["metadata"]["uid"].as_str()
                && found.as_ref().is_none_or(|live| live["metadata"]["uid"] != uid)
            {
                return Err(refusal(ErrorKind::Conflict, "Conflict"));
            }
            if let Some(version) = fields["metadata"]["resourceVersion"].as_str()
                && found.as_ref().is_none_or(|live| live["metadata"]["resourceVersion"] != version)
            {
                return Err(refusal(ErrorKind::Conflict, "Conflict"));
            }
            let live = found.unwrap_or_else(|| {
                let now = jiff::Timestamp::now().to_string();
                let uid = format!("u-{}", world.next + 1);
                json!({"metadata": {"name": object.name, "uid": uid, "generation": 0, "creationTimestamp": now}, "spec": {}})
            });
            let mut next = applied(&live, fields, how.force)?;
            if !how.dry_run {
                if let Some(controller) = world.controller {
                    controller(&mut next);
                }
                world.next += 1;
                next["metadata"]["resourceVersion"] = json!(format!("v{}", world.next));
                world.objects.insert(object.path(), next.clone());
            }
            Ok(next)
        })
    }

    async fn delete(&self, object: &Object, how: Delete<'_>) -> Result<(), ApiError> {
        self.struck(|| {
            let mut world = self.ask("DELETE", &object.path(), object.kind, "")?;
            let live = world.objects.get_mut(&object.path()).ok_or_else(missing)?;
            if how.resource_version.is_some_and(|version| live["metadata"]["resourceVersion"] != version) {
                return Err(refusal(ErrorKind::Conflict, "Conflict"));
            }
            live["metadata"]["deletionTimestamp"] = json!("2026-11-21T10:00:00Z");
            if how.foreground {
                live["metadata"]["finalizers"] = json!([FOREGROUND]);
            }
            Ok(())
        })
    }

    async fn definition(&self, kind: Kind, fresh: bool) -> Option<Arc<Definition>> {
        let mut world = self.world();
        world.calls.push(format!("DEFINITION {}{}", kind.plural, if fresh { " (fresh)" } else { "" }));
        if fresh && let Some(newer) = world.replaced_by.take() {
            world.definition = Some(newer);
        }
        world.definition.clone()
    }
}
