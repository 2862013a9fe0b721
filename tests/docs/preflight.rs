//! The guide to preflight checks: its table and its policy are made of the checks themselves.

use std::collections::BTreeSet;

use preflight::class::{CLASS_CHECKS, ClassCheck};
use preflight::facts::Family;
use preflight::names::url;
use preflight::pool::{ACTIONS, POOL_CHECKS, PoolCheck};
use preflight::{CHECKS, Check, Effect, Kind};
use render::karpenter::controller::Controller;
use serde_json::json;

/// Where the guide's hand-written text is.
pub(crate) const GUIDE: &str = "docs-src/guides/preflight.md";

/// The hand-written text with what is made of the checks in its places.
pub(crate) fn guide(text: &str) -> String {
    text.replace("<!-- checks -->\n", &table()).replace("<!-- policy -->\n", &policy())
}

fn table() -> String {
    let mut lines =
        vec!["| Check | Applies to | Reports | Effect | IAM actions |".to_owned(), "|---|---|---|---|---|".to_owned()];
    lines.extend(CHECKS.iter().map(|check| row(check)));
    lines.extend(CLASS_CHECKS.iter().map(|check| class_row(check)));
    lines.extend(POOL_CHECKS.iter().map(|check| pool_row(check)));
    lines.join("\n") + "\n"
}

fn row(check: &Check) -> String {
    let kinds: Vec<_> = check.kinds.iter().map(|kind| Kind::name(*kind)).collect();
    line(check.name, &kinds.join(", "), (check.finds, check.effects), check.actions())
}

fn class_row(check: &ClassCheck) -> String {
    let of = match check.kinds {
        [Controller::Karpenter] => "Karpenter node class",
        [Controller::AutoMode] => "EKS Auto Mode node class",
        _ => "node class",
    };
    line(check.name, of, (check.finds, check.effects), check.actions())
}

fn pool_row(check: &PoolCheck) -> String {
    let offers = check.offers.then_some(ACTIONS).into_iter().flatten();
    let facts = check.reads.iter().flat_map(|family| family.actions()).copied();
    line(check.name, "node pool", (check.finds, check.effects), offers.chain(facts).collect())
}

fn line(name: &str, of: &str, (finds, effects): (&str, &[Effect]), actions: BTreeSet<&str>) -> String {
    let actions: Vec<_> = actions.into_iter().map(|action| format!("`{action}`")).collect();
    let actions = if actions.is_empty() { "none".to_owned() } else { actions.join(", ") };
    let effects: Vec<_> = effects.iter().map(|effect| effect_name(*effect)).collect();
    let (effects, finds) = (effects.join(", "), finds.replace('|', "\\|"));
    // Messages link to the row.
    format!("| <a id=\"{name}\"></a>`{name}` | {of} | {finds} | {effects} | {actions} |")
}

fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::BlocksPlan => "blocks plan",
        Effect::BlocksApply => "blocks apply",
        Effect::Warns => "warns",
    }
}

fn policy() -> String {
    let of_classes = CLASS_CHECKS.iter().flat_map(|check| check.reads);
    let of_pools = POOL_CHECKS.iter().flat_map(|check| check.reads);
    let read: BTreeSet<_> = CHECKS.iter().flat_map(|check| check.reads).chain(of_classes).chain(of_pools).collect();
    let actions: BTreeSet<_> = read.iter().flat_map(|family: &&Family| family.actions()).chain(&ACTIONS).collect();
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    format!("```json\n{}\n```\n", serde_json::to_string_pretty(&policy).expect("JSON"))
}

#[test]
fn messages_link_to_the_row_of_their_check() {
    let page = std::fs::read_to_string(crate::root().join("docs/guides/preflight.md")).expect("the page exists");
    let checks = CHECKS.iter().map(|check| check.name).chain(CLASS_CHECKS.iter().map(|check| check.name));
    for check in checks.chain(POOL_CHECKS.iter().map(|check| check.name)) {
        let url = url(check);
        let (address, anchor) = url.split_once('#').expect("an anchor");
        assert!(address.ends_with("/docs/guides/preflight"), "{url}");
        assert_eq!(page.matches(&format!("<a id=\"{anchor}\"></a>`{check}` |")).count(), 1, "{check}");
    }
}

#[test]
fn guide_names_every_check_with_its_actions() {
    let page = std::fs::read_to_string(crate::root().join("docs/guides/preflight.md")).expect("the page is there");
    for check in CHECKS {
        assert!(page.contains(&row(check)), "{} is not in the guide; run make docs", check.name);
    }
    for check in CLASS_CHECKS {
        assert!(page.contains(&class_row(check)), "{} is not in the guide; run make docs", check.name);
    }
    for check in POOL_CHECKS {
        assert!(page.contains(&pool_row(check)), "{} is not in the guide; run make docs", check.name);
    }
}
