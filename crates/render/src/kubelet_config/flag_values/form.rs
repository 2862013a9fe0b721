//! The syntax of the values of kubelet flags.

use serde_json::{Map as JsonMap, Value as Json, json};

use crate::kubelet_config::amounts::quantity;
use crate::members::is_duration;

/// The syntax of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A Boolean in Go's syntax. The flag alone is true.
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// A duration in Go's syntax.
    Duration,
    /// A string.
    Text,
    /// An IP address, or an empty string.
    Address,
    /// A comma-separated list of strings.
    List,
    /// A comma-separated list of pairs, with this character inside each pair.
    Pairs(char),
    /// One pair. Each additional pair requires another flag.
    Pair,
    /// Pairs of a name and a Boolean.
    Gates,
    /// Reservations for NUMA nodes.
    Memory,
}

use Form::{Address, Bool, Duration, Gates, Int32, Int64, List, Memory, Pair, Pairs, Text};

impl Form {
    /// Returns the value in the form of the member, or the expected form.
    pub(super) fn read(self, given: Option<&str>) -> Result<Json, String> {
        let Some(text) = given else {
            return if self == Bool { Ok(json!(true)) } else { Err("followed by \"=\" and a value".to_owned()) };
        };
        let pair = |text: &str, between: char| -> Option<(String, String)> {
            let (key, value) = text.split_once(between)?;
            Some((key.trim().to_owned(), value.trim().to_owned()))
        };
        let pairs = |between: char| -> Option<Vec<(String, String)>> {
            text.split(',').filter(|pair| !pair.is_empty()).map(|text| pair(text, between)).collect()
        };
        let object = |pairs: Vec<(String, String)>| {
            Json::Object(pairs.into_iter().map(|(key, value)| (key, json!(value))).collect())
        };
        let value = match self {
            Bool => truth(text).map(|value| json!(value)),
            Int32 => integer(text).filter(|number| i32::try_from(*number).is_ok()).map(|number| json!(number)),
            Int64 => integer(text).map(|number| json!(number)),
            Duration => is_duration(text).then(|| json!(text)),
            Text => Some(json!(text)),
            Address => (text.is_empty() || text.parse::<std::net::IpAddr>().is_ok()).then(|| json!(text)),
            List => Some(text.split(',').filter(|element| !element.is_empty()).map(|element| json!(element)).collect()),
            Pairs(between) => pairs(between).map(object),
            Pair => pair(text, '=').map(|pair| object(vec![pair])),
            Gates => pairs('=')
                .and_then(|pairs| pairs.into_iter().map(|(gate, value)| Some((gate, json!(truth(&value)?)))).collect()),
            Memory => text.split(';').map(reservation).collect(),
        };
        value.ok_or_else(|| format!("{}, got: {text:?}", self.described()))
    }

    /// Returns the values of the flags that set a member to `value`: one, or several for options that require one flag
    /// each.
    pub(super) fn print(self, value: &Json) -> Vec<String> {
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = |between: char| -> Vec<String> {
            let members = value.as_object().into_iter().flatten();
            members.map(|(key, value)| format!("{key}{between}{}", text(value))).collect()
        };
        match self {
            List => vec![value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(",")],
            Pairs(between) => vec![pairs(between).join(",")],
            Gates => vec![pairs('=').join(",")],
            Pair => pairs('='),
            Memory => {
                let nodes = value.as_array().into_iter().flatten().map(|node| {
                    let limits = node.get("limits").and_then(Json::as_object).into_iter().flatten();
                    let limits: Vec<_> = limits.map(|(name, amount)| format!("{name}={}", text(amount))).collect();
                    format!("{}:{}", node.get("numaNode").map_or_else(|| "0".to_owned(), text), limits.join(","))
                });
                vec![nodes.collect::<Vec<_>>().join(";")]
            }
            Bool | Int32 | Int64 | Duration | Text | Address => vec![text(value)],
        }
    }

    fn described(self) -> &'static str {
        match self {
            Bool => "true or false",
            Int32 => "a 32-bit integer",
            Int64 => "an integer",
            Duration => "a duration such as 30s or 1h30m",
            Text => "a string",
            Address => "an IP address",
            List => "a comma-separated list",
            Pairs('<') => "a list such as memory.available<500Mi,nodefs.available<10%",
            Pairs(_) => "a list such as cpu=500m,memory=1Gi",
            Pair => "one option such as full-pcpus-only=true",
            Gates => "a list such as NodeSwap=true,NodeLogQuery=false",
            Memory => "a list such as 0:memory=1Gi,hugepages-2Mi=2Gi;1:memory=1Gi",
        }
    }
}

/// A Boolean in Go's syntax.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// An integer in Go's syntax, in which a prefix determines the base.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixes = [("0x", 16), ("0b", 2), ("0o", 8)];
    let (digits, base) = prefixes
        .iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, *base)))
        .unwrap_or(if lower.len() > 1 && lower.starts_with('0') { (&lower[1..], 8) } else { (lower.as_str(), 10) });
    // Underscores are allowed between digits. A second sign is not a number.
    let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !digits.split('_').all(is_digits) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{}", digits.replace('_', "")), base).ok()
}

/// Converts `0:memory=1Gi,hugepages-2Mi=2Gi` to a member of `reservedMemory`.
fn reservation(text: &str) -> Option<Json> {
    let (node, limits) = text.split_once(':')?;
    let limits: Option<JsonMap<String, Json>> = limits
        .split(',')
        .map(|limit| {
            let (name, amount) = limit.split_once('=')?;
            let is_known = name == "memory" || name.starts_with("hugepages-");
            (is_known && quantity(amount).is_some()).then(|| (name.to_owned(), json!(amount)))
        })
        .collect();
    let node: i32 = node.parse().ok()?;
    Some(json!({ "numaNode": node, "limits": limits? }))
}
