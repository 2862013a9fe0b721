//! Renders user data for all families: the common checks, the renderer of the operating system, and the EC2 size limit.

use super::node::{Family, Finding, MAX_BYTES, Mode, Node, Place, Render, Rendered, check};
use super::{bootstrap, bottlerocket, nodeadm, windows};

/// The limit that leaves space for the user data that EKS adds, most of which is the certificate authority.
const MOST_TO_MERGE: usize = 12_288;

/// Every supported family, with its renderer and its name for users.
pub const FAMILIES: &[(&str, Family, Render)] = &[
    ("al2", Family::AmazonLinux2, bootstrap::render),
    ("al2023", Family::AmazonLinux2023, nodeadm::render),
    ("bottlerocket", Family::Bottlerocket, bottlerocket::render),
    ("windows", Family::Windows, windows::render),
    ("hybrid", Family::Hybrid, nodeadm::render),
];

/// The names of [`FAMILIES`].
pub const NAMES: &[&str] = &{
    let mut names = [""; FAMILIES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = FAMILIES[index].0;
        index += 1;
    }
    names
};

/// Returns the family with this name.
#[must_use]
pub fn find(name: &str) -> Option<Family> {
    FAMILIES.iter().find(|(known, ..)| *known == name).map(|(_, family, _)| *family)
}

/// Renders the user data of a node.
///
/// # Errors
/// Returns all findings, with at least one error.
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let mut found = check(node);
    let Some((_, _, renderer)) = FAMILIES.iter().find(|(_, family, _)| *family == node.family) else {
        let text = format!("User data for {} is not supported.", node.family.name());
        return Err(vec![Finding::error(Place::whole(), text)]);
    };
    let has_error = found.iter().any(Finding::is_error);
    match renderer(node) {
        Ok(rendered) if !has_error => {
            add(&mut found, rendered.warnings);
            found.extend(crowded(rendered.bytes.len(), node));
            Ok(Rendered { warnings: found, ..rendered })
        }
        Ok(rendered) => {
            add(&mut found, rendered.warnings);
            Err(found)
        }
        Err(others) => {
            // Earlier findings are the cause if the document cannot be rendered.
            let others = others.into_iter().filter(|finding| !(has_error && finding.place == Place::whole()));
            add(&mut found, others.collect());
            Err(found)
        }
    }
}

/// Adds the findings of a renderer, without errors at paths for which the common checks already reported an error.
fn add(found: &mut Vec<Finding>, others: Vec<Finding>) {
    let wrong: Vec<Place> = found.iter().filter(|known| known.is_error()).map(|known| known.place.clone()).collect();
    for finding in others {
        if !wrong.contains(&finding.place) && !found.contains(&finding) {
            found.push(finding);
        }
    }
}

/// The compression of user data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Uncompressed.
    None,
    /// Compressed with gzip.
    Gzip,
}

/// Returns the error for user data that is too long in the form in which EC2 receives it, before base64. It is reported
/// at the longest argument.
#[must_use]
pub fn too_long(size: usize, packing: Packing, node: &Node) -> Option<Finding> {
    if size <= MAX_BYTES {
        return None;
    }
    let (place, part) = longest(node);
    let is_unpacked = node.mode != Mode::Merge && !matches!(node.family, Family::Windows | Family::Hybrid);
    let (form, advice) = match packing {
        Packing::Gzip => (" after compression with gzip", "Shorten it, or download it from S3 in a script."),
        Packing::None if is_unpacked => ("", "Shorten it, download it from S3 in a script, or set gzip to true."),
        Packing::None => ("", "Shorten it, or download it from S3 in a script."),
    };
    let text = format!(
        "The user data is {size} bytes{form}, but EC2 supports at most {MAX_BYTES}. This is the longest input, with \
         {part} bytes. {advice}"
    );
    Some(Finding::error(place, text))
}

/// Returns a warning if EKS might exceed the size limit when it adds its own user data. It is reported at the longest
/// argument.
fn crowded(size: usize, node: &Node) -> Option<Finding> {
    if node.mode != Mode::Merge || size <= MOST_TO_MERGE {
        return None;
    }
    let (place, part) = longest(node);
    let text = format!(
        "The user data is {size} bytes, of which {part} bytes are from this input, the longest. In mode \"merge\", EKS \
         adds 2,000 to 3,000 bytes, and EC2 supports at most {MAX_BYTES} bytes in total. Use fewer than \
         {MOST_TO_MERGE} bytes."
    );
    Some(Finding::warning(place, text))
}

/// Returns the argument that contributes most to the size, and its bytes.
fn longest(node: &Node) -> (Place, usize) {
    let lists = [
        ("pre_bootstrap_scripts", &node.pre_bootstrap_scripts),
        ("post_bootstrap_scripts", &node.post_bootstrap_scripts),
        ("node_configs", &node.node_configs),
        ("kubelet_flags", &node.kubelet_flags),
    ];
    let in_lists = lists.iter().flat_map(|(input, texts)| {
        let texts = texts.iter().enumerate();
        texts.map(|(index, text)| (Place::of(input).index(index), text.len()))
    });
    let parts = node.extra_parts.iter().enumerate();
    let parts = parts.map(|(index, part)| (Place::of("extra_part").index(index), part.body.len()));
    let json = |value: &serde_json::Value| if value.is_null() { 0 } else { value.to_string().len() };
    let texts = |texts: &std::collections::BTreeMap<String, String>| -> usize {
        texts.iter().map(|(key, value)| key.len() + value.len()).sum()
    };
    let others = [
        ("containerd_config", node.containerd_config.as_ref().map_or(0, String::len)),
        ("containerd_base_runtime_spec", json(&node.containerd_base_runtime_spec)),
        ("kubelet_config", json(&node.kubelet_config)),
        ("bottlerocket_settings", json(&node.bottlerocket_settings)),
        ("node_labels", texts(&node.node_labels)),
        ("environment", node.environment.values().map(texts).sum()),
        ("cluster_ca_certificate", node.cluster.as_ref().map_or(0, |cluster| cluster.certificate_authority.len())),
    ];
    let others = others.into_iter().map(|(input, length)| (Place::of(input), length));
    in_lists.chain(parts).chain(others).max_by_key(|(_, length)| *length).unwrap_or_default()
}

#[cfg(test)]
#[path = "families_tests.rs"]
mod tests;
