use tokio::sync::mpsc;

use super::super::client::NodeGroup as Live;
use super::super::fake::Fake;
use super::*;
use clients::errors::{ApiError, ErrorKind};
use clients::search::Search;
use framework::diagnostics::Diagnostics;
use framework::list::{ListSink, Listed};

fn fake() -> Fake {
    let fake = Fake::new();
    fake.world()
        .clusters
        .extend([("green", "1.33"), ("empty", "1.33")].map(|(name, version)| (name.into(), version.into())));
    for (cluster, name) in [("blue", "a"), ("blue", "b"), ("blue", "c"), ("green", "d")] {
        fake.put(Live {
            cluster_name: cluster.to_owned(),
            node_group_name: name.to_owned(),
            arn: format!("arn:aws:eks:eu-west-1:123456789012:nodegroup/{cluster}/{name}/1"),
            ..Live::default()
        });
    }
    fake
}

/// Returns the results of a search.
async fn found(
    fake: &Fake,
    cluster: Option<&str>,
    limit: u64,
    whole: bool,
) -> (Vec<Listed<NodeGroupResource>>, Result<(), Diagnostics>) {
    let (sender, mut receiver) = mpsc::channel(1);
    let mut sink = ListSink::new(sender, limit, whole);
    let searching = async {
        let node_groups = Search::<NodeGroupSearch> {
            client: fake,
            policy: TagPolicy::default(),
            account_id: "123456789012".into(),
            region: "eu-west-1".into(),
        };
        let result = node_groups.run(cluster, &mut sink).await;
        drop(sink);
        result
    };
    let receive = async {
        let mut listed = vec![];
        while let Some(one) = receiver.recv().await {
            listed.push(one);
        }
        listed
    };
    let (result, listed) = tokio::join!(searching, receive);
    (listed, result)
}

fn names(listed: &[Listed<NodeGroupResource>]) -> Vec<&str> {
    listed.iter().map(|one| one.display_name.as_str()).collect()
}

#[tokio::test]
async fn all_clusters_are_searched_and_nothing_is_described_for_identities() {
    let fake = fake();
    let (listed, result) = found(&fake, None, 100, false).await;
    result.unwrap();
    assert_eq!(names(&listed), ["blue:a", "blue:b", "blue:c", "green:d"]);
    let identity = NodeGroupIdentity {
        cluster_name: "green".into(),
        node_group_name: "d".into(),
        account_id: "123456789012".into(),
        region: "eu-west-1".into(),
    };
    assert_eq!((&listed[3].identity, listed[3].object.is_none()), (&identity, true));
    assert_eq!((fake.count("DescribeNodegroup"), fake.count("ListNodegroups")), (0, 3));
}

#[tokio::test]
async fn one_cluster_and_whole_objects_when_asked() {
    let fake = fake();
    let (listed, result) = found(&fake, Some("green"), 100, true).await;
    result.unwrap();
    assert_eq!(names(&listed), ["green:d"]);
    let object = listed[0].object.as_ref().expect("the whole object");
    assert_eq!((object.id.text(), object.region.text()), (Some("green:d"), Some("eu-west-1")));
    assert_eq!(fake.calls(), ["ListNodegroups", "DescribeNodegroup"]);
}

#[tokio::test]
async fn search_ends_at_the_limit_without_needless_calls() {
    let fake = fake();
    let (listed, result) = found(&fake, None, 2, true).await;
    result.unwrap();
    assert_eq!(names(&listed), ["blue:a", "blue:b"]);
    assert_eq!((fake.count("DescribeNodegroup"), fake.count("ListNodegroups")), (2, 1));
    assert_eq!(found(&fake, Some("blue"), 0, false).await.0.len(), 0);
}

#[tokio::test]
async fn concurrently_deleted_objects_are_skipped() {
    let fake = fake();
    let gone = ApiError::own(ErrorKind::NotFound, "DescribeNodegroup", "No node group found");
    fake.fail("DescribeNodegroup", 1, &gone);
    let (listed, result) = found(&fake, Some("blue"), 100, true).await;
    result.unwrap();
    assert_eq!(names(&listed), ["blue:b", "blue:c"]);
    fake.fail("ListNodegroups", 1, &gone);
    let (listed, result) = found(&fake, None, 100, false).await;
    result.unwrap();
    assert_eq!(names(&listed), ["green:d"], "the cluster was deleted, too");
}

#[tokio::test]
async fn failures_are_told_with_what_could_not_be_listed() {
    let fake = fake();
    let text = format!("{:?}", found(&fake, Some("red"), 100, false).await.1.unwrap_err());
    assert!(text.contains("Unable to list the node groups of cluster red"), "{text}");
    fake.fail("ListClusters", 1, &ApiError::own(ErrorKind::Denied, "ListClusters", "no"));
    let text = format!("{:?}", found(&fake, None, 100, false).await.1.unwrap_err());
    assert!(text.contains("Unable to list EKS clusters"), "{text}");
}
