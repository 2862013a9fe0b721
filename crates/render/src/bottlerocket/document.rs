//! Prints and parses settings as TOML. The output uses only TOML that EKS can merge: headers consist of bare words, and
//! quoted names are only to the left of an equals sign.

use serde_json::{Map, Value as Json};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, Value};

/// Prints the settings, each table once and sorted by name. Without settings, the output is empty.
pub(super) fn print(settings: &Map<String, Json>) -> String {
    let mut document = DocumentMut::new();
    let table = table(settings);
    if !table.is_empty() {
        document.insert("settings", Item::Table(table));
    }
    document.to_string().trim_start().to_owned()
}

fn table(members: &Map<String, Json>) -> Table {
    let mut table = Table::new();
    // A header is printed only if the table contains values.
    table.set_implicit(true);
    for (name, member) in sorted(members) {
        if let Some(item) = item(member) {
            table.insert_formatted(&Key::new(name), item);
        }
    }
    table
}

fn sorted(members: &Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

/// Returns `None` for an empty table.
fn item(value: &Json) -> Option<Item> {
    match value {
        Json::Object(members) => {
            let table = table(members);
            (!table.is_empty()).then_some(Item::Table(table))
        }
        Json::Array(elements) if !elements.is_empty() && elements.iter().all(Json::is_object) => {
            let tables: ArrayOfTables = elements.iter().filter_map(Json::as_object).map(explicit).collect();
            Some(Item::ArrayOfTables(tables))
        }
        other => scalar(other).map(Item::Value),
    }
}

/// A table in a list exists only through its header.
fn explicit(members: &Map<String, Json>) -> Table {
    let mut table = table(members);
    table.set_implicit(false);
    table
}

fn scalar(value: &Json) -> Option<Value> {
    match value {
        Json::Null => None,
        Json::Bool(flag) => Some(Value::from(*flag)),
        Json::Number(number) => number.as_i64().map(Value::from).or_else(|| number.as_f64().map(Value::from)),
        Json::String(text) => Some(Value::from(text.as_str())),
        Json::Array(elements) => Some(Value::Array(elements.iter().filter_map(scalar).collect::<Array>())),
        Json::Object(members) => {
            let members = sorted(members).into_iter().filter_map(|(name, member)| Some((name, scalar(member)?)));
            Some(Value::InlineTable(members.collect::<InlineTable>()))
        }
    }
}

/// Parses a document, and returns the contents of `settings`.
pub(super) fn read(text: &str) -> Result<Map<String, Json>, String> {
    let document = parse(text)?;
    if let Some(name) = others(&document).next() {
        return Err(format!(
            "The document has {name:?} at its top level, which Bottlerocket ignores. Move it into settings."
        ));
    }
    settings(&document)
}

/// Parses a document.
pub(super) fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let range = error.span().map_or(0, |span| span.start);
        let line = text.get(..range).unwrap_or_default().matches('\n').count() + 1;
        format!("This is not valid TOML: {} on line {line}.", error.message().replace('\n', "; "))
    })
}

/// Returns the top-level names of a document, except `settings`.
pub(super) fn others(document: &DocumentMut) -> impl Iterator<Item = &str> {
    document.iter().map(|(name, _)| name).filter(|name| *name != "settings")
}

/// Returns the contents of `settings`.
pub(super) fn settings(document: &DocumentMut) -> Result<Map<String, Json>, String> {
    match document.get("settings").map(of_item).transpose()? {
        Some(Json::Object(settings)) => Ok(settings),
        Some(_) => Err("settings must be a table.".to_owned()),
        None => Ok(Map::new()),
    }
}

fn of_item(item: &Item) -> Result<Json, String> {
    match item {
        Item::None => Ok(Json::Null),
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(of_table).collect(),
    }
}

fn of_table(table: &Table) -> Result<Json, String> {
    table.iter().map(|(name, item)| Ok((name.to_owned(), of_item(item)?))).collect()
}

fn of_value(value: &Value) -> Result<Json, String> {
    match value {
        Value::String(text) => Ok(Json::from(text.value().as_str())),
        Value::Integer(number) => Ok(Json::from(*number.value())),
        Value::Float(number) => Ok(Json::from(*number.value())),
        Value::Boolean(flag) => Ok(Json::from(*flag.value())),
        Value::Datetime(time) => {
            Err(format!("{} is a date or time, which no Bottlerocket setting supports.", time.value()))
        }
        Value::Array(elements) => elements.iter().map(of_value).collect(),
        Value::InlineTable(members) => {
            members.iter().map(|(name, member)| Ok((name.to_owned(), of_value(member)?))).collect()
        }
    }
}
