//! The expression for the number of pods, in CEL. nodeadm falls back to its own number when it cannot evaluate one, with no
//! more than a line in its log.

/// What nodeadm gives to an expression: whole numbers.
const VARIABLES: [&str; 3] = ["default_enis", "ips_per_eni", "max_pods"];

/// Words of CEL of which the result can be a number.
const WORDS: [&str; 5] = ["int", "uint", "double", "true", "false"];

/// As long as an expression is at most.
const MOST_BYTES: usize = 1024;

/// What is wrong with an expression.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("An expression is needed, such as \"max_pods - 1\".".to_owned());
    }
    if text.len() > MOST_BYTES || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(format!("An expression is one line of at most {MOST_BYTES} ASCII characters."));
    }
    if let Some(letter) =
        text.chars().find(|letter| !letter.is_ascii_alphanumeric() && !" _.+-*/%()<>=!&|?:,".contains(*letter))
    {
        return Err(format!("{letter:?} has no place in an arithmetic expression of CEL."));
    }
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
    for word in text.split(|letter| !is_part(letter)).filter(|word| !word.is_empty()) {
        let is_number = word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
        if !is_number && !VARIABLES.contains(&word) && !WORDS.contains(&word) {
            return Err(format!("{word:?} is unknown to nodeadm; there are {}.", VARIABLES.join(", ")));
        }
    }
    let mut open = 0_usize;
    for letter in text.chars() {
        match letter {
            '(' => open += 1,
            ')' if open == 0 => return Err("There is a \")\" without its \"(\".".to_owned()),
            ')' => open -= 1,
            _ => {}
        }
    }
    if open > 0 { Err("There is a \"(\" without its \")\".".to_owned()) } else { Ok(()) }
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
    fn arithmetic_is_accepted(#[case] expression: &str) {
        assert_eq!(check(expression), Ok(()));
    }

    #[rstest]
    #[case::empty(" ", "is needed")]
    #[case::variable("maxPods - 1", "default_enis")]
    #[case::function("min(max_pods, 110)", "\"min\" is unknown")]
    #[case::method("max_pods.min(1)", "is unknown")]
    #[case::text("'a'", "no place")]
    #[case::lines("max_pods\n- 1", "one line")]
    #[case::open("(max_pods", "without its")]
    #[case::close("max_pods)", "without its")]
    fn others_are_refused(#[case] expression: &str, #[case] reason: &str) {
        let why = check(expression).expect_err("refused");
        assert!(why.contains(reason), "{why}");
    }
}
