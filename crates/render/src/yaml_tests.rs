use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

#[test]
fn blocks_are_printed_to_the_byte() {
    let tree = json!({
        "b": {"list": ["x", 1, {"k": "v", "m": [[true], []]}], "empty": {}, "none": null},
        "a": "one\ntwo\n",
        "no": "yes",
        "c/d": "it's \"q\" \\ é \u{1f600} \u{7f}",
        "open": "one\n\n  two",
    });
    let expected = r#"a: |
  one
  two
b:
  empty: {}
  list:
    - "x"
    - 1
    - k: "v"
      m:
        - - true
        - []
  none: null
"c/d": "it's \"q\" \\ \u00e9 \U0001f600 \u007f"
"no": "yes"
open: |-
  one

    two
"#;
    assert_eq!(print(&tree), expected);
    assert_eq!(read(expected), Ok(tree));
}

#[rstest]
#[case("a: 1\n", json!({"a": 1}))]
#[case("a: -1.5e3", json!({"a": -1500.0}))]
#[case("a: True\nb: NULL\nc:\nd: ~", json!({"a": true, "b": null, "c": null, "d": null}))]
#[case("a: 12:30:45\nb: 2026-01-31\nc: 30s\nd: v1\ne: 1.2.3", json!({"a": "12:30:45", "b": "2026-01-31", "c": "30s", "d": "v1", "e": "1.2.3"}))]
#[case("no: 'yes'\n1: \"on\"", json!({"no": "yes", "1": "on"}))]
#[case("# comment\n---\na: [b, {c: d}]\n", json!({"a": ["b", {"c": "d"}]}))]
#[case("{\n\t\"a\": \"b\",\n\t\"c\": [1, 2]\n}", json!({"a": "b", "c": [1, 2]}))]
#[case("a: |\n  x\n  y\nb: >-\n  x\n  y\n", json!({"a": "x\ny\n", "b": "x y"}))]
#[case("a: 18446744073709551615", json!({"a": 18_446_744_073_709_551_615_u64}))]
fn unambiguous_yaml_is_parsed(#[case] text: &str, #[case] expected: Json) {
    assert_eq!(read(text), Ok(expected));
}

#[rstest]
#[case::yes("a:\n  b: yes", "line 2: \"yes\" is ambiguous")]
#[case::off("a: OFF", "true or false")]
#[case::y("- y", "true or false")]
#[case::octal("a: 0123", "decimal")]
#[case::octal_fraction("a: 0o17", "decimal")]
#[case::hex("a: 0x1F", "decimal")]
#[case::underscore("a: 1_000", "decimal")]
#[case::infinity("a: -.Inf", "decimal")]
#[case::large("a: 18446744073709551616", "too large")]
#[case::large_fraction("a: 1e999", "too large")]
#[case::second("a: 1\n---\nb: 1", "line 2: there is a second document")]
#[case::duplicate("a: 1\nb: 2\na: 3", "line 3: duplicate key \"a\"")]
#[case::alias("a: &x 1\nb: *x", "alias")]
#[case::merge("<<: {a: 1}", "merge key")]
#[case::tag("a: !!str 1", "tag")]
#[case::key("[a]: 1", "a key must be a string")]
#[case::syntax("a: b: c", "not valid YAML")]
#[case::tab("a:\n\tb: 1", "not valid YAML")]
#[case::nothing("# only this\n", "no document")]
fn ambiguous_or_unsupported_yaml_is_rejected(#[case] text: &str, #[case] reason: &str) {
    let error = read(text).expect_err("refused").to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(MOST_LEVELS)).is_ok());
    assert_eq!(read(&nested(MOST_LEVELS + 1)), Err(YamlError::Deep { line: 1 }));
    assert!(matches!(read(&nested(100_000)), Err(YamlError::Syntax { .. } | YamlError::Deep { .. })));
}

/// Trees of every form.
pub(crate) fn trees() -> impl Strategy<Value = Json> {
    let text =
        prop_oneof!["[a-z]{0,4}", "[ -~\n]{0,12}", any::<String>(), "(yes|no|y|on|null|~|0x1f|1_0|1e3|<<|- a|#b)"];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        text.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(text.clone(), inner, 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn every_tree_is_read_as_it_was_printed(tree in trees()) {
        let text = print(&tree);
        prop_assert!(text.is_ascii());
        prop_assert_eq!(read(&text), Ok(tree), "{}", text);
    }
}
