//! IAM policy documents, as far as a trust policy needs them.
//! Source: IAM user guide, grammar of the JSON policy language.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// A statement of a policy document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// `true` for `Allow`.
    pub allows: bool,
    /// Names of services, e.g. `ec2.amazonaws.com`; `*` for everybody.
    pub services: Vec<String>,
    /// Other principals, e.g. ARNs of roles and identity providers.
    pub other_principals: Vec<String>,
    /// E.g. `sts:AssumeRole`, with wildcards.
    pub actions: Vec<String>,
    /// What the conditions ask.
    pub conditions: Vec<Condition>,
}

/// One line of a condition block: an operator, a key and the values of which one must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// E.g. `ArnLike`.
    pub operator: String,
    /// E.g. `aws:SourceArn`.
    pub key: String,
    /// The values.
    pub values: Vec<String>,
}

impl Policy {
    /// Reads a document in JSON; none when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let document: Json = serde_json::from_str(text).ok()?;
        let statements = match document.get("Statement")? {
            Json::Array(statements) => statements.iter().map(statement).collect(),
            single => vec![statement(single)],
        };
        Some(Self { statements })
    }

    /// The statements that let a service assume the role.
    pub fn trusting<'p>(&'p self, service: &'p str) -> impl Iterator<Item = &'p Statement> {
        self.statements.iter().filter(move |statement| {
            let named = statement.services.iter().any(|name| name == service || name == "*");
            let assumes = statement.actions.iter().any(|action| matches("sts:AssumeRole", action));
            statement.allows && named && assumes
        })
    }
}

/// Whether a text fits a pattern with `*` and `?`, whatever the case of letters: the case counts for no action.
#[must_use]
pub fn matches(text: &str, pattern: &str) -> bool {
    like(&text.to_lowercase(), &pattern.to_lowercase())
}

/// Whether a text fits a pattern with `*` and `?`.
#[must_use]
pub fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<_>, Vec<_>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut place, mut star) = (0, 0, None);
    while at < text.len() {
        match pattern.get(place) {
            Some('*') => {
                star = Some((place, at));
                place += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[at] => (at, place) = (at + 1, place + 1),
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                (at, place) = (from + 1, back + 1);
            }
        }
    }
    pattern[place..].iter().all(|letter| *letter == '*')
}

/// Whether some text that begins so fits a pattern with `*` and `?`.
#[must_use]
pub fn like_beginning(beginning: &str, pattern: &str) -> bool {
    let pattern: Vec<_> = pattern.chars().collect();
    // Where in the pattern what was read so far can have led to.
    let mut places = BTreeSet::from([0]);
    for letter in beginning.chars() {
        let stars = |place: &usize| (*place..).take_while(|at| pattern.get(*at) == Some(&'*')).map(|at| at + 1);
        let reached: BTreeSet<_> =
            places.iter().flat_map(|place| std::iter::once(*place).chain(stars(place))).collect();
        let next = reached.into_iter().filter_map(|place| match pattern.get(place)? {
            '*' => Some(place),
            expected => (*expected == '?' || *expected == letter).then_some(place + 1),
        });
        places = next.collect();
    }
    !places.is_empty()
}

fn texts(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(values)) => values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn statement(value: &Json) -> Statement {
    let (services, other_principals) = principals(value.get("Principal"));
    let operators = value.get("Condition").and_then(Json::as_object).into_iter().flatten();
    let conditions = operators.flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(|(key, values)| Condition {
            operator: operator.clone(),
            key: key.clone(),
            values: texts(Some(values)),
        })
    });
    Statement {
        allows: value.get("Effect").and_then(Json::as_str) == Some("Allow"),
        services,
        other_principals,
        actions: texts(value.get("Action")),
        conditions: conditions.collect(),
    }
}

fn principals(value: Option<&Json>) -> (Vec<String>, Vec<String>) {
    match value {
        Some(Json::String(everybody)) => (vec![everybody.clone()], vec![everybody.clone()]),
        Some(Json::Object(kinds)) => {
            let others = kinds.iter().filter(|(kind, _)| *kind != "Service");
            (texts(kinds.get("Service")), others.flat_map(|(_, names)| texts(Some(names))).collect())
        }
        _ => (Vec::new(), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::list(r#"{"Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Principal":{"Service":["ec2.amazonaws.com"]}}]}"#, 1)]
    #[case::single(
        r#"{"Statement":{"Effect":"Allow","Action":"sts:*","Principal":{"Service":"ec2.amazonaws.com"}}}"#,
        1
    )]
    #[case::everybody(r#"{"Statement":[{"Effect":"Allow","Action":"STS:assumerole","Principal":"*"}]}"#, 1)]
    #[case::other(
        r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"eks.amazonaws.com"}}]}"#,
        0
    )]
    #[case::denied(
        r#"{"Statement":[{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#,
        0
    )]
    #[case::web_identity(r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Service":"ec2.amazonaws.com"}}]}"#, 0)]
    fn trust_is_read(#[case] document: &str, #[case] statements: usize) {
        let policy = Policy::parse(document).expect("a policy");
        assert_eq!(policy.trusting("ec2.amazonaws.com").count(), statements);
    }

    #[test]
    fn conditions_are_read() {
        let document = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"Service":"eks-fargate-pods.amazonaws.com","AWS":"arn:aws:iam::111122223333:root"},
            "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:eks:*:*:fargateprofile/a/*"}}}}"#;
        let policy = Policy::parse(document).expect("a policy");
        let statement = &policy.statements[0];
        assert_eq!(statement.other_principals, ["arn:aws:iam::111122223333:root"]);
        let [condition] = statement.conditions.as_slice() else { panic!("{statement:?}") };
        assert_eq!((condition.operator.as_str(), condition.key.as_str()), ("ArnLike", "aws:SourceArn"));
        assert!(like("arn:aws:eks:eu-west-1:1:fargateprofile/a/b", &condition.values[0]));
    }

    #[rstest]
    #[case("a", "a", true)]
    #[case("ab", "a?", true)]
    #[case("a", "a?", false)]
    #[case("abcabc", "*bc", true)]
    #[case("abcab", "*bc", false)]
    #[case("", "*", true)]
    #[case("Ab", "ab", false)]
    fn patterns_are_followed(#[case] text: &str, #[case] pattern: &str, #[case] fits: bool) {
        assert_eq!(like(text, pattern), fits);
    }

    #[rstest]
    #[case("demo/", "demo/*", true)]
    #[case("demo/", "demo/web/*", true)]
    #[case("demo/", "*/web", true)]
    #[case("demo/", "**", true)]
    #[case("demo/", "d?mo/", true)]
    #[case("demo/", "demo", false)]
    #[case("demo/", "demo2/*", false)]
    #[case("demo/", "", false)]
    fn patterns_are_followed_from_the_beginning(#[case] beginning: &str, #[case] pattern: &str, #[case] fits: bool) {
        assert_eq!(like_beginning(beginning, pattern), fits);
    }
}
