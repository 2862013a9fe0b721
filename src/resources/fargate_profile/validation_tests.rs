use rstest::rstest;

use super::super::validators::profile_name;
use super::*;
use framework::blocks::SetBlock;
use framework::model::Map;
use framework::validators::Validator;
use framework::value::Value;

fn accepts(validator: &Validator, text: &str) -> bool {
    let mut diagnostics = Diagnostics::new();
    validator.check(&Value::string(text), &Path::attribute("a"), false, &mut diagnostics);
    diagnostics.is_empty()
}

#[rstest]
#[case("default", true)]
#[case("Team_A.1-x", true)]
#[case("my-eks-profile", true)]
#[case("eks-mine", false)]
#[case("", false)]
#[case("a:b", false)]
#[case("a/b", false)]
#[case("a b", false)]
#[case(&"a".repeat(100), true)]
#[case(&"a".repeat(101), false)]
fn profile_names(#[case] name: &str, #[case] accepted: bool) {
    assert_eq!(accepts(&profile_name(), name), accepted);
}

fn with(namespace: &str, labels: &[(&str, &str)]) -> FargateProfile {
    let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    FargateProfile {
        selector: SetBlock::of([Selector { namespace: namespace.into(), labels: Map::of(labels) }]),
        ..FargateProfile::default()
    }
}

#[rstest]
#[case::plain("default", &[("app", "web")], None)]
#[case::wildcards("prod-*", &[("app.kubernetes.io/na*", "we?")], None)]
#[case::long_but_for_its_stars(&format!("{}**", "a".repeat(63)), &[], None)]
#[case::empty_value("default", &[("app", "")], None)]
#[case::capital("Default", &[], Some("namespace \"Default\""))]
#[case::too_long(&"a".repeat(64), &[], Some("namespace"))]
#[case::key("default", &[("a b", "c")], Some("label key \"a b\""))]
#[case::value("default", &[("a", "b/c")], Some("label value \"b/c\""))]
fn selectors_that_no_pod_fits_are_warned_of(
    #[case] namespace: &str,
    #[case] labels: &[(&str, &str)],
    #[case] warning: Option<&str>,
) {
    let mut diagnostics = Diagnostics::new();
    together(&with(namespace, labels), &mut diagnostics);
    assert!(!diagnostics.has_error());
    let details: Vec<_> = diagnostics.iter().map(|message| message.detail.as_str()).collect();
    match warning {
        None => assert!(details.is_empty(), "{details:?}"),
        Some(words) => assert!(details.len() == 1 && details[0].contains(words), "{details:?}"),
    }
}
