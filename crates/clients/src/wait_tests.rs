use std::cell::{Cell, RefCell};

use super::*;

fn limits(seconds: u64) -> Limits {
    Limits::new(Duration::from_secs(seconds), CancellationToken::new())
}

fn failing(kind: ErrorKind) -> ApiError {
    ApiError::own(kind, "DescribeNodegroup", "no")
}

fn pending() -> Result<Progress<u32>, ApiError> {
    Ok(Progress::Pending("CREATING".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_to_the_longest() {
    let asked = RefCell::new(Vec::new());
    let started = Instant::now();
    let waiter = Waiter::new("x").interval(Duration::from_secs(4), Duration::from_secs(10));
    let found = waiter
        .until(&limits(3600), || async {
            asked.borrow_mut().push(started.elapsed().as_secs());
            if asked.borrow().len() == 6 { Ok(Progress::Done(7)) } else { pending() }
        })
        .await;
    assert_eq!(found, Ok(7));
    assert_eq!(*asked.borrow(), [0, 4, 10, 19, 29, 39]);
}

#[tokio::test(start_paused = true)]
async fn timeout_names_the_last_state_and_the_limit() {
    let started = Instant::now();
    let error = Waiter::new("node group a:b to become ACTIVE")
        .until(&limits(90), || async { pending() })
        .await
        .expect_err("never done");
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert_eq!(
        error.to_string(),
        "waiting for node group a:b to become ACTIVE: timed out after 1m30s, last state: CREATING"
    );
    assert_eq!(started.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn state_reached_at_the_deadline_counts() {
    let started = Instant::now();
    let found = Waiter::new("x")
        .until(&limits(60), || async {
            if started.elapsed().as_secs() >= 60 { Ok(Progress::Done(1)) } else { pending() }
        })
        .await;
    assert_eq!(found, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn phases_share_one_deadline() {
    let limits = limits(100);
    let started = Instant::now();
    let first = Waiter::new("first")
        .interval(Duration::from_secs(10), Duration::from_secs(10))
        .until(&limits, || async { if started.elapsed().as_secs() >= 70 { Ok(Progress::Done(1)) } else { pending() } })
        .await;
    assert_eq!(first, Ok(1));
    let second = Waiter::new("second").until(&limits, || async { pending() }).await;
    assert_eq!(second.map_err(|error| error.kind), Err(ErrorKind::Timeout));
    assert_eq!(started.elapsed().as_secs(), 100);
}

#[tokio::test(start_paused = true)]
async fn wanted_state_must_be_seen_in_a_row() {
    let answers = ["a", "A", "a", "A", "A"];
    let asked = Cell::new(0);
    let found = Waiter::new("x")
        .successes(2)
        .until(&limits(600), || async {
            let answer = answers[asked.replace(asked.get() + 1)];
            if answer == "A" {
                Ok(Progress::Done(asked.get()))
            } else {
                pending().map(|_| Progress::Pending("a".into()))
            }
        })
        .await;
    assert_eq!(found, Ok(5));
}

#[tokio::test(start_paused = true)]
async fn halt_needs_no_confirmation() {
    let asked = Cell::new(0);
    let found = Waiter::new("x")
        .successes(3)
        .until(&limits(600), || async {
            asked.set(asked.get() + 1);
            Ok(Progress::Halted("CREATE_FAILED"))
        })
        .await;
    assert_eq!((found, asked.get()), (Ok("CREATE_FAILED"), 1));
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_sat_out_for_a_bounded_while() {
    let kinds = [ErrorKind::Throttled, ErrorKind::Server, ErrorKind::Timeout, ErrorKind::Connection, ErrorKind::Silent];
    for kind in kinds {
        let started = Instant::now();
        let recovered = Waiter::new("x")
            .until(&limits(3600), || async {
                if started.elapsed().as_secs() < 200 { Err(failing(kind)) } else { Ok(Progress::Done(1)) }
            })
            .await;
        assert_eq!(recovered, Ok(1), "{kind:?}");

        let started = Instant::now();
        let given_up = Waiter::new("x").until(&limits(3600), || async { Err::<Progress<u32>, _>(failing(kind)) }).await;
        assert_eq!(given_up, Err(failing(kind)));
        assert!((300..330).contains(&started.elapsed().as_secs()), "{kind:?}: {:?}", started.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_end_a_wait_soon() {
    let started = Instant::now();
    let expired = failing(ErrorKind::Expired);
    let ended = Waiter::new("x").until(&limits(3600), || async { Err::<Progress<u32>, _>(expired.clone()) }).await;
    assert_eq!(ended, Err(expired.clone()));
    assert!(started.elapsed() <= Duration::from_secs(60), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn successful_response_resets_transient_error_window() {
    let started = Instant::now();
    let found = Waiter::new("x")
        .until(&limits(3600), || async {
            match started.elapsed().as_secs() {
                0..250 | 280..530 => Err(failing(ErrorKind::Server)),
                250..280 => pending(),
                _ => Ok(Progress::Done(1)),
            }
        })
        .await;
    assert_eq!(found, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn final_errors_end_the_wait_at_once() {
    for kind in [ErrorKind::NotFound, ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::Other] {
        let started = Instant::now();
        let ended = Waiter::new("x").until(&limits(3600), || async { Err::<Progress<u32>, _>(failing(kind)) }).await;
        assert_eq!(ended, Err(failing(kind)));
        assert!(started.elapsed().is_zero());
    }
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_pause_and_the_question() {
    for question in [Duration::ZERO, Duration::from_secs(500)] {
        let limits = limits(3600);
        let token = limits.cancellation.clone();
        let started = Instant::now();
        let waiting = tokio::spawn(async move {
            Waiter::new("node group a:b")
                .interval(Duration::from_secs(300), Duration::from_secs(300))
                .until(&limits, || async {
                    tokio::time::sleep(question).await;
                    pending()
                })
                .await
        });
        tokio::time::sleep(Duration::from_secs(100)).await;
        token.cancel();
        let error = waiting.await.expect("no panic").expect_err("cancelled");
        assert_eq!(error.kind, ErrorKind::Cancelled);
        assert!(error.message.starts_with("interrupted after 1m40s"), "{error}");
        assert_eq!(started.elapsed().as_secs(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn question_that_hangs_does_not_outlive_the_deadline_by_much() {
    let started = Instant::now();
    let ended = Waiter::new("x").until(&limits(60), std::future::pending::<Result<Progress<u32>, ApiError>>).await;
    assert_eq!(ended.map_err(|error| error.kind), Err(ErrorKind::Timeout));
    assert_eq!(started.elapsed().as_secs(), 60);
}

#[test]
fn times_are_shown_as_users_write_them() {
    let cases = [(0, "0s"), (59, "59s"), (60, "1m"), (125, "2m5s"), (3600, "1h"), (5400, "1h30m"), (3605, "1h0m5s")];
    for (seconds, text) in cases {
        assert_eq!(show(Duration::from_secs(seconds)), text);
    }
}
