//! Reads and writes the ConfigMap.

use serde_json::{Value, json};

use clients::errors::{ApiError, ErrorKind, KUBERNETES};
use clients::kube::managed::{completed, token_of};
use clients::kube::{Apply, CREATION_TOKEN, Delete, FIELD_MANAGER, KubernetesApi, Object, resource_version};

use super::client::{CONFIG_MAP, KEY, Key, NAMESPACE, Removal};

fn object() -> Object {
    Object::config_map(NAMESPACE, CONFIG_MAP)
}

/// Returns the ConfigMap, or `None` if it does not exist.
async fn get(cluster: &dyn KubernetesApi) -> Result<Option<Value>, ApiError> {
    match cluster.get(&object()).await {
        Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok(None),
        answer => answer.map(Some),
    }
}

pub(super) async fn read(cluster: &dyn KubernetesApi) -> Result<Option<Key>, ApiError> {
    Ok(get(cluster).await?.and_then(|found| key(&found)))
}

fn key(found: &Value) -> Option<Key> {
    let value = found["data"][KEY].as_str()?.to_owned();
    // The creation can also own the key by POST, until it is complete.
    let is_ours = owners(found, |_| true).any(|manager| manager == FIELD_MANAGER);
    Some(Key { value, token: token_of(found).map(str::to_owned), is_ours })
}

/// Creates the key. Server-side apply merges into concurrent changes, so the request contains the resource version that
/// was read. A ConfigMap that does not exist is created by POST.
pub(super) async fn create(cluster: &dyn KubernetesApi, force: bool, token: &str) -> Result<(), ApiError> {
    let mut fields = json!({"metadata": {"annotations": {CREATION_TOKEN: token}}, "data": {KEY: "true"}});
    let Some(found) = get(cluster).await? else {
        return match cluster.create(&object(), &fields).await {
            // Another client has created the ConfigMap concurrently, possibly without the key.
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                Err(ApiError { kind: ErrorKind::Conflict, ..error })
            }
            answer => answer.map(|_| ()),
        };
    };
    match key(&found) {
        Some(key) if key.token.as_deref() == Some(token) => return Ok(()),
        Some(key) if key.is_on() && (key.is_ours || !force) => {
            return Err(ApiError::own(ErrorKind::AlreadyExists, "creating the key", "the key is already true"));
        }
        _ => {}
    }
    fields["metadata"]["resourceVersion"] = json!(resource_version(&found));
    cluster.apply(&object(), &fields, Apply { force, dry_run: false }).await.map(|_| ())
}

/// Applies the key without the token, which removes a token that was applied. A token that was sent by POST is removed
/// together with the other data of the POST.
pub(super) async fn complete(cluster: &dyn KubernetesApi) -> Result<(), ApiError> {
    let fields = json!({"metadata": {}, "data": {KEY: "true"}});
    let live = cluster.apply(&object(), &fields, Apply { force: true, dry_run: false }).await?;
    match completed(&live) {
        Some(patch) => cluster.patch(&object(), &patch).await.map(|_| ()),
        None => Ok(()),
    }
}

pub(super) async fn enable(cluster: &dyn KubernetesApi, force: bool, dry_run: bool) -> Result<(), ApiError> {
    let fields = json!({"metadata": {}, "data": {KEY: "true"}});
    cluster.apply(&object(), &fields, Apply { force, dry_run }).await.map(|_| ())
}

pub(super) async fn disable(cluster: &dyn KubernetesApi) -> Result<Removal, ApiError> {
    let Some(mut found) = get(cluster).await? else { return Ok(Removal::Done) };
    if found["data"][KEY].is_null() {
        return Ok(Removal::Done);
    }
    let declared_by = declared_by(&found);
    if !declared_by.is_empty() {
        return Ok(Removal::KeptFor(declared_by));
    }
    if is_ours_alone(&found) {
        let how = Delete { resource_version: resource_version(&found), foreground: false };
        cluster.delete(&object(), how).await?;
        return Ok(Removal::Done);
    }
    if let Some(data) = found["data"].as_object_mut() {
        data.remove(KEY);
    }
    cluster.replace(&object(), &found).await.map(|_| Removal::Done)
}

/// Returns the other field managers that apply the key and would restore it. Earlier updates do not restore it.
fn declared_by(found: &Value) -> Vec<String> {
    let declarers = owners(found, |operation| operation == "Apply");
    declarers.filter(|manager| *manager != FIELD_MANAGER).map(str::to_owned).collect()
}

/// Returns the field managers that own the key by this kind of operation.
fn owners(found: &Value, of: fn(&Value) -> bool) -> impl Iterator<Item = &str> {
    let key = format!("f:{KEY}");
    let managers = found["metadata"]["managedFields"].as_array().into_iter().flatten();
    managers
        .filter(move |each| of(&each["operation"]) && each["fieldsV1"]["f:data"].get(&key).is_some())
        .filter_map(|each| each["manager"].as_str())
}

/// Whether the ConfigMap contains only this key and no other field manager has written to it.
fn is_ours_alone(found: &Value) -> bool {
    let only_key = found["data"].as_object().is_some_and(|data| data.len() == 1) && found["binaryData"].is_null();
    let managers = found["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default();
    only_key && managers.iter().all(|each| each["manager"] == FIELD_MANAGER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn managed(managers: &[(&str, &str)], data: Value) -> Value {
        let key = format!("f:{KEY}");
        let fields: Vec<_> = managers
            .iter()
            .map(|(manager, operation)| {
                json!({"manager": manager, "operation": operation, "fieldsV1": {"f:data": {&key: {}}}})
            })
            .collect();
        json!({"metadata": {"managedFields": fields}, "data": data})
    }

    #[test]
    fn declared_by_includes_only_server_side_apply_managers() {
        let found =
            managed(&[("eks", "Apply"), (FIELD_MANAGER, "Apply"), ("kubectl-edit", "Update")], json!({KEY: "true"}));
        assert_eq!(declared_by(&found), ["eks"]);
        let mut other = found.clone();
        other["metadata"]["managedFields"][0]["fieldsV1"] = json!({"f:data": {"f:warm-ip-target": {}}});
        assert_eq!(declared_by(&other), Vec::<String>::new());
    }

    #[test]
    fn a_config_map_with_anything_of_others_is_not_ours() {
        let ours = managed(&[(FIELD_MANAGER, "Apply")], json!({KEY: "true"}));
        assert!(is_ours_alone(&ours));
        assert!(!is_ours_alone(&managed(&[(FIELD_MANAGER, "Apply")], json!({KEY: "true", "a": "b"}))));
        assert!(!is_ours_alone(&managed(&[(FIELD_MANAGER, "Apply"), ("eks", "Update")], json!({KEY: "true"}))));
    }
}
