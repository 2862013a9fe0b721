//! Every decoder that reads bytes from outside, with what must hold whatever the bytes are. The fuzz targets run these
//! without end, the test `fuzz_smoke` runs them a few thousand times.

use framework::duration;
use framework::type_check::conforms;
use framework::types::Type;
use preflight::policy::{Policy, like, like_beginning};
use render::aws_auth::{self, Entry, Found, Listing, Mapping};
use render::families::{self, Packing, too_long};
use render::node::{Family, Mode, Node};
use render::nodeadm::document;
use render::{userdata, yaml};
use wire::codec::{Leniency, decode_json, decode_msgpack, encode_json, encode_msgpack};

/// The first byte picks a type, the others are MessagePack. What is read is a value of the type, and writing it is
/// stable.
pub fn msgpack(bytes: &[u8]) {
    let Some((ty, bytes)) = pick(bytes) else { return };
    let Ok(value) = decode_msgpack(bytes, &ty) else { return };
    conforms(&value, &ty).expect("what is read is a value of the type");
    let written = encode_msgpack(&value, &ty).expect("what is read can be written");
    let again = decode_msgpack(&written, &ty).expect("what is written can be read");
    assert_eq!(encode_msgpack(&again, &ty).as_ref(), Ok(&written));
}

/// The first byte picks a type, the others are JSON. What is read is a value of the type and survives writing.
pub fn json(bytes: &[u8]) {
    let Some((ty, bytes)) = pick(bytes) else { return };
    for leniency in [Leniency::Strict, Leniency::Stored] {
        let Ok(value) = decode_json(bytes, &ty, leniency) else { continue };
        let written = encode_json(&value, &ty).expect("what is read can be written").to_string();
        assert_eq!(decode_json(written.as_bytes(), &ty, leniency), Ok(value));
    }
}

/// A type that is read survives writing.
pub fn type_expression(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    let Ok(ty) = Type::from_json(&document) else { return };
    assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
}

/// A duration that is read still is one with a second more, unless it is too long.
pub fn duration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(parsed) = duration::parse(text).filter(|_| text != "0") else { return };
    if let Some(longer) = duration::parse(&format!("{text}1s")) {
        assert!(longer >= parsed, "{text}");
    }
}

/// The first byte picks an edit, the others are a text of `mapRoles`. The edit is refused, or exactly one entry differs and
/// every other reads as before.
pub fn aws_auth(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let arn = ["arn:aws:iam::111122223333:role/a", "r1", ""][usize::from(*first) / 16 % 3].to_owned();
    let username = ["u", "{{SessionName}}", "yes", "a: b", "\"'", "é #"][usize::from(*first) % 6].to_owned();
    let groups =
        [vec!["a".to_owned(), "n".to_owned()], vec![], vec!["1e3".to_owned()]][usize::from(*first) / 8 % 3].clone();
    let entry = Entry { arn, username, groups };
    let Ok(before) = Listing::read(text, Mapping::Roles) else { return };
    let edited = match first % 3 {
        0 => aws_auth::insert(text, Mapping::Roles, &entry),
        1 => aws_auth::update(text, Mapping::Roles, &entry),
        _ => aws_auth::remove(text, Mapping::Roles, &entry.arn),
    };
    let Ok(edited) = edited else { return };
    let after = Listing::read(&edited, Mapping::Roles).expect("what is edited can be read");
    let own = |found: &&Found| found.arn.as_deref().is_some_and(|arn| arn.eq_ignore_ascii_case(&entry.arn));
    let others = |listing: &Listing| -> Vec<(Option<String>, String, Vec<String>)> {
        let others = listing.entries().iter().filter(|found| !own(found));
        others.map(|found| (found.arn.clone(), found.username.clone(), found.groups.clone())).collect()
    };
    assert_eq!(others(&before), others(&after));
    let found: Vec<_> = after.entries().iter().filter(own).collect();
    match first % 3 {
        2 => assert!(found.is_empty()),
        _ => assert!(matches!(found.as_slice(), [found] if found.has(&entry))),
    }
}

/// A userdata of whatever tool: what is read of it has no more contents than bytes.
pub fn userdata(bytes: &[u8]) {
    if let Ok(read) = userdata::read(bytes) {
        assert!(read.contents.len() <= bytes.len().max(1));
    }
}

/// What is read of a NodeConfig's YAML survives printing.
pub fn yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(tree) = yaml::read(text) {
        assert_eq!(yaml::read(&yaml::print(&tree)), Ok(tree), "{text:?}");
    }
}

/// A policy of IAM in JSON: whoever a clear statement allows to assume the role is named in the text or is everybody, and
/// patterns fit what they fit when text is put after it.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(policy) = Policy::parse(text) else { return };
    let service = "ec2.amazonaws.com";
    for statement in policy.trusting(service) {
        assert!(statement.allows && statement.services.iter().any(|name| name == service || name == "*"), "{text}");
    }
    for pattern in policy.statements.iter().flat_map(|statement| &statement.actions) {
        let beginning = "sts:Assume";
        assert!(!like("sts:AssumeRole", pattern) || like_beginning(beginning, pattern), "{pattern:?}");
        assert!(like(pattern, pattern), "{pattern:?}");
    }
}

/// The first byte picks a reader of TOML, the others are its text: Bottlerocket's settings, whose rendering reads as itself,
/// or containerd's configuration.
pub fn toml(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    if first % 2 == 0 {
        let of =
            |text: &str| Node { bottlerocket_settings: text.into(), ..Node::new(Family::Bottlerocket, Mode::Merge) };
        let Ok(rendered) = families::render(&of(text)) else { return };
        let printed = String::from_utf8(rendered.bytes).expect("TOML is text");
        let again = families::render(&of(&printed)).expect("what is printed can be read");
        assert_eq!(again.bytes, printed.as_bytes());
    } else {
        let documents = |text: &str| {
            let head = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  containerd:\n    config: ";
            [text, "version = 3\n"].map(|text| format!("{head}{}\n", serde_json::Value::from(text))).to_vec()
        };
        let mut node = Node::new(Family::AmazonLinux2023, Mode::Merge);
        node.node_configs = documents(text);
        node.containerd_config = Some(text.to_owned());
        let rendered = families::render(&node).map(|rendered| rendered.bytes.len());
        assert!(
            rendered.is_err()
                || rendered.is_ok_and(|size| too_long(size, Packing::None, &node).is_some() == (size > 16_384))
        );
        if let Ok(merged) = document::merge_texts(&documents(text)) {
            assert_eq!(document::merge_texts(std::slice::from_ref(&merged)), Ok(merged));
        }
    }
}

/// The console output of an instance.
pub fn node_log(bytes: &[u8]) {
    let log = preflight::node_log::ConsoleLog::from_bytes(bytes);
    let _ = preflight::node_log::find_cause(&log);
    let _ = preflight::node_log::find_state(&log);
    let _ = preflight::node_log::mask(&String::from_utf8_lossy(bytes));
}

/// Types of every kind; the last finds any other through the expressions in the bytes.
fn pick(bytes: &[u8]) -> Option<(Type, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let object = || Type::object([("a", Type::String), ("b", Type::Number), ("c", Type::Dynamic)]);
    let types = [
        Type::Bool,
        Type::Number,
        Type::String,
        Type::list(Type::String),
        Type::set(Type::Number),
        Type::map(Type::Bool),
        Type::Tuple(vec![Type::String, Type::list(Type::Number)]),
        object(),
        Type::list(object()),
        Type::set(Type::set(Type::Dynamic)),
        Type::map(Type::list(object())),
        Type::Dynamic,
    ];
    let index = usize::from(*first) % types.len();
    types.into_iter().nth(index).map(|ty| (ty, rest))
}
