use std::collections::VecDeque;

use async_trait::async_trait;

use super::*;
use framework::path::Path;
use preflight::facts::{Cause, Unreadable};

/// One report for each run. The last one repeats.
struct Scripted {
    name: &'static str,
    reports: VecDeque<CheckReport>,
    runs: usize,
}

impl Scripted {
    fn new(name: &'static str, reports: impl IntoIterator<Item = CheckReport>) -> Self {
        Self { name, reports: reports.into_iter().collect(), runs: 0 }
    }
}

#[async_trait]
impl Checks for Scripted {
    fn label(&self) -> Label {
        Label { text: format!("node group blue:{}", self.name), is_unique: true }
    }

    async fn run(&mut self) -> CheckReport {
        self.runs += 1;
        if self.reports.len() > 1 { self.reports.pop_front() } else { self.reports.front().cloned() }
            .unwrap_or_default()
    }

    async fn rerun(&mut self) -> Option<CheckReport> {
        Some(self.run().await)
    }
}

fn found(effects: &[Effect]) -> CheckReport {
    let verdict = |effect: &Effect| CheckFinding {
        check: "role_worker_policy",
        effect: *effect,
        path: Path::attribute("node_role_arn"),
        summary: format!("{effect:?}"),
        found: "No policy is attached.".to_owned(),
        items: Vec::new(),
        why: "Nodes cannot join.".to_owned(),
        fix: "Attach one.".to_owned(),
    };
    CheckReport { verdicts: effects.iter().map(verdict).collect(), ..CheckReport::default() }
}

fn unreadable() -> CheckReport {
    let why = |cause| Unreadable { action: "eks:DescribeCluster", cause, message: "no".to_owned() };
    let causes = [Cause::Denied, Cause::Failed, Cause::Unreachable, Cause::Caller];
    CheckReport { unread: causes.map(|cause| ("cluster_exists", why(cause))).into(), ..CheckReport::default() }
}

async fn planned(mode: Mode, reports: impl IntoIterator<Item = CheckReport>) -> Vec<(String, bool)> {
    let mut checks = Scripted::new("a", reports);
    let diagnostics = during_plan(&mut checks, mode, &ReportedOnce::default(), &CancellationToken::new()).await;
    let is_error = |each: &Diagnostic| Diagnostics::from(each.clone()).has_error();
    diagnostics.iter().map(|each| (each.summary.clone(), is_error(each))).collect()
}

async fn written(checks: &mut Scripted, reported: &ReportedOnce) -> Result<(), Diagnostics> {
    before_write(checks, reported, &CancellationToken::new()).await
}

#[tokio::test]
async fn mode_decides_what_stops_a_plan() {
    let all = [Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns];
    for (mode, stops) in
        [(Mode::Error, [true, false, false]), (Mode::Strict, [true, true, false]), (Mode::Warn, [false, false, false])]
    {
        let expected: Vec<_> = all.iter().zip(stops).map(|(effect, stops)| (format!("{effect:?}"), stops)).collect();
        assert_eq!(planned(mode, [found(&all)]).await, expected, "{mode:?}");
    }
}

#[tokio::test]
async fn plan_trusts_newer_facts() {
    assert_eq!(planned(Mode::Error, [found(&[Effect::BlocksApply]), found(&[])]).await, []);
    assert_eq!(planned(Mode::Error, [found(&[Effect::BlocksPlan]), found(&[])]).await, []);
}

#[tokio::test(start_paused = true)]
async fn persisting_cause_stops_the_write() {
    let mut checks = Scripted::new("a", [found(&[Effect::BlocksApply, Effect::BlocksPlan, Effect::Warns])]);
    let errors = written(&mut checks, &ReportedOnce::default()).await.expect_err("it persists");
    let summaries: Vec<_> = errors.iter().map(|each| each.summary.as_str()).collect();
    assert_eq!(summaries, ["BlocksApply"]);
    assert!(checks.runs > 2);
}

#[tokio::test(start_paused = true)]
async fn cause_persists_although_its_text_changes() {
    let texts = (0..100).map(|free| {
        let mut report = found(&[Effect::BlocksApply]);
        report.verdicts[0].found = format!("The subnet has {free} free addresses.");
        report
    });
    let start = tokio::time::Instant::now();
    let mut checks = Scripted::new("a", texts);
    written(&mut checks, &ReportedOnce::default()).await.expect_err("it persists");
    assert!(start.elapsed() <= SETTLE + POLL, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn cause_fixed_meanwhile_does_not_stop_the_write() {
    let blocked = || found(&[Effect::BlocksApply]);
    let mut checks = Scripted::new("a", [blocked(), blocked(), blocked(), found(&[])]);
    assert_eq!(written(&mut checks, &ReportedOnce::default()).await, Ok(()));
    assert_eq!(checks.runs, 4);
}

#[tokio::test(start_paused = true)]
async fn only_the_first_resource_waits_for_a_cause() {
    let reported = ReportedOnce::default();
    let start = tokio::time::Instant::now();
    let mut first = Scripted::new("a", [found(&[Effect::BlocksApply])]);
    written(&mut first, &reported).await.expect_err("it persists");
    let waited = start.elapsed();
    assert!(waited >= SETTLE && waited <= SETTLE + POLL, "{waited:?}");
    let mut second = Scripted::new("b", [found(&[Effect::BlocksApply])]);
    let errors = written(&mut second, &reported).await.expect_err("it persists");
    assert_eq!((start.elapsed(), second.runs), (waited, 2), "on facts of its own");
    let details: Vec<_> = errors.iter().map(|each| each.detail.as_str()).collect();
    let same = "Same cause as reported for node group blue:a.";
    assert!(matches!(&*details, [detail] if detail.starts_with(same)), "{details:?}");
}

#[tokio::test]
async fn healthy_write_runs_the_checks_once() {
    let mut checks = Scripted::new("a", [found(&[Effect::Warns])]);
    assert_eq!(written(&mut checks, &ReportedOnce::default()).await, Ok(()));
    assert_eq!(checks.runs, 1);
}

#[tokio::test]
async fn unreadable_facts_never_stop_the_write() {
    assert_eq!(written(&mut Scripted::new("a", [unreadable()]), &ReportedOnce::default()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn interrupted_wait_does_not_write() {
    let cancellation = CancellationToken::new();
    let mut checks = Scripted::new("a", [found(&[Effect::BlocksApply])]);
    let reported = ReportedOnce::default();
    let stop = async {
        tokio::time::sleep(POLL).await;
        cancellation.cancel();
    };
    let (result, ()) = tokio::join!(before_write(&mut checks, &reported, &cancellation), stop);
    assert!(result.expect_err("it was interrupted").iter().all(|each| each.summary.contains("Interrupted")));
}
