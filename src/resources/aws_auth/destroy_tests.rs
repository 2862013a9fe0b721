//! The destroy matrix of the entries of `aws-auth`.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::client::Access;
use super::editor::Editor;
use super::fake::{FakeFacts, FakeServer};
use super::resource::AwsAuthResource;
use super::role::AwsAuthMapRole;
use super::user::AwsAuthMapUser;
use super::{Mapped, mapped};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, aws_faults, clients, cluster_faults, destroy, kubernetes_faults, not_found,
};
use clients::run_ledger::ClusterKey;
use framework::diagnostics::Diagnostics;
use framework::model::Set;
use render::aws_auth::Mapping;

const REPAIR: &[&str] = &["kubectl edit configmap aws-auth", "terraform state rm"];
const OUT_OF_REACH: &[&str] = &["Unable to delete the mapping of", "terraform state rm"];

/// Access to the fakes of one test.
#[derive(Default)]
struct Stage(Mutex<Option<Access>>);

fn connect(clients: &Clients, _region: Option<&str>, _cluster: &str) -> Access {
    clients.facts().of::<Stage>().0.lock().unwrap().clone().expect("a stage")
}

fn of<M: Mapped>() -> M {
    let arn = format!("arn:aws:iam::111122223333:{}/app", M::NOUN);
    let mut model = M::of_arn("blue", &arn);
    model.fill(mapped::Values {
        region: "eu-west-1".into(),
        username: "app".into(),
        groups: Set::of(["g".to_owned()]),
        id: mapped::id("blue", &arn).into(),
        mapped_arn: arn.as_str().into(),
    });
    model
}

fn text<M: Mapped>() -> String {
    let key = if M::MAPPING == Mapping::Roles { "rolearn" } else { "userarn" };
    format!("- groups:\n  - g\n  {key}: arn:aws:iam::111122223333:{}/app\n  username: app\n", M::NOUN)
}

/// Creates an entry, and destroys it after an event that affects the ConfigMap, the API server, or EKS.
async fn end<M: Mapped>(texts: Option<&str>, happens: impl FnOnce(&FakeServer, &mut FakeFacts)) -> Diagnostics {
    let clients = clients().await;
    let server = Arc::new(FakeServer::default());
    let object = texts.map(|text| json!({"metadata": {}, "data": {M::MAPPING.key(): text}}));
    server.write(object, "kubectl");
    let mut facts = FakeFacts { mode: "API_AND_CONFIG_MAP", ..FakeFacts::default() };
    happens(&server, &mut facts);
    let cluster = ClusterKey { region: "eu-west-1".to_owned(), cluster: "blue".to_owned() };
    let editor = Arc::new(Editor::new(server));
    let access = Access { editor, facts: Arc::new(facts), ledger: Arc::default(), cluster };
    *clients.facts().of::<Stage>().0.lock().unwrap() = Some(access);
    destroy(AwsAuthResource::<M>::new(connect), &clients, &of::<M>(), &of::<M>()).await
}

async fn matrix<M: Mapped>() {
    let mut matrix = Matrix::default();
    let usual = text::<M>();
    for (fault, error) in kubernetes_faults() {
        let seen = end::<M>(Some(&usual), |server, _| server.always_fail(error)).await;
        matrix.note(&format!("API server: {fault}"), &seen, End::Named(OUT_OF_REACH));
    }
    for (fault, error, expected) in cluster_faults() {
        let seen = end::<M>(Some(&usual), |server, _| server.always_fail(error)).await;
        matrix.note(fault, &seen, expected);
    }
    let gone = ("not found", not_found("EKS", "DescribeCluster"));
    for (fault, error) in aws_faults("EKS", "DescribeCluster").into_iter().chain([gone]) {
        let seen = end::<M>(Some(&usual), |_, facts| facts.broken = Some(error)).await;
        matrix.note(&format!("facts of the lockout guard: {fault}"), &seen, End::Destroyed);
    }
    let malformed = "- rolearn: [\n";
    let twice = format!("{usual}{usual}");
    let drifted = usual.replace("username: app", "username: other");
    for (name, texts, expected) in [
        ("ConfigMap gone", None, End::Destroyed),
        ("entry gone", Some(""), End::Destroyed),
        ("entry drifted", Some(drifted.as_str()), End::Destroyed),
        ("malformed", Some(malformed), End::Named(REPAIR)),
        ("no list", Some("a: b\n"), End::Named(REPAIR)),
        ("entry twice", Some(twice.as_str()), End::Named(&["Remove all but one"])),
    ] {
        matrix.note(name, &end::<M>(texts, |_, _| ()).await, expected);
    }
    let seen = end::<M>(Some(&drifted), |_, facts| facts.mode = "API").await;
    matrix.note("entry drifted in a cluster that ignores it", &seen, End::Destroyed);
    matrix.finish(M::TYPE);
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix_of_roles() {
    matrix::<AwsAuthMapRole>().await;
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix_of_users() {
    matrix::<AwsAuthMapUser>().await;
}

#[tokio::test(start_paused = true)]
async fn unreachable_cluster_is_reported_once() {
    let (_, error) = kubernetes_faults().swap_remove(0);
    let seen = end::<AwsAuthMapRole>(Some(&text::<AwsAuthMapRole>()), |server, _| server.always_fail(error)).await;
    let warnings = seen.iter().filter(|each| each.summary == "Unable to read Kubernetes objects in cluster blue");
    assert_eq!(warnings.count(), 1, "{seen:?}");
}
