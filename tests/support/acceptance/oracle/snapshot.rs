//! Objects of this provider in a state file, and in the refreshed state that a plan file holds.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::DeflateDecoder;
use serde_json::Value;

/// Attributes by address.
pub(crate) type State = BTreeMap<String, Value>;

/// The member of a plan file that holds the refreshed state.
const REFRESHED: &str = "tfstate";

const CENTRAL_DIRECTORY: &[u8] = b"PK\x01\x02";
const END_OF_CENTRAL_DIRECTORY: &[u8] = b"PK\x05\x06";

/// What a state file holds, without a run of the program.
pub(crate) struct Snapshot(pub(crate) Value);

impl Snapshot {
    /// The state file; empty if there is none.
    pub(crate) fn read(path: &Path) -> Self {
        Self(fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default())
    }

    /// The objects of this provider, without those that a replacement has still to delete.
    pub(crate) fn objects(&self) -> State {
        let ours = |resource: &&Value| {
            let provider = resource["provider"].as_str().unwrap_or_default();
            resource["mode"] == "managed" && provider.contains("/ekscompute/ekscompute\"]")
        };
        let resources = self.0["resources"].as_array().into_iter().flatten().filter(ours);
        resources.flat_map(instances).collect()
    }
}

fn instances(resource: &Value) -> Vec<(String, Value)> {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    let module = if text("module").is_empty() { String::new() } else { format!("{}.", text("module")) };
    let name = format!("{module}{}.{}", text("type"), text("name"));
    let current = resource["instances"].as_array().into_iter().flatten().filter(|each| each["deposed"].is_null());
    let address = |instance: &Value| match &instance["index_key"] {
        Value::Null => name.clone(),
        key => format!("{name}[{key}]"),
    };
    current.map(|instance| (address(instance), plain(&instance["attributes"]))).collect()
}

/// A state file contains a value of dynamic type with its type; a plan shows only the value.
fn plain(stored: &Value) -> Value {
    match stored {
        Value::Object(members)
            if members.len() == 2 && members.contains_key("type") && members.contains_key("value") =>
        {
            plain(&members["value"])
        }
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), plain(member))).collect(),
        Value::Array(elements) => elements.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// The state that planning has refreshed, from the plan file.
#[track_caller]
pub(crate) fn refreshed_state(plan: &Path) -> State {
    let archive = fs::read(plan).unwrap_or_else(|error| panic!("{}: {error}", plan.display()));
    let text = member(&archive, REFRESHED).unwrap_or_else(|| panic!("{} has no {REFRESHED}", plan.display()));
    Snapshot(serde_json::from_slice(&text).expect("a state is JSON")).objects()
}

/// A member of a ZIP archive.
fn member(archive: &[u8], name: &str) -> Option<Vec<u8>> {
    let end = archive.windows(4).rposition(|window| window == END_OF_CENTRAL_DIRECTORY)?;
    let mut at = number(archive, end + 16, 4)?;
    while archive.get(at..at + 4)? == CENTRAL_DIRECTORY {
        let length = |offset: usize| number(archive, at + offset, 2);
        let (name_length, extra, comment) = (length(28)?, length(30)?, length(32)?);
        if archive.get(at + 46..at + 46 + name_length)? == name.as_bytes() {
            return content(archive, at);
        }
        at += 46 + name_length + extra + comment;
    }
    None
}

fn content(archive: &[u8], entry: usize) -> Option<Vec<u8>> {
    let (method, size) = (number(archive, entry + 10, 2)?, number(archive, entry + 20, 4)?);
    let header = number(archive, entry + 42, 4)?;
    let start = header + 30 + number(archive, header + 26, 2)? + number(archive, header + 28, 2)?;
    let packed = archive.get(start..start + size)?;
    if method == 0 {
        return Some(packed.to_vec());
    }
    let mut text = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut text).ok()?;
    Some(text)
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    Some(bytes.get(at..at + length)?.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}
