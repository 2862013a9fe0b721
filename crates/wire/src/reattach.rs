//! Debug mode: the environment variable that makes Terraform use a provider that is already running.

use serde_json::json;

use super::about::ProviderInfo;
use super::handshake::PROTOCOL_VERSION;

/// Both registries, so that one line works for Terraform and OpenTofu.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Returns the assignment of `TF_REATTACH_PROVIDERS` for a shell.
pub(super) fn assignment(about: &ProviderInfo, network: &str, address: &str) -> String {
    // `Test` prevents the host from stopping the process, so that it serves several commands until it is interrupted.
    let plugin = json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": network, "String": address },
    });
    let providers: serde_json::Map<_, _> = REGISTRIES
        .iter()
        .map(|registry| (format!("{registry}/{}/{}", about.namespace, about.name), plugin.clone()))
        .collect();
    let value = serde_json::Value::Object(providers).to_string();
    format!("TF_REATTACH_PROVIDERS='{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignment_is_one_shell_word_that_names_both_registries() {
        let about = ProviderInfo { namespace: "ekscompute", name: "ekscompute", version: "1.0.0" };
        let line = assignment(&about, "unix", "/tmp/it's/s");
        let value = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\'')).unwrap();
        let value: serde_json::Value = serde_json::from_str(&value.replace(r"'\''", "'")).unwrap();
        for registry in REGISTRIES {
            let plugin = &value[format!("{registry}/ekscompute/ekscompute")];
            assert_eq!(plugin["Addr"]["String"], "/tmp/it's/s");
            assert_eq!(plugin["ProtocolVersion"], 6);
            assert_eq!(plugin["Test"], true);
            assert_eq!(plugin["Pid"], std::process::id());
        }
    }
}
