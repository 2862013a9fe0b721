//! The one way to a userdata: the common check, the operating system's renderer, and EC2's limit.

use super::node::{Family, Finding, MAX_BYTES, Node, Place, Render, Rendered, check};
use super::{bootstrap, bottlerocket, nodeadm, windows};

/// Every family that can be rendered, with its renderer and the name that users give it.
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

/// The family of a name.
#[must_use]
pub fn find(name: &str) -> Option<Family> {
    FAMILIES.iter().find(|(known, ..)| *known == name).map(|(_, family, _)| *family)
}

/// Renders the userdata of a node.
///
/// # Errors
/// All findings, with at least one error among them.
pub fn render(node: &Node) -> Result<Rendered, Vec<Finding>> {
    let mut found = check(node);
    let Some((_, _, renderer)) = FAMILIES.iter().find(|(_, family, _)| *family == node.family) else {
        let text = format!("There is no userdata for {}.", node.family.name());
        return Err(vec![Finding::error(Place::whole(), text)]);
    };
    let has_error = found.iter().any(Finding::is_error);
    match renderer(node) {
        Ok(rendered) if !has_error => {
            found.extend(rendered.warnings);
            Ok(Rendered { warnings: found, ..rendered })
        }
        Ok(rendered) => {
            found.extend(rendered.warnings);
            Err(found)
        }
        Err(others) => {
            // A renderer may see again what the check has seen.
            found.extend(
                others
                    .into_iter()
                    .filter(|finding| !found.iter().any(|known| known.place == finding.place))
                    .collect::<Vec<_>>(),
            );
            Err(found)
        }
    }
}

/// What is wrong with the size of a userdata in the form in which EC2 gets it, before base64.
#[must_use]
pub fn too_long(size: usize) -> Option<Finding> {
    let text = format!(
        "The userdata has {size} bytes, and EC2 takes at most {MAX_BYTES}. Shorten the scripts, have them fetch the rest from \
         S3, or set gzip where the operating system takes it."
    );
    (size > MAX_BYTES).then(|| Finding::error(Place::whole(), text))
}
