//! Specifications as the configurations that say the same.

use framework::types::Type;
use serde_json::{Value, json};

use super::schema::members;

/// The configuration of a node pool, or none where the resource writes something itself and a configuration cannot say it.
pub(super) fn node_pool(spec: &Value, ty: &Type) -> Option<Value> {
    let template = &spec["template"]["spec"];
    let reference = &template["nodeClassRef"];
    let controller = match (reference["group"].as_str()?, reference["kind"].as_str()?) {
        ("karpenter.k8s.aws", "EC2NodeClass") => "karpenter",
        ("eks.amazonaws.com", "NodeClass") => "auto_mode",
        _ => return None,
    };
    // It always sends the list.
    template.get("requirements")?;
    let mut flat = json!({});
    for part in [spec, template] {
        for (name, value) in members(part).filter(|(name, _)| !["template", "nodeClassRef"].contains(&name.as_str())) {
            flat[name] = value.clone();
        }
    }
    for (name, value) in members(&spec["template"]["metadata"]) {
        flat[format!("node_{name}")] = value.clone();
    }
    let mut config = renamed(&flat, ty);
    config["cluster_name"] = json!("demo");
    config["name"] = json!("gpu");
    config["controller"] = json!(controller);
    config["node_class_name"] = reference["name"].clone();
    Some(config)
}

/// The configuration of a node class of Karpenter.
pub(super) fn ec2_node_class(spec: &Value, ty: &Type) -> Option<Value> {
    Some(node_class_of("karpenter", spec, ty))
}

/// The configuration of a node class of EKS Auto Mode.
pub(super) fn node_class(spec: &Value, ty: &Type) -> Option<Value> {
    let mut spec = spec.clone();
    for term in spec["capacityReservationSelectorTerms"].as_array_mut().into_iter().flatten() {
        if let Some(owner) = term.as_object_mut().and_then(|term| term.remove("owner")) {
            term["ownerID"] = owner;
        }
    }
    // Looking for a member has made it.
    if let Some(members) = spec.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Some(node_class_of("auto_mode", &spec, ty))
}

fn node_class_of(controller: &str, spec: &Value, ty: &Type) -> Value {
    let mut config = renamed(spec, ty);
    config["cluster_name"] = json!("demo");
    config["name"] = json!("gpu");
    config["controller"] = json!(controller);
    config
}

/// With the names of members as Terraform writes them; the keys of maps are the user's own.
fn renamed(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Object(_), Type::Object(types)) => {
            let each = members(value).map(|(name, value)| {
                let name = snake(name);
                // Repeated blocks have singular names.
                let block =
                    name.strip_suffix('s').filter(|block| !types.contains_key(&name) && types.contains_key(*block));
                let name = block.map_or_else(|| name.clone(), str::to_owned);
                let value = types.get(&name).map_or_else(|| value.clone(), |ty| renamed(value, ty));
                (name, value)
            });
            each.collect()
        }
        (Value::Array(items), Type::List(ty) | Type::Set(ty)) => items.iter().map(|item| renamed(item, ty)).collect(),
        // In a state, a free-form value has its type.
        (plain, Type::Dynamic) => json!({"type": type_of(plain), "value": plain}),
        (plain, _) => plain.clone(),
    }
}

fn type_of(value: &Value) -> Value {
    match value {
        Value::Object(_) => {
            json!(["object", members(value).map(|(name, value)| (name.clone(), type_of(value))).collect::<Value>()])
        }
        Value::Array(items) => json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()]),
        Value::String(_) => json!("string"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("bool"),
        Value::Null => json!("dynamic"),
    }
}

/// `minValues` as `min_values`, `associatePublicIPAddress` as `associate_public_ip_address`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.replace("IPv", "Ipv").chars().collect();
    let mut text = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let is_upper = |at: usize| letters.get(at).is_some_and(char::is_ascii_uppercase);
        let is_lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
        if index > 0 && is_upper(index) && (!is_upper(index - 1) || is_lower(index + 1)) {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[test]
fn names_are_those_of_terraform() {
    for (name, expected) in [
        ("minValues", "min_values"),
        ("associatePublicIPAddress", "associate_public_ip_address"),
        ("httpProtocolIPv6", "http_protocol_ipv6"),
        ("secondaryIPv4PrefixCount", "secondary_ipv4_prefix_count"),
        ("imageGCHighThresholdPercent", "image_gc_high_threshold_percent"),
        ("enableV4Egress", "enable_v4_egress"),
        ("kmsKeyID", "kms_key_id"),
    ] {
        assert_eq!(snake(name), expected);
    }
}
