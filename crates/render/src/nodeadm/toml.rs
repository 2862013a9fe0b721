//! The containerd configuration of several documents, merged as in nodeadm: tables are merged recursively, and
//! everything else is replaced.

use toml_edit::{DocumentMut, Item, Table, TomlError};

/// Merges the second document over the first. Comments and order are lost, as in nodeadm.
///
/// # Errors
/// Returns an error if one of them is not TOML.
pub(super) fn merge(first: &str, second: &str) -> Result<String, TomlError> {
    let first: DocumentMut = first.parse()?;
    let second: DocumentMut = second.parse()?;
    let mut merged = canonical(first.as_table());
    merge_table(&mut merged, &canonical(second.as_table()));
    Ok(DocumentMut::from(merged).to_string())
}

fn merge_table(old: &mut Table, new: &Table) {
    for (key, item) in new {
        match (old.get_mut(key).and_then(Item::as_table_mut), item.as_table()) {
            (Some(inside), Some(table)) => merge_table(inside, table),
            _ => {
                old.insert(key, item.clone());
            }
        }
    }
}

/// Returns the same values in a canonical form: every table with its header, sorted keys, no comments.
fn canonical(table: &dyn toml_edit::TableLike) -> Table {
    let mut plain = Table::new();
    let mut members: Vec<_> = table.iter().collect();
    members.sort_by_key(|(key, _)| *key);
    for (key, item) in members {
        plain.insert(key, canonical_item(item));
    }
    let has_only_tables = !plain.is_empty() && plain.iter().all(|(_, item)| item.is_table());
    plain.set_implicit(has_only_tables);
    plain
}

fn canonical_item(item: &Item) -> Item {
    if let Some(table) = item.as_table_like() {
        return Item::Table(canonical(table));
    }
    if let Some(tables) = item.as_array_of_tables() {
        return Item::ArrayOfTables(tables.iter().map(|table| canonical(table)).collect());
    }
    let mut plain = item.clone();
    if let Some(value) = plain.as_value_mut() {
        *value.decor_mut() = toml_edit::Decor::default();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_merged_and_values_replaced() {
        let first = "version = 3\n# a comment\n[plugins.'a.b']\nlist = [1, 2]\non = true\n[plugins.'a.b'.x]\ny = 1\n";
        let second = "plugins.'a.b' = { list = [], on = false }\n[grpc]\ngid = 0\n";
        let expected =
            "version = 3\n\n[grpc]\ngid = 0\n\n[plugins.'a.b']\nlist = []\non = false\n\n[plugins.'a.b'.x]\ny = 1\n";
        let merged: DocumentMut = merge(first, second).expect("TOML").parse().expect("TOML");
        let expected: DocumentMut = expected.parse().expect("TOML");
        assert_eq!(canonical(merged.as_table()).to_string(), canonical(expected.as_table()).to_string());
        assert!(!merge(first, second).expect("TOML").contains("comment"));
    }

    #[test]
    fn a_value_and_a_table_replace_each_other() {
        assert_eq!(merge("a = 1\n", "[a]\nb = 2\n").expect("TOML"), "[a]\nb = 2\n");
        assert_eq!(merge("[a]\nb = 2\n", "a = 1\n").expect("TOML"), "a = 1\n");
        assert!(merge("a = 1", "[b").is_err());
    }
}
