//! containerd on NVIDIA AMIs, where nodeadm sets `nvidia` as the default runtime: with another runtime, pods cannot use
//! GPUs. Source: nodeadm's templates of the containerd configuration, schema versions 2 and 3.

use serde_json::Value as Json;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::ami_types::Accelerator;
use crate::node::{Family, Finding, Node, Place};
use crate::{containerd, runtime_spec};

const RUNTIME: &str = "nvidia";

const PROGRAM: &str = "/usr/bin/nvidia-container-runtime";

/// The plugins that run containers, in the two schema versions.
const PLUGINS: [&str; 2] = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"];

/// The path of the containerd configuration in a document.
const CONFIG: (&str, &str) = ("/spec/containerd/config", "spec.containerd.config: ");

/// Checks the containerd settings of the documents of a node.
pub(super) fn documents(node: &Node, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    settings(node.family, documents, found);
    let (pointer, path) = CONFIG;
    for (place, document) in documents {
        if let Some(config) = document.pointer(pointer).and_then(Json::as_str) {
            check(node, config, place, path, found);
        }
    }
}

/// Checks the containerd configurations and base runtime specifications of the documents, on any node of the family.
pub(super) fn settings(family: Family, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    let (pointer, path) = CONFIG;
    for (place, document) in documents {
        // The schema reports text that is not TOML.
        if let Some(config) = document.pointer(pointer).and_then(Json::as_str)
            && config.parse::<DocumentMut>().is_ok()
        {
            containerd::check(config, family, place, path, found);
        }
        if let Some(spec) = document.pointer("/spec/containerd/baseRuntimeSpec").and_then(Json::as_object) {
            let inside = ["spec", "containerd", "baseRuntimeSpec"].iter();
            let inside = inside.fold(Place::whole(), |inside, name| inside.then(name));
            let mut all = Vec::new();
            runtime_spec::check(spec, &inside, &mut all);
            found.extend(all.into_iter().map(|finding| finding.in_document(place)));
        }
    }
}

/// Checks a configuration that is merged over nodeadm's.
pub(super) fn check(node: &Node, config: &str, place: &Place, path: &str, found: &mut Vec<Finding>) {
    if node.accelerator() != Accelerator::Nvidia {
        return;
    }
    // Text that is not TOML is reported elsewhere.
    let Ok(document) = config.parse::<DocumentMut>() else { return };
    for plugin in PLUGINS.iter().filter_map(|plugin| inside(document.as_table(), &["plugins", plugin])) {
        let containerd = inside(plugin, &["containerd"]);
        let name = containerd.and_then(|table| table.get("default_runtime_name")).and_then(Item::as_str);
        if let Some(name) = name.filter(|name| *name != RUNTIME) {
            let text = format!(
                "{path}default_runtime_name is {name:?}. On NVIDIA AMIs, nodeadm sets {RUNTIME:?} as the default \
                 runtime. With another default runtime, pods cannot use GPUs. Remove it, and set a RuntimeClass for \
                 pods that require another runtime."
            );
            found.push(Finding::error(place.clone(), text));
        }
        let options = inside(plugin, &["containerd", "runtimes", RUNTIME, "options"]);
        let program = options.and_then(|table| table.get("BinaryName")).and_then(Item::as_str);
        if let Some(program) = program.filter(|program| *program != PROGRAM) {
            let text = format!(
                "{path}BinaryName of the runtime {RUNTIME:?} is {program:?}, but pods can use GPUs only with \
                 {PROGRAM:?}. Remove it, or add a runtime with another name."
            );
            found.push(Finding::error(place.clone(), text));
        }
        if plugin.get("enable_cdi").and_then(Item::as_bool) == Some(false) {
            let text = format!(
                "{path}enable_cdi is false. For Kubernetes 1.32 and later, nodeadm enables it, and device plugins that \
                 provide GPUs through CDI require it."
            );
            found.push(Finding::warning(place.clone(), text));
        }
    }
}

fn inside<'t>(table: &'t dyn TableLike, path: &[&str]) -> Option<&'t dyn TableLike> {
    path.iter().try_fold(table, |table, name| table.get(name)?.as_table_like())
}
