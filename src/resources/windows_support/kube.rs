//! The ConfigMap.

use serde_json::{Value, json};

use crate::clients::errors::{ApiError, KUBERNETES};
use crate::clients::kube::{Apply, Delete, FIELD_MANAGER, KubernetesApi, Object, resource_version};

use super::client::{CONFIG_MAP, KEY, NAMESPACE, Removal};

fn object() -> Object {
    Object::config_map(NAMESPACE, CONFIG_MAP)
}

/// The ConfigMap as it is; none if it is not there.
async fn get(cluster: &dyn KubernetesApi) -> Result<Option<Value>, ApiError> {
    match cluster.get(&object()).await {
        Err(error) if error.is_not_found() && error.service == KUBERNETES => Ok(None),
        answer => answer.map(Some),
    }
}

pub(super) async fn read(cluster: &dyn KubernetesApi) -> Result<Option<String>, ApiError> {
    let found = get(cluster).await?;
    Ok(found.and_then(|found| found["data"][KEY].as_str().map(str::to_owned)))
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

/// Who else has applied the key, and would bring it back. Those who once wrote it by an update do not come back.
fn declared_by(found: &Value) -> Vec<String> {
    let key = format!("f:{KEY}");
    let managers = found["metadata"]["managedFields"].as_array().into_iter().flatten();
    managers
        .filter(|each| each["operation"] == "Apply" && each["fieldsV1"]["f:data"].get(&key).is_some())
        .filter_map(|each| each["manager"].as_str())
        .filter(|manager| *manager != FIELD_MANAGER)
        .map(str::to_owned)
        .collect()
}

/// Whether nothing is in the ConfigMap but our key, and nobody else has ever had a hand in it.
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
    fn only_those_who_apply_the_key_keep_it() {
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
