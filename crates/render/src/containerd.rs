//! The configuration of containerd, whose schema has three versions with different names for the same settings.
//! containerd ignores the plugins of another version without an error. Source: nodeadm's `internal/containerd`, and
//! containerd's `docs/cri/config.md`.

mod cri;
mod images;
mod members;
mod plugins;
mod runtime;

use serde_json::{Map as JsonMap, Value as Json};
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::node::{Family, Finding, Place, Step};
use crate::members::{Checker, Reader};

const CONTAINERD: Reader =
    Reader { name: "containerd", consequence: "containerd does not start", releases: "v2.4.2", versions: (0, 255) };

/// The plugin of containerd 1.x (schema version 2).
const SECOND: &str = "io.containerd.grpc.v1.cri";

/// The plugins of containerd 2.x (schema version 3), by which nodeadm detects the schema.
const THIRD: [&str; 2] = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"];

/// The members of schema version 2 that `io.containerd.grpc.v1.cri` of schema version 3 does not support.
const MOVED: [&str; 12] = [
    "cdi_spec_dirs",
    "cni",
    "containerd",
    "enable_cdi",
    "enable_selinux",
    "enable_unprivileged_icmp",
    "enable_unprivileged_ports",
    "image_decryption",
    "max_concurrent_downloads",
    "max_container_log_line_size",
    "registry",
    "sandbox_image",
];

/// Checks a configuration.
pub fn check(config: &str, family: Family, place: &Place, path: &str, found: &mut Vec<Finding>) {
    let document = match config.parse::<DocumentMut>() {
        Ok(document) => document,
        Err(wrong) => {
            let text = format!("{path}This is not valid TOML: {}", wrong.to_string().trim_end());
            found.push(Finding::error(place.clone(), text));
            return;
        }
    };
    let mut wrong = Vec::new();
    let members = table(document.as_table());
    Checker { reader: CONTAINERD, minor: None, found: &mut wrong }.object(&members, members::MEMBERS, &Place::whole());
    plugins::check(&members, &mut wrong);
    found.extend(wrong.into_iter().map(|finding| {
        let names: Vec<_> = finding.place.0.iter().map(Step::name).collect();
        let text = format!("{path}{}: {}", names.join("."), finding.text);
        Finding { place: place.clone(), text, ..finding }
    }));
    let mut error = |text: String| found.push(Finding::error(place.clone(), format!("{path}{text}")));
    let Some(plugins) = document.get("plugins").and_then(Item::as_table_like) else { return };
    let version = document.get("version").and_then(Item::as_integer);
    for (name, _) in plugins.iter().filter(|(name, _)| !name.contains('.')) {
        if family != Family::AmazonLinux2 || version.is_some_and(|version| version > 1) {
            error(format!(
                "plugins.{name} is a plugin name of schema version 1, and containerd ignores it. Use \
                 plugins.\"{SECOND}\" or plugins.\"{}\".",
                THIRD[1]
            ));
        }
    }
    let second = plugins.get(SECOND).and_then(Item::as_table_like);
    let third = THIRD.iter().find(|name| plugins.contains_key(name));
    if let (Some(second), Some(third)) = (second, third)
        && let Some(moved) = MOVED.iter().find(|name| second.contains_key(name))
    {
        error(format!(
            "plugins.\"{SECOND}\".{moved} belongs to schema version 2 and plugins.\"{third}\" to version 3. containerd \
             reads the entire file as one version and ignores the other. Use only one version."
        ));
    }
    if family == Family::AmazonLinux2 {
        // This is the entire file, and without a version containerd reads version 1.
        match (version, second.is_some(), third) {
            (_, _, Some(third)) => {
                error(format!("containerd 1.x on Amazon Linux 2 does not support plugins.\"{third}\"."))
            }
            (None | Some(1), true, None) => error(format!(
                "Without version = 2, containerd reads schema version 1 and ignores plugins.\"{SECOND}\". Add version \
                 = 2 as the first line."
            )),
            _ => {}
        }
    }
    for (name, plugin) in plugins.iter() {
        let Some(runtimes) = plugin.as_table_like().and_then(|plugin| inside(plugin, &["containerd", "runtimes"]))
        else {
            continue;
        };
        for (runtime, settings) in runtimes.iter() {
            let options = settings.as_table_like().and_then(|settings| inside(settings, &["options"]));
            let group = options.and_then(|options| options.get("SystemdCgroup")).and_then(Item::as_bool);
            if group == Some(false) {
                error(format!(
                    "SystemdCgroup of the runtime {runtime:?} in plugins.\"{name}\" is false. The kubelet uses the \
                     systemd cgroup driver, and containers with another driver do not start. Remove it, or set it to \
                     true."
                ));
            }
        }
    }
}

/// Returns a TOML table as an object.
fn table(table: &dyn TableLike) -> JsonMap<String, Json> {
    table.iter().map(|(name, item)| (name.to_owned(), of_item(item))).collect()
}

fn of_item(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(value) => of_value(value),
        Item::Table(inside) => Json::Object(table(inside)),
        Item::ArrayOfTables(tables) => tables.iter().map(|inside| Json::Object(table(inside))).collect(),
    }
}

fn of_value(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::from(text.value().as_str()),
        Value::Integer(number) => Json::from(*number.value()),
        Value::Float(number) => Json::from(*number.value()),
        Value::Boolean(flag) => Json::from(*flag.value()),
        Value::Datetime(time) => Json::from(time.value().to_string()),
        Value::Array(elements) => elements.iter().map(of_value).collect(),
        Value::InlineTable(members) => Json::Object(table(members)),
    }
}

fn inside<'t>(table: &'t dyn TableLike, path: &[&str]) -> Option<&'t dyn TableLike> {
    path.iter().try_fold(table, |table, name| table.get(name)?.as_table_like())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn errors(config: &str, family: Family) -> Vec<String> {
        let mut found = Vec::new();
        check(config, family, &Place::of("containerd_config"), "", &mut found);
        found.into_iter().map(|finding| finding.text).collect()
    }

    #[rstest]
    #[case::third("[plugins.'io.containerd.cri.v1.images']\nmax_concurrent_downloads = 8\n")]
    #[case::second("[plugins.'io.containerd.grpc.v1.cri']\nenable_cdi = true\n")]
    #[case::stays_in_third(
        "[plugins.'io.containerd.grpc.v1.cri']\nstream_server_port = '0'\n[plugins.'io.containerd.cri.v1.runtime']\nenable_cdi = true\n"
    )]
    #[case::no_plugin("[metrics]\naddress = '127.0.0.1:1338'\n")]
    fn one_schema_is_accepted(#[case] config: &str) {
        assert_eq!(errors(config, Family::AmazonLinux2023), [""; 0]);
    }

    #[rstest]
    #[case::first("[plugins.cri]\nsandbox_image = 'a'\n", "schema version 1")]
    #[case::mixed(
        "[plugins.'io.containerd.grpc.v1.cri']\nsandbox_image = 'a'\n[plugins.'io.containerd.cri.v1.runtime']\nenable_cdi = true\n",
        "Use only one version"
    )]
    #[case::group_of_second(
        "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc.options]\nSystemdCgroup = false\n",
        "systemd"
    )]
    #[case::group_of_third(
        "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia.options]\nSystemdCgroup = false\n",
        "\"nvidia\""
    )]
    #[case::kind("[grpc]\nuid = \"0\"\n", "grpc.uid")]
    #[case::typo("[metric]\naddress = \"a\"\n", "Did you mean \"metrics\"?")]
    #[case::syntax("[plugins", "not valid TOML")]
    fn ignored_tables_are_errors(#[case] config: &str, #[case] reason: &str) {
        let found = errors(config, Family::AmazonLinux2023);
        assert!(matches!(found.as_slice(), [text] if text.contains(reason)), "{found:?}");
    }

    #[rstest]
    #[case::whole("version = 2\n[plugins.'io.containerd.grpc.v1.cri']\nsandbox_image = 'a'\n", None)]
    #[case::first("[plugins.cri]\nsandbox_image = 'a'\n", None)]
    #[case::no_version("[plugins.'io.containerd.grpc.v1.cri']\nsandbox_image = 'a'\n", Some("Without version"))]
    #[case::third(
        "version = 3\n[plugins.'io.containerd.cri.v1.images']\nsnapshotter = 'soci'\n",
        Some("containerd 1.x")
    )]
    fn whole_file_has_a_version(#[case] config: &str, #[case] reason: Option<&str>) {
        let found = errors(config, Family::AmazonLinux2);
        assert_eq!(found.len(), usize::from(reason.is_some()), "{found:?}");
        assert!(found.iter().zip(reason).all(|(text, reason)| text.contains(reason)), "{found:?}");
    }
}
