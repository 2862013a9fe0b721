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
    /// Service principals, such as `ec2.amazonaws.com`, or `*` for all principals.
    pub services: Vec<String>,
    /// Other principals, such as ARNs of roles and identity providers.
    pub other_principals: Vec<String>,
    /// Actions, such as `sts:AssumeRole`, with wildcards.
    pub actions: Vec<String>,
    /// Whether it applies to all actions except these.
    pub excludes_actions: bool,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// Whether it has an unsupported element, so its meaning is unknown.
    pub is_unclear: bool,
}

/// A condition: an operator, a key, and the values, of which one must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The operator, such as `ArnLike`.
    pub operator: String,
    /// The key, such as `aws:SourceArn`.
    pub key: String,
    /// The values.
    pub values: Vec<String>,
}

impl Policy {
    /// Parses a JSON policy document. Returns `None` for other JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let document: Json = serde_json::from_str(text).ok()?;
        let statements = match document.get("Statement")? {
            Json::Array(statements) => statements.iter().map(statement).collect(),
            single @ Json::Object(_) => vec![statement(single)],
            _ => return None,
        };
        Some(Self { statements })
    }

    /// Returns the statements that allow a service to assume the role.
    pub fn trusting<'p>(&'p self, service: &'p str) -> impl Iterator<Item = &'p Statement> {
        self.statements.iter().filter(move |statement| statement.allows && statement.is_about(service))
    }

    /// Returns whether a statement without conditions denies a service permission to assume the role, regardless of
    /// other statements.
    #[must_use]
    pub fn denies(&self, service: &str) -> bool {
        let certain =
            |statement: &&Statement| !statement.allows && !statement.is_unclear && statement.conditions.is_empty();
        self.statements.iter().filter(certain).any(|statement| statement.is_about(service))
    }

    /// Returns whether the meaning of any statement is unknown.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        self.statements.iter().any(|statement| statement.is_unclear)
    }
}

impl Statement {
    /// Returns whether it applies to a service that assumes the role.
    fn is_about(&self, service: &str) -> bool {
        let named = self.services.iter().any(|name| name == service || name == "*");
        let assuming = self.actions.iter().any(|action| matches("sts:AssumeRole", action));
        named && assuming != self.excludes_actions
    }
}

impl Condition {
    /// Returns the values of which the key must have one, or `None` if the condition cannot be evaluated: an operator
    /// that does not compare with exact values or patterns, or a value with a policy variable.
    #[must_use]
    pub fn wanted(&self) -> Option<&[String]> {
        let operators = ["ArnEquals", "ArnLike", "StringEquals", "StringLike"];
        let known = operators
            .iter()
            .any(|operator| self.operator.strip_suffix("IfExists").unwrap_or(&self.operator) == *operator);
        let plain = !self.values.is_empty() && self.values.iter().all(|value| !value.contains("${"));
        (known && plain).then_some(self.values.as_slice())
    }
}

/// Returns whether a string matches a pattern with `*` and `?`, case-insensitively. Actions are not case-sensitive.
#[must_use]
pub fn matches(text: &str, pattern: &str) -> bool {
    like(&text.to_lowercase(), &pattern.to_lowercase())
}

/// Returns whether a string matches a pattern with `*` and `?`.
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

/// Returns whether any string with this prefix matches a pattern with `*` and `?`.
#[must_use]
pub fn like_beginning(beginning: &str, pattern: &str) -> bool {
    let pattern: Vec<_> = pattern.chars().collect();
    // The positions in the pattern that the characters read so far can reach.
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

/// Returns a string or a list of strings as a list, or `None` for other values.
fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(text) => Some(vec![text.clone()]),
        Json::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn statement(value: &Json) -> Statement {
    let effect = value.get("Effect").and_then(Json::as_str);
    let excludes_actions = value.get("NotAction").is_some();
    let actions = value.get("Action").or(value.get("NotAction")).and_then(texts);
    let principals = value.get("Principal").and_then(principals);
    let conditions = value.get("Condition").map_or(Some(Vec::new()), conditions);
    let both = excludes_actions && value.get("Action").is_some();
    let is_clear = matches!(effect, Some("Allow" | "Deny")) && !both;
    let is_unclear = !is_clear || actions.is_none() || principals.is_none() || conditions.is_none();
    let (services, other_principals) = principals.unwrap_or_default();
    Statement {
        allows: effect == Some("Allow"),
        services,
        other_principals,
        actions: actions.unwrap_or_default(),
        excludes_actions,
        conditions: conditions.unwrap_or_default(),
        is_unclear,
    }
}

/// Returns the services and the other principals of a statement, or `None` if they are not supported.
fn principals(value: &Json) -> Option<(Vec<String>, Vec<String>)> {
    let mut found = (Vec::new(), Vec::new());
    let kinds = match value {
        Json::String(everybody) => return Some((vec![everybody.clone()], vec![everybody.clone()])),
        Json::Object(kinds) => kinds,
        _ => return None,
    };
    for (kind, names) in kinds {
        let names = texts(names)?;
        if kind == "Service" {
            found.0.extend(names);
        } else {
            // All AWS principals are all principals.
            found.0.extend(names.iter().filter(|name| *name == "*").cloned());
            found.1.extend(names);
        }
    }
    Some(found)
}

/// Returns the conditions of a condition block, or `None` if it is not supported.
fn conditions(value: &Json) -> Option<Vec<Condition>> {
    let scalar = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let mut found = Vec::new();
    for (operator, keys) in value.as_object()? {
        for (key, values) in keys.as_object()? {
            let values = match values {
                Json::Array(values) => values.iter().map(scalar).collect::<Option<_>>()?,
                single => vec![scalar(single)?],
            };
            found.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Some(found)
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

    #[rstest]
    #[case::no_document("[]")]
    #[case::no_statement(r#"{"Version":"2012-10-17"}"#)]
    #[case::statement_of_another_kind(r#"{"Statement":"Allow"}"#)]
    #[case::cut(r#"{"Statement":[{"Effect":"Allow","#)]
    fn invalid_policy_is_not_parsed(#[case] document: &str) {
        assert_eq!(Policy::parse(document), None);
    }

    #[rstest]
    #[case::other_principals(r#""Action":"sts:AssumeRole","NotPrincipal":{"AWS":"x"}"#, true)]
    #[case::numbers_for_actions(r#""Action":[1],"Principal":"*""#, true)]
    #[case::nested_principals(r#""Action":"sts:AssumeRole","Principal":{"Service":{"x":"y"}}"#, true)]
    #[case::strange_condition(r#""Action":"sts:AssumeRole","Principal":"*","Condition":[]"#, true)]
    #[case::truth_as_value(
        r#""Action":"sts:AssumeRole","Principal":"*","Condition":{"Bool":{"aws:SecureTransport":true}}"#,
        false
    )]
    #[case::whole(r#""Action":"sts:AssumeRole","Principal":{"AWS":"*"}"#, false)]
    fn unsupported_elements_make_policy_unclear(#[case] parts: &str, #[case] unclear: bool) {
        let policy = Policy::parse(&format!(r#"{{"Statement":[{{"Effect":"Allow",{parts}}}]}}"#)).expect("a policy");
        assert_eq!(policy.is_unclear(), unclear, "{policy:?}");
    }

    #[rstest]
    #[case(r#""NotAction":"sts:TagSession""#, 1)]
    #[case(r#""NotAction":"sts:Assume*""#, 0)]
    fn excluded_actions_are_read(#[case] action: &str, #[case] statements: usize) {
        let document =
            format!(r#"{{"Statement":{{"Effect":"Allow",{action},"Principal":{{"Service":"ec2.amazonaws.com"}}}}}}"#);
        let policy = Policy::parse(&document).expect("a policy");
        assert_eq!(policy.trusting("ec2.amazonaws.com").count(), statements);
    }

    #[rstest]
    #[case("", true)]
    #[case(r#","Condition":{"Bool":{"a":"b"}}"#, false)]
    fn denial_is_certain_without_conditions(#[case] more: &str, #[case] denies: bool) {
        let document = format!(r#"{{"Statement":{{"Effect":"Deny","Action":"*","Principal":"*"{more}}}}}"#);
        assert_eq!(Policy::parse(&document).expect("a policy").denies("ec2.amazonaws.com"), denies);
    }

    #[rstest]
    #[case("ArnLike", "a*", true)]
    #[case("StringEqualsIfExists", "a", true)]
    #[case("StringNotEquals", "a", false)]
    #[case("ForAllValues:StringLike", "a", false)]
    #[case("StringLike", "arn:aws:eks:${aws:RequestedRegion}:*", false)]
    fn only_plain_conditions_are_judged(#[case] operator: &str, #[case] value: &str, #[case] judged: bool) {
        let condition =
            Condition { operator: operator.to_owned(), values: vec![value.to_owned()], ..Condition::default() };
        assert_eq!(condition.wanted().is_some(), judged);
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
