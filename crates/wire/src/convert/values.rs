//! Values, stored state, identities, private data, and the capabilities of client and server.

use std::time::SystemTime;

use serde_json::Value as Json;

use crate::codec::{CodecError, Leniency, decode_json, decode_msgpack, encode_msgpack, value_from_json};
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::deferred::Reason;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::private::Private;
use framework::server::Deferral;
use framework::types::Type;
use framework::value::Value;

/// Returns the value that Terraform core sent, or null if it sent none. `what` is the name of the value in errors.
pub(crate) fn given_value(value: Option<&proto::DynamicValue>, ty: &Type, what: &str) -> Result<Value, Diagnostics> {
    let decoded = match value {
        Some(value) if !value.msgpack.is_empty() => decode_msgpack(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => decode_json(&value.json, ty, Leniency::Strict),
        _ => Ok(Value::Null),
    };
    decoded.map_err(|error| unreadable(what, &error).into())
}

/// Returns the identity that Terraform core sent, if it sent one.
pub(crate) fn given_identity(
    identity: Option<&proto::ResourceIdentityData>,
    ty: Option<&Type>,
) -> Result<Option<Value>, Diagnostics> {
    let (Some(identity), Some(ty)) = (identity, ty) else { return Ok(None) };
    let value = given_value(identity.identity_data.as_ref(), ty, "identity")?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Returns stored state as JSON, or null if nothing is stored.
pub(crate) fn stored_json(state: Option<&proto::RawState>, what: &str) -> Result<Json, Diagnostics> {
    let Some(state) = state else { return Ok(Json::Null) };
    if state.json.is_empty() && !state.flatmap.is_empty() {
        return Err(Diagnostic::error(
            format!("Stored {what} is too old"),
            "It was written by Terraform 0.11 or earlier, which this provider does not support. Remove the object from \
             state, and import it again.",
        )
        .into());
    }
    if state.json.is_empty() {
        return Ok(Json::Null);
    }
    serde_json::from_slice(&state.json).map_err(|error| {
        Diagnostic::error(
            format!("Stored {what} is not valid JSON"),
            format!("{error}. The state file is corrupted. Restore it from a backup."),
        )
        .into()
    })
}

/// Returns a value of the type from stored JSON, which can be of any older version.
pub(crate) fn stored_value(document: &Json, ty: &Type, what: &str) -> Result<Value, Diagnostics> {
    value_from_json(document, ty, Leniency::Stored).map_err(|error| {
        let path = error.path.addressable();
        let message = Diagnostic::error(
            format!("Stored {what} does not match the resource schema"),
            format!(
                "{error}. The state was edited manually, or written by a newer version of the provider. Upgrade the \
                 provider, or restore the state from a backup."
            ),
        );
        if path.is_root() { message.into() } else { message.at(path).into() }
    })
}

/// Encodes a value for Terraform core, always as MessagePack.
pub(crate) fn dynamic_value(value: &Value, ty: &Type, what: &str) -> Result<proto::DynamicValue, Diagnostics> {
    match encode_msgpack(value, ty) {
        Ok(msgpack) => Ok(proto::DynamicValue { msgpack, json: Vec::new() }),
        Err(error) => Err(Diagnostic::error(
            format!("Bug in the provider: unable to encode the {what}"),
            format!("{error}. This is a bug in the provider. Report it, and include this message."),
        )
        .at(error.path.addressable())
        .into()),
    }
}

/// Encodes the identity for Terraform core, if there is one.
pub(crate) fn identity_data(
    identity: Option<&Value>,
    ty: Option<&Type>,
) -> Result<Option<proto::ResourceIdentityData>, Diagnostics> {
    let (Some(identity), Some(ty)) = (identity, ty) else { return Ok(None) };
    let data = dynamic_value(identity, ty, "identity")?;
    Ok(Some(proto::ResourceIdentityData { identity_data: Some(data) }))
}

/// Returns the converted value. If the conversion failed, adds its errors to the diagnostics.
pub(crate) fn kept<T>(converted: Result<Option<T>, Diagnostics>, diagnostics: &mut Diagnostics) -> Option<T> {
    converted.unwrap_or_else(|errors| {
        diagnostics.extend(errors);
        None
    })
}

/// Returns the private data that Terraform core sent.
pub(crate) fn private(bytes: Option<Vec<u8>>) -> Private {
    Private::from_bytes(&bytes.unwrap_or_default())
}

pub(crate) fn deferral_allowed(capabilities: Option<&proto::ClientCapabilities>) -> bool {
    capabilities.is_some_and(|capabilities| capabilities.deferral_allowed)
}

pub(crate) fn deferred(deferral: Option<Deferral>) -> Option<proto::Deferred> {
    deferral.map(|deferral| {
        let reason = match deferral {
            Deferral::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        };
        proto::Deferred { reason: reason.into() }
    })
}

pub(crate) fn timestamp(time: Option<SystemTime>) -> Option<prost_types::Timestamp> {
    time.map(prost_types::Timestamp::from)
}

/// Terraform core never sends a value that does not conform to the schema, so this is a version mismatch or a bug.
fn unreadable(what: &str, error: &CodecError) -> Diagnostic {
    let path = error.path.addressable();
    let message = Diagnostic::error(
        format!("Bug in the provider: invalid {what}"),
        format!(
            "The value that Terraform sent does not match the schema: {error}. This is a bug in the provider. Report \
             it, and include this message."
        ),
    );
    if path.is_root() { message } else { message.at(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Type {
        Type::object([("a", Type::String)])
    }

    #[test]
    fn nothing_sent_is_null() {
        assert_eq!(given_value(None, &object(), "state").unwrap(), Value::Null);
        let empty = proto::DynamicValue::default();
        assert_eq!(given_value(Some(&empty), &object(), "state").unwrap(), Value::Null);
    }

    #[test]
    fn both_encodings_are_read_and_messagepack_is_written() {
        let value = Value::object([("a", "x".into())]);
        let json = proto::DynamicValue { json: br#"{"a":"x"}"#.to_vec(), ..Default::default() };
        assert_eq!(given_value(Some(&json), &object(), "state").unwrap(), value);
        let sent = dynamic_value(&value, &object(), "state").unwrap();
        assert_eq!(sent.msgpack, b"\x81\xa1a\xa1x");
        assert_eq!(given_value(Some(&sent), &object(), "state").unwrap(), value);
    }

    #[test]
    fn misfit_is_an_error_at_its_path() {
        let number = proto::DynamicValue { msgpack: b"\x81\xa1a\x01".to_vec(), ..Default::default() };
        let errors = given_value(Some(&number), &Type::object([("a", Type::Bool)]), "plan").unwrap_err();
        assert_eq!(errors.iter().next().unwrap().path, Some(framework::path::Path::attribute("a")));
    }

    #[test]
    fn legacy_flatmap_state_is_rejected() {
        let flatmap = proto::RawState { flatmap: [("a".to_owned(), "x".to_owned())].into(), ..Default::default() };
        assert!(stored_json(Some(&flatmap), "state").is_err());
        assert_eq!(stored_json(None, "state").unwrap(), Json::Null);
    }

    #[test]
    fn stored_state_may_lack_attributes_and_have_others() {
        let value = stored_value(&serde_json::json!({"old": 1}), &object(), "state").unwrap();
        assert_eq!(value, Value::object([("a", Value::Null)]));
    }
}
