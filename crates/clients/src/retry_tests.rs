use std::cell::Cell;

use tokio_util::sync::CancellationToken;

use super::*;

fn limits(seconds: u64) -> Limits {
    Limits::new(Duration::from_secs(seconds), CancellationToken::new())
}

fn failing(kind: ErrorKind) -> ApiError {
    ApiError::own(kind, "CreateNodegroup", "no")
}

/// Runs a call that always fails, and returns for how long it was retried.
async fn endures(retry: &Retry, limits: &Limits, kind: ErrorKind) -> u64 {
    let started = Instant::now();
    let result: Result<(), _> = retry.run("creating x", limits, || async { Err(failing(kind)) }).await;
    assert_eq!(result, Err(failing(kind)));
    started.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn object_in_use_is_retried_until_available() {
    let started = Instant::now();
    let asked = Cell::new(0);
    let result = Retry::new()
        .run("updating x", &limits(3600), || async {
            asked.set(asked.get() + 1);
            if started.elapsed().as_secs() < 1000 { Err(failing(ErrorKind::InUse)) } else { Ok(1) }
        })
        .await;
    assert_eq!(result, Ok(1));
    // Pauses between 10 s and 20 s, after the first ones.
    assert!((50..110).contains(&asked.get()), "{}", asked.get());
}

#[tokio::test(start_paused = true)]
async fn each_kind_has_its_own_patience() {
    let retry = Retry::new();
    assert_eq!(endures(&retry, &limits(3600), ErrorKind::InUse).await, 3600);
    assert!((300..=320).contains(&endures(&retry, &limits(3600), ErrorKind::PropagationDelay).await));
    assert!((180..=200).contains(&endures(&retry, &limits(3600), ErrorKind::Throttled).await));
    assert!((30..=50).contains(&endures(&retry, &limits(3600), ErrorKind::Expired).await));
    for kind in [ErrorKind::NotFound, ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::Quota, ErrorKind::AlreadyExists]
    {
        assert_eq!(endures(&retry, &limits(3600), kind).await, 0, "{kind:?}");
    }
    let created = Retry::new().just_created();
    assert!((60..=80).contains(&endures(&created, &limits(3600), ErrorKind::NotFound).await));
}

#[tokio::test(start_paused = true)]
async fn deadline_bounds_every_patience() {
    assert_eq!(endures(&Retry::new(), &limits(40), ErrorKind::PropagationDelay).await, 40);
}

#[tokio::test(start_paused = true)]
async fn noun_may_name_further_passing_errors() {
    let retry = Retry::new().also(|error| error.message == "no");
    assert_eq!(endures(&retry, &limits(600), ErrorKind::Invalid).await, 600);
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_pause_at_once() {
    let limits = limits(3600);
    let token = limits.cancellation.clone();
    let retry = Retry::new().pauses(Duration::from_secs(600), Duration::from_secs(600));
    let running = tokio::spawn(async move {
        retry.run("creating x", &limits, || async { Err::<(), _>(failing(ErrorKind::InUse)) }).await
    });
    tokio::time::sleep(Duration::from_secs(10)).await;
    let stopped = Instant::now();
    token.cancel();
    let error = running.await.expect("no panic").expect_err("cancelled");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert!(error.message.contains("CreateNodegroup: no"), "the cause is told: {error}");
    assert!(stopped.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn cancellation_waits_briefly_for_call_in_flight() {
    for (takes, expected) in [(1, Ok(5)), (60, Err(ErrorKind::Cancelled))] {
        let limits = limits(3600);
        let token = limits.cancellation.clone();
        let running = tokio::spawn(async move {
            let call = || async {
                tokio::time::sleep(Duration::from_secs(10 + takes)).await;
                Ok(5)
            };
            Retry::new().run("creating x", &limits, call).await
        });
        tokio::time::sleep(Duration::from_secs(10)).await;
        let stopped = Instant::now();
        token.cancel();
        assert_eq!(running.await.expect("no panic").map_err(|error| error.kind), expected);
        assert!(stopped.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_called_after_the_user_stopped_the_run() {
    let limits = limits(3600);
    limits.cancellation.cancel();
    let asked = Cell::new(0);
    let result = Retry::new()
        .run("creating x", &limits, || async {
            asked.set(asked.get() + 1);
            Ok(())
        })
        .await;
    assert_eq!((result.map_err(|error| error.kind), asked.get()), (Err(ErrorKind::Cancelled), 0));
}

#[test]
fn jitter_stays_between_half_and_whole() {
    let pause = Duration::from_secs(8);
    let pauses: Vec<_> = (0..200).map(|_| jittered(pause)).collect();
    assert!(pauses.iter().all(|drawn| (pause / 2..=pause).contains(drawn)));
    assert!(pauses.iter().any(|drawn| *drawn != pauses[0]));
}
