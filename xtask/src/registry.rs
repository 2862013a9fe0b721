//! The judgement of tfplugindocs on `docs/`.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, bail};

const SOURCE: &str = "registry.terraform.io/ekscompute/ekscompute";
const NAME: &str = "ekscompute";

pub(crate) fn validate() -> anyhow::Result<()> {
    let tools = crate::root().join(".build/tools");
    let schemas = fs::read_to_string(crate::root().join("tests/snapshots/schema.json"))
        .context("cannot read the schemas, which make schema writes")?;
    let file = tools.join("schema.json");
    fs::write(&file, under_short_name(&schemas)?).with_context(|| format!("cannot write {}", file.display()))?;
    let output = Command::new(tools.join("tfplugindocs"))
        .args(["validate", "--provider-name", NAME, "--providers-schema"])
        .arg(&file)
        .current_dir(crate::root())
        .output()
        .context("cannot start .build/tools/tfplugindocs, which tools/tfplugindocs/setup.sh makes")?;
    if !output.status.success() {
        bail!("tfplugindocs refuses docs/:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// tfplugindocs looks for the short name, or for one in the namespace `hashicorp`.
fn under_short_name(schemas: &str) -> anyhow::Result<String> {
    let mut schemas: serde_json::Value = serde_json::from_str(schemas).context("the schemas are not JSON")?;
    let providers = schemas["provider_schemas"].as_object_mut().context("there are no provider schemas")?;
    let provider = providers.remove(SOURCE).with_context(|| format!("there is no provider {SOURCE}"))?;
    providers.insert(NAME.to_owned(), provider);
    Ok(schemas.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_found_under_the_short_name() {
        let schemas = format!(r#"{{"provider_schemas":{{"{SOURCE}":{{"provider":{{}}}}}}}}"#);
        let renamed = under_short_name(&schemas).expect("the provider is there");
        assert_eq!(renamed, r#"{"provider_schemas":{"ekscompute":{"provider":{}}}}"#);
        assert!(under_short_name("{}").is_err());
    }
}
