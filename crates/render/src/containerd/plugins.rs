//! The settings of the CRI plugins, which containerd decodes separately. It ignores unknown names.

use serde_json::{Map as JsonMap, Value as Json};

use super::{SECOND, THIRD, cri, images, runtime};
use crate::members::Kind::{Bool, Int64, Text};
use crate::members::{Checker, Member, Reader};
use crate::node::{Finding, Place};

/// The plugins with known settings, and the releases that have them.
const PLUGINS: [(&str, &[Member], &str); 3] = [
    (SECOND, cri::MEMBERS, "v1.6 to v1.7"),
    (THIRD[0], images::MEMBERS, "v2.0 to v2.4"),
    (THIRD[1], runtime::MEMBERS, "v2.0 to v2.4"),
];

/// The type of runtimes with the following options, which is the default.
const RUNC: &str = "io.containerd.runc.v2";

/// The options of runc's shim. Source: `runc/options/oci.proto` of containerd 1.6 to 2.4.
const OPTIONS: &[Member] = &[
    ("BinaryName", Text, 0, 255),
    ("CriuImagePath", Text, 0, 255),
    ("CriuPath", Text, 0, 255),
    ("CriuWorkPath", Text, 0, 255),
    ("IoGid", Int64, 0, 255),
    ("IoUid", Int64, 0, 255),
    ("NoNewKeyring", Bool, 0, 255),
    ("NoPivotRoot", Bool, 0, 255),
    ("Root", Text, 0, 255),
    ("ShimCgroup", Text, 0, 255),
    ("SystemdCgroup", Bool, 0, 255),
    ("TaskApiAddress", Text, 0, 255),
    ("TaskApiVersion", Int64, 0, 255),
];

/// Checks the plugins of a configuration.
pub(super) fn check(config: &JsonMap<String, Json>, found: &mut Vec<Finding>) {
    let plugins = Place::of("plugins");
    for (name, members, releases) in PLUGINS {
        let Some(plugin) = config.get("plugins").and_then(|plugins| plugins.get(name)).and_then(Json::as_object) else {
            continue;
        };
        let reader = Reader { releases, ..super::CONTAINERD };
        let mut checker = Checker { reader, minor: None, found };
        let place = plugins.key(name);
        checker.object(plugin, members, &place);
        let containerd = plugin.get("containerd");
        let runtimes = containerd.and_then(|containerd| containerd.get("runtimes")).and_then(Json::as_object);
        for (runtime, settings) in runtimes.into_iter().flatten() {
            if settings.get("runtime_type").is_some_and(|kind| kind != RUNC) {
                continue;
            }
            let place = place.key("containerd").key("runtimes").key(runtime).key("options");
            let options = settings.get("options").and_then(Json::as_object).into_iter().flatten();
            // These names have no tags, so containerd reads them case-insensitively.
            let is_known = |given: &str| OPTIONS.iter().any(|(name, ..)| name.eq_ignore_ascii_case(given));
            let others = options.filter(|(name, _)| !is_known(name) || OPTIONS.iter().any(|(known, ..)| known == name));
            let others = others.map(|(name, value)| (name.clone(), value.clone())).collect();
            checker.object(&others, OPTIONS, &place);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::node::{Family, Place};

    fn findings(config: &str) -> Vec<String> {
        let mut found = Vec::new();
        let place = Place::of("containerd_config");
        super::super::check(config, Family::AmazonLinux2023, &place, "", &mut found);
        found.into_iter().map(|finding| finding.text).collect()
    }

    #[rstest]
    #[case::cri("[plugins.'io.containerd.grpc.v1.cri']\nsandbox_imag = 'a'\n", "sandbox_image")]
    #[case::images("[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_paht = 'a'\n", "config_path")]
    #[case::runtime(
        "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia]\nruntime_tipe = 'a'\n",
        "runtime_type"
    )]
    #[case::options(
        "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia.options]\nsystemd_cgroup = true\n",
        "SystemdCgroup"
    )]
    fn misspelled_setting_is_reported_with_the_right_one(#[case] config: &str, #[case] right: &str) {
        let found = findings(config);
        let hint = format!("Did you mean {right:?}?");
        assert!(matches!(found.as_slice(), [text] if text.contains(&hint)), "{found:?}");
    }

    #[rstest]
    #[case::options_in_any_case(
        "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia.options]\nbinaryName = 'a'\nSystemdCgroup = true\n"
    )]
    #[case::options_of_another_runtime(
        "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.kata]\nruntime_type = 'io.containerd.kata.v2'\noptions = { ConfigPath = 'a' }\n"
    )]
    #[case::another_plugin("[plugins.'io.containerd.snapshotter.v1.soci']\na = 1\n")]
    fn valid_settings_have_no_finding(#[case] config: &str) {
        assert_eq!(findings(config), [""; 0]);
    }
}
