//! Expressions for the number of pods, beside the CEL library that nodeadm is made of.

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::node::Node;
use render::nodeadm::render;
use serde_json::json;

use super::nodeadm::{ask, node};

/// As many expressions as one process evaluates.
const CASES: usize = 2_000;

/// Expressions, most of them with numbers of one kind in them, and some that are broken.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => select(vec!["max_pods", "default_enis", "ips_per_eni", "1", "2", "110", "0", "0x1F", "9223372036854775807"]),
        2 => select(vec!["2.5", ".5", "1e3", "7u", "0x10u", "true", "false"]),
        1 => select(vec!["maxPods", "'a'", "1.2.3", "", "min(1, 2)", "uint", "5x", "007", "-9223372036854775808"]),
    ];
    let leaf = leaf.prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operators = vec!["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "&&", "||"];
        let binary = (inner.clone(), select(operators), inner.clone());
        prop_oneof![
            5 => binary.prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
            2 => inner.clone().prop_map(|inner| format!("({inner})")),
            2 => (select(vec!["int", "uint", "double"]), inner.clone()).prop_map(|(cast, inner)| format!("{cast}({inner})")),
            1 => (select(vec!["-", "!", "--", "!!"]), inner.clone()).prop_map(|(sign, inner)| format!("{sign}{inner}")),
            2 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} ? {b} : {c}")),
            1 => (inner.clone(), Just("(")).prop_map(|(inner, open)| format!("{open}{inner}")),
        ]
    })
}

#[test]
fn expression_validation_matches_nodeadm() {
    let mut runner = TestRunner::deterministic();
    let strategy = expressions();
    let made = (0..CASES).map(|_| strategy.new_tree(&mut runner).expect("a case").current());
    let cases: Vec<String> = made.filter(|text| !text.trim().is_empty()).collect();
    let requests: Vec<_> = cases.iter().map(|text| json!({ "expression": text })).collect();
    let (mut taken, mut refused) = (0, 0);
    for (text, answer) in cases.iter().zip(ask(&requests)) {
        let is_taken = render(&Node { max_pods_expression: Some(text.clone()), ..node() }).is_ok();
        let why = answer.get("error").and_then(serde_json::Value::as_str).unwrap_or_default();
        // An expression may be of no use on the instance of the consumer, and of some on others.
        match why {
            // nodeadm takes as many pods as 32 bits hold, which the consumer does not look at.
            "" if answer["pods"].as_i64().is_some_and(|pods| pods > i64::from(i32::MAX)) => {}
            "" => assert!(is_taken, "{text:?}: {answer}"),
            why if why.contains("<input>") => assert!(!is_taken, "{text:?}: {answer}"),
            _ => {}
        }
        taken += usize::from(why.is_empty());
        refused += usize::from(!is_taken);
    }
    assert!(taken > 50 && refused > 500, "{taken} taken, {refused} refused");
}
