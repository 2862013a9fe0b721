use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;

use super::*;

fn running() -> CancellationToken {
    CancellationToken::new()
}

#[tokio::test(start_paused = true)]
async fn one_at_a_time_in_the_order_of_their_coming() {
    let (queue, served) = (Queue::default(), Mutex::new(vec![]));
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let token = running();
    let all = (0..20).map(|number| {
        let (queue, served, inside, most, token) = (&queue, &served, &inside, &most, &token);
        async move {
            let turn = queue.turn("line", &format!("number {number}"), token).await.expect("a turn");
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(20 - number)).await;
            served.lock().unwrap().push(number);
            inside.fetch_sub(1, Ordering::SeqCst);
            drop(turn);
        }
    });
    join_all(all).await;
    assert_eq!(most.into_inner(), 1);
    assert_eq!(served.into_inner().unwrap(), (0..20).collect::<Vec<_>>());
    assert!(queue.lock().is_empty(), "an empty queue is removed");
}

#[tokio::test]
async fn lines_do_not_wait_for_each_other() {
    let (queue, token) = (Queue::default(), running());
    let _one = queue.turn("one", "this", &token).await.expect("a turn");
    let _other = queue.turn("other", "that", &token).now_or_never().expect("no wait").expect("a turn");
    assert!(queue.turn("one", "more", &token).now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn cancelled_waiter_leaves_queue_immediately() {
    let (queue, token, other) = (Queue::default(), running(), running());
    let first = queue.turn("line", "first", &other).await.expect("a turn");
    let mut stopped = Box::pin(queue.turn("line", "second", &token));
    assert!(stopped.as_mut().now_or_never().is_none());
    let mut third = Box::pin(queue.turn("line", "third", &other));
    assert!(third.as_mut().now_or_never().is_none());
    token.cancel();
    let error = stopped.now_or_never().expect("no wait").expect_err("stopped");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert!(error.to_string().contains("queued for line"), "{error}");
    drop(first);
    third.now_or_never().expect("no wait").expect("a turn");
}

#[tokio::test]
async fn dropped_or_panicked_caller_releases_queue() {
    let (queue, token) = (Queue::default(), running());
    let first = queue.turn("line", "first", &token).await.expect("a turn");
    assert!(queue.turn("line", "second", &token).now_or_never().is_none());
    drop(first);
    let panicking = async {
        let _turn = queue.turn("line", "third", &token).await.expect("a turn");
        panic!("after its admission");
    };
    assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err());
    queue.turn("line", "fourth", &token).now_or_never().expect("no wait").expect("a turn");
}

#[tokio::test]
async fn cancelled_run_is_rejected_by_empty_queue() {
    let (queue, token) = (Queue::default(), running());
    token.cancel();
    assert!(queue.turn("line", "first", &token).await.is_err());
    queue.turn("line", "second", &running()).now_or_never().expect("no wait").expect("a turn");
}
