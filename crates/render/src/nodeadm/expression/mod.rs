//! The CEL expression for the number of pods. If nodeadm cannot evaluate it, it falls back to its own number and only
//! logs the error, so the expression is parsed, type-checked, and evaluated here. Only the numeric part of CEL is
//! supported, without strings, lists, and macros.

mod parse;
mod value;

use self::parse::{Tree, parse};
use self::value::Value;

/// The integer variables of an expression.
const VARIABLES: [&str; 5] = ["default_enis", "ips_per_eni", "max_pods", "physical_memory_mib", "vcpus"];

/// Maximum length of an expression.
const MOST_BYTES: usize = 1024;

/// An instance type: its network interfaces, the addresses per interface, its vCPUs, and its memory in MiB.
type Instance = (i64, i64, i64, i64);

/// Instance types from `t3.micro` to `m5.24xlarge`.
const INSTANCES: [Instance; 8] = [
    (2, 2, 2, 1024),
    (2, 4, 1, 2048),
    (3, 6, 2, 4096),
    (3, 10, 2, 8192),
    (4, 15, 4, 16384),
    (8, 30, 16, 32768),
    (15, 50, 96, 393_216),
    (2, 50, 192, 2_097_152),
];

/// Validates an expression.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("An expression is required, such as \"max_pods - 1\".".to_owned());
    }
    if text.len() > MOST_BYTES || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(format!("An expression must be a single line of at most {MOST_BYTES} ASCII characters."));
    }
    let tree = parse(text)?;
    let kind = tree.kind()?;
    if kind == value::Kind::Bool {
        return Err("The result of the expression is true or false, not a number.".to_owned());
    }
    let results: Vec<_> = INSTANCES.iter().map(|instance| pods(&tree, *instance)).collect();
    match results.into_iter().collect::<Result<Vec<i64>, String>>() {
        Ok(_) => Ok(()),
        // On small instance types, the result of a subtraction can be invalid.
        Err(_) if INSTANCES.iter().any(|instance| pods(&tree, *instance).is_ok()) => Ok(()),
        Err(why) => Err(format!(
            "The expression does not return a valid number of pods for any instance type: {why}. nodeadm would use its \
             own number."
        )),
    }
}

/// Returns the number that nodeadm calculates for an instance.
fn pods(tree: &Tree, (enis, ips, vcpus, memory): Instance) -> Result<i64, String> {
    let number = tree.value(&|name| match name {
        "default_enis" => enis,
        "ips_per_eni" => ips,
        "physical_memory_mib" => memory,
        "vcpus" => vcpus,
        _ => enis * (ips - 1) + 2,
    });
    match number?.to_int()? {
        Value::Int(number) if (1..=i64::from(i32::MAX)).contains(&number) => Ok(number),
        Value::Int(number) => Err(format!("the result {number} is not between 1 and {}", i32::MAX)),
        _ => Err("the result is not an integer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("max_pods")]
    #[case("(default_enis - 1) * (ips_per_eni - 1) + 2")]
    #[case("max_pods > 110 ? 110 : max_pods")]
    #[case("int(double(max_pods) * 0.5)")]
    #[case("double(max_pods) * .5e0")]
    #[case("max_pods >= 250 || default_enis == 15 && !(ips_per_eni < 50) ? 250 : -(-110)")]
    #[case("uint(max_pods) - 1u")]
    #[case("max_pods - 0x10")]
    #[case("vcpus * 10")]
    #[case("physical_memory_mib > 4096 ? max_pods : 8")]
    #[case::only_on_large_ones("max_pods - 100")]
    fn arithmetic_is_accepted(#[case] expression: &str) {
        assert_eq!(check(expression), Ok(()));
    }

    #[rstest]
    #[case::empty(" ", "is required")]
    #[case::variable("maxPods - 1", "default_enis")]
    #[case::function("min(max_pods, 110)", "does not support \"min\"")]
    #[case::method("max_pods.min(1)", "Unexpected")]
    #[case::text("'a'", "CEL does not support")]
    #[case::lines("max_pods\n- 1", "single line")]
    #[case::open("(max_pods", "expected \")\"")]
    #[case::close("max_pods)", "Unexpected \")\"")]
    #[case::no_operand("max_pods -", "Unexpected end")]
    #[case::two_values("max_pods 1", "Unexpected")]
    #[case::two_operators("max_pods * / 2", "Unexpected")]
    #[case::half_a_choice("max_pods > 1 ? 5", "expected \":\"")]
    #[case::mixed("max_pods * 0.5", "int and double")]
    #[case::compared("max_pods > 1.5 ? 1 : 2", "int and double")]
    #[case::truth("max_pods > 110", "true or false")]
    #[case::condition("max_pods ? 1 : 2", "true or false")]
    #[case::two_kinds("true ? 1 : 2.0", "int and double")]
    #[case::not_of_number("!max_pods", "true or false")]
    #[case::remainder("int(double(max_pods) % 2.0)", "double")]
    #[case::negative_uint("int(-uint(max_pods))", "uint")]
    #[case::cast_of_truth("int(true)", "bool")]
    #[case::zero("0", "the result 0")]
    #[case::negative("-max_pods", "not between 1")]
    #[case::by_zero("max_pods / 0", "divides by zero")]
    #[case::overflow("max_pods * 9223372036854775807", "too large")]
    #[case::literal("9223372036854775808", "too large")]
    #[case::large("3000000000", "not between 1")]
    fn others_are_refused(#[case] expression: &str, #[case] reason: &str) {
        let why = check(expression).expect_err("refused");
        assert!(why.contains(reason), "{why}");
    }

    #[test]
    fn deep_expressions_end() {
        let deep = format!("{}max_pods{}", "(".repeat(500), ")".repeat(500));
        assert!(check(&deep).is_err_and(|why| why.contains("deep")));
    }
}
