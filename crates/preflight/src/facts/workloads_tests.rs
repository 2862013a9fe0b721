use rstest::rstest;

use super::*;

fn labels(given: &[(&str, &str)]) -> BTreeMap<String, String> {
    given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn web(change: impl FnOnce(&mut Pod)) -> Pod {
    let mut pod = Pod {
        namespace: "shop".to_owned(),
        name: "web-1".to_owned(),
        labels: labels(&[("app", "web")]),
        owner: Some(Owner::Deployment("web".to_owned())),
        is_ready: true,
        ..Pod::default()
    };
    change(&mut pod);
    pod
}

/// A budget of three healthy pods of which all must remain.
fn exhausted(change: impl FnOnce(&mut DisruptionBudget)) -> DisruptionBudget {
    let mut budget = DisruptionBudget {
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        selector: Some(LabelSelector { labels: labels(&[("app", "web")]), expressions: Vec::new() }),
        limit: Some(BudgetLimit::MinAvailable(Amount::Count(3))),
        is_observed: true,
        expected_pods: 3,
        current_healthy: 3,
        desired_healthy: 3,
        ..DisruptionBudget::default()
    };
    change(&mut budget);
    budget
}

#[test]
fn empty_selector_selects_every_pod_and_a_missing_one_none() {
    let bare = web(|pod| pod.labels.clear());
    let everything = exhausted(|budget| budget.selector = Some(LabelSelector::default()));
    assert!(everything.selects(&bare));
    assert!(!exhausted(|budget| budget.selector = None).selects(&web(|_| ())));
    assert!(!everything.selects(&web(|pod| pod.namespace = "other".to_owned())));
}

#[rstest]
#[case(LabelExpression::In("tier".to_owned(), vec!["a".to_owned(), "b".to_owned()]), true, false)]
#[case(LabelExpression::NotIn("tier".to_owned(), vec!["a".to_owned()]), false, true)]
#[case(LabelExpression::Exists("tier".to_owned()), true, false)]
#[case(LabelExpression::DoesNotExist("tier".to_owned()), false, true)]
fn expressions_match_labels(#[case] expression: LabelExpression, #[case] with: bool, #[case] without: bool) {
    let selector = LabelSelector { labels: BTreeMap::new(), expressions: vec![expression] };
    assert_eq!(selector.matches(&labels(&[("tier", "a")])), with);
    assert_eq!(selector.matches(&labels(&[("app", "a")])), without);
}

#[rstest]
#[case::ready(web(|_| ()), exhausted(|_| ()), true)]
#[case::of_another_app(web(|pod| pod.labels = labels(&[("app", "db")])), exhausted(|_| ()), false)]
#[case::pending(web(|pod| pod.phase = PodPhase::Pending), exhausted(|_| ()), false)]
#[case::finished(web(|pod| pod.phase = PodPhase::Finished), exhausted(|_| ()), false)]
#[case::leaving(web(|pod| pod.is_deleting = true), exhausted(|_| ()), false)]
#[case::daemon(web(|pod| pod.owner = Some(Owner::DaemonSet("agent".to_owned()))), exhausted(|_| ()), false)]
#[case::static_pod(web(|pod| pod.is_mirror = true), exhausted(|_| ()), false)]
#[case::status_is_old(web(|_| ()), exhausted(|budget| budget.is_observed = false), false)]
#[case::one_left(web(|_| ()), exhausted(|budget| budget.disruptions_allowed = 1), false)]
// A pod that is not ready does not count, so its eviction changes nothing if enough others are healthy.
#[case::unready_beside_enough(web(|pod| pod.is_ready = false), exhausted(|_| ()), false)]
#[case::unready_and_too_few(web(|pod| pod.is_ready = false), exhausted(|budget| budget.current_healthy = 2), true)]
#[case::unready_and_always_allowed(
    web(|pod| pod.is_ready = false),
    exhausted(|budget| {
        budget.current_healthy = 2;
        budget.always_allows_unready = true;
    }),
    false
)]
#[case::unready_and_none_required(web(|pod| pod.is_ready = false), exhausted(|budget| budget.desired_healthy = 0), true)]
fn budget_rejects_as_the_eviction_api_does(#[case] pod: Pod, #[case] budget: DisruptionBudget, #[case] rejects: bool) {
    assert_eq!(budget.rejects(&pod), rejects);
}

#[rstest]
#[case(BudgetLimit::MaxUnavailable(Amount::Count(0)), 3, Some("maxUnavailable is 0"))]
#[case(BudgetLimit::MaxUnavailable(Amount::Percent(0)), 3, Some("maxUnavailable is 0%"))]
#[case(BudgetLimit::MaxUnavailable(Amount::Count(1)), 1, None)]
#[case(BudgetLimit::MinAvailable(Amount::Count(3)), 3, Some("minAvailable is 3 of 3 pods"))]
#[case(BudgetLimit::MinAvailable(Amount::Count(1)), 1, Some("minAvailable is 1 of 1 pod"))]
#[case(BudgetLimit::MinAvailable(Amount::Count(2)), 3, None)]
#[case(BudgetLimit::MinAvailable(Amount::Count(2)), 0, None)]
#[case(BudgetLimit::MinAvailable(Amount::Percent(100)), 4, Some("minAvailable is 100% of 4 pods"))]
#[case(BudgetLimit::MinAvailable(Amount::Percent(76)), 4, Some("minAvailable is 76% of 4 pods"))]
#[case(BudgetLimit::MinAvailable(Amount::Percent(75)), 4, None)]
fn budget_can_be_impossible(#[case] limit: BudgetLimit, #[case] expected_pods: i64, #[case] why: Option<&str>) {
    let budget = exhausted(|budget| {
        budget.limit = Some(limit);
        budget.expected_pods = expected_pods;
    });
    assert_eq!(budget.never_allows().as_deref(), why);
}
