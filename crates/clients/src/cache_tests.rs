use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn failing(kind: ErrorKind) -> ApiError {
    ApiError::own(kind, "DescribeSubnets", "no")
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_share_one_load() {
    let cache = Cache::default();
    let loads = Arc::new(AtomicUsize::new(0));
    let ask = || {
        let loads = Arc::clone(&loads);
        cache.get("role", move || async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(loads.fetch_add(1, Ordering::SeqCst) + 100)
        })
    };
    let answers = futures::future::join_all((0..50).map(|_| ask())).await;
    assert!(answers.iter().all(|answer| *answer == Ok(100)));
    assert_eq!(ask().await, Ok(100));
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_error_without_caching_it() {
    let cache: Cache<_, u32> = Cache::default();
    let loads = Arc::new(AtomicUsize::new(0));
    let ask = |result: Result<u32, ApiError>| {
        let loads = Arc::clone(&loads);
        cache.get("role", move || async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            loads.fetch_add(1, Ordering::SeqCst);
            result
        })
    };
    let refused = Err(failing(ErrorKind::Server));
    let (first, second) = futures::join!(ask(refused.clone()), ask(Ok(1)));
    assert_eq!((first, second), (refused.clone(), refused));
    assert_eq!(ask(Ok(2)).await, Ok(2));
    assert_eq!(loads.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn one_who_leaves_does_not_take_the_load_along() {
    let cache = Arc::new(Cache::default());
    let leaver = {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move {
            cache
                .get("role", || async {
                    tokio::time::sleep(Duration::from_secs(10)).await;
                    Ok("first load")
                })
                .await
        })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let stayer = {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move { cache.get("role", || async { Ok("second load") }).await })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    leaver.abort();
    assert_eq!(stayer.await.expect("no panic"), Ok("first load"));
}

#[tokio::test(start_paused = true)]
async fn abandoned_load_is_restarted() {
    let cache = Cache::default();
    {
        let abandoned = cache.get("role", std::future::pending);
        let _ = tokio::time::timeout(Duration::from_secs(1), abandoned).await;
    }
    assert_eq!(cache.get("role", || async { Ok(1) }).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn old_and_forgotten_values_are_loaded_again() {
    let cache = Cache::with_max_age(Duration::from_secs(60));
    assert_eq!(cache.get("token", || async { Ok(1) }).await, Ok(1));
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(cache.get("token", || async { Ok(2) }).await, Ok(1));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(cache.get("token", || async { Ok(3) }).await, Ok(3));
    cache.forget(&"token");
    assert_eq!(cache.get("token", || async { Ok(4) }).await, Ok(4));
}

#[tokio::test(start_paused = true)]
async fn value_loaded_before_it_was_forgotten_is_not_kept() {
    let cache = Cache::default();
    let slow = cache.get("cluster", || async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok("before the change")
    });
    let change = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cache.forget(&"cluster");
    };
    let (old, ()) = futures::join!(slow, change);
    assert_eq!(old, Ok("before the change"));
    assert_eq!(cache.get("cluster", || async { Ok("after it") }).await, Ok("after it"));
}

type Calls = Arc<Mutex<Vec<Vec<u32>>>>;

/// An API that contains the even numbers, rejects calls with multiples of ten, and records its calls.
fn evens(most: usize) -> (Batch<u32, String>, Calls) {
    let calls = Calls::default();
    let kept = Arc::clone(&calls);
    let batch = Batch::new(most, move |keys: Vec<u32>| {
        lock(&kept).push(keys.clone());
        async move {
            match keys.iter().find(|key| *key % 10 == 0) {
                Some(_) => Err(failing(ErrorKind::NotFound)),
                None => Ok(keys.into_iter().filter(|key| key % 2 == 0).map(|key| (key, format!("#{key}"))).collect()),
            }
        }
    });
    (batch, calls)
}

#[tokio::test(start_paused = true)]
async fn keys_asked_together_travel_together() {
    let (batch, calls) = evens(100);
    let answers = futures::future::join_all([2, 3, 4, 2].map(|key| batch.get(key))).await;
    assert_eq!(answers, [Ok(Some("#2".to_owned())), Ok(None), Ok(Some("#4".to_owned())), Ok(Some("#2".to_owned()))]);
    assert_eq!(batch.get(3).await, Ok(None), "that a key is not there is known, too");
    assert_eq!(*lock(&calls), [vec![2, 3, 4]]);
}

#[tokio::test(start_paused = true)]
async fn no_call_names_more_keys_than_the_api_takes() {
    let (batch, calls) = evens(4);
    let keys: Vec<u32> = (0..11).map(|index| index * 20 + 2).collect();
    let answers = futures::future::join_all(keys.iter().map(|key| batch.get(*key))).await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    let calls = lock(&calls);
    assert!(calls.iter().all(|keys| keys.len() <= 4), "{calls:?}");
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn missing_key_does_not_fail_the_others() {
    let (batch, _) = evens(100);
    let answers = futures::future::join_all([2, 10, 4, 6].map(|key| batch.get(key))).await;
    assert_eq!(answers, [Ok(Some("#2".to_owned())), Ok(None), Ok(Some("#4".to_owned())), Ok(Some("#6".to_owned()))]);
}

#[tokio::test(start_paused = true)]
async fn failing_service_fails_all_who_asked_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let batch: Batch<u32, u32> = Batch::new(100, move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Err(failing(ErrorKind::Denied)) }
    });
    let answers = futures::future::join_all([1, 2, 3].map(|key| batch.get(key))).await;
    assert!(answers.iter().all(|answer| *answer == Err(failing(ErrorKind::Denied))));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn facts_share_one_instance_per_type() {
    #[derive(Default)]
    struct Roles(AtomicUsize);
    let facts = Facts::default();
    facts.of::<Roles>().0.store(5, Ordering::SeqCst);
    assert_eq!(facts.of::<Roles>().0.load(Ordering::SeqCst), 5);
    assert_eq!(*facts.of_or(|| "made once"), "made once");
    assert_eq!(*facts.of_or(|| "made twice"), "made once");
}

#[test]
fn facts_keep_one_value_for_each_key_until_it_is_old() {
    let facts = Facts::default();
    let of = |key: &'static str, value: u32| *facts.of_key(key, || value);
    assert_eq!((of("a", 1), of("b", 2), of("a", 3)), (1, 2, 1));
    let renewed = |key: &'static str, old: u32, value: u32| *facts.of_key_unless(key, |known| *known == old, || value);
    assert_eq!((renewed("a", 9, 4), renewed("a", 1, 5), of("a", 6), of("b", 7)), (1, 5, 5, 2));
}
