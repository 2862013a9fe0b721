//! The common parts of the worlds of Kubernetes objects.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::rng::Rng;
use super::subject::Subject;
use clients::context::Clients;
use clients::kube::fake::Fake;
use clients::kube::{Kind, Object};
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::value::Value;

/// Returns every object by its UID: its name, and the fields that users set. Objects that are being deleted are
/// omitted.
fn kubernetes_objects(fake: &Fake) -> BTreeMap<String, (String, String)> {
    let world = fake.world();
    let there = world.objects.values().filter(|object| object["metadata"]["deletionTimestamp"].is_null());
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let each = |object: &Json| {
        let metadata = &object["metadata"];
        let content = format!("{} {} {}", metadata["labels"], metadata["annotations"], object["spec"]);
        (text(&metadata["uid"]), (text(&metadata["name"]), content))
    };
    there.map(each).collect()
}

/// Returns the object of a kind at a position, if it exists.
fn nth_of(fake: &Fake, kind: Kind, position: &Json) -> Option<Object> {
    let position = usize::try_from(position.as_u64()?).ok()?;
    fake.of_kind(kind).into_iter().nth(position)
}

/// A resource that manages objects of one Karpenter kind.
pub(crate) trait KarpenterResource: Send + Sync + 'static {
    const TYPE_NAME: &'static str;
    const KIND: Kind;

    /// Creates the resource with clients that reach `cluster_of`.
    fn registry() -> Registry<Clients>;

    /// Returns arguments that the API accepts, in the forms that users write.
    fn arguments(rng: &mut Rng) -> Json;

    /// Paths for `ignore_changes`.
    fn ignorable() -> &'static [&'static str];

    /// Fields of the spec that another user can set, one object for each change.
    fn edits() -> Vec<Json>;

    /// Returns the content of an object that another user creates.
    fn created_by_another() -> Json;

    /// Makes the changes of Karpenter to an object that is created or updated.
    fn reconcile(content: &mut Json);
}

#[derive(Default)]
struct Shared(Arc<Fake>);

/// The cluster of a journey.
pub(crate) fn cluster_of(clients: &Clients) -> Arc<Fake> {
    Arc::clone(&clients.facts().of::<Shared>().0)
}

/// A cluster with Karpenter, in which `R` manages objects.
pub(crate) struct Karpenter<R>(Arc<Fake>, PhantomData<R>);

impl<R: KarpenterResource> Subject for Karpenter<R> {
    fn new() -> Self {
        let fake = Fake::default();
        fake.world().controller = Some(R::reconcile);
        Self(Arc::new(fake), PhantomData)
    }

    fn type_name(&self) -> &'static str {
        R::TYPE_NAME
    }

    fn registry(&self) -> Registry<Clients> {
        R::registry()
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| Shared(Arc::clone(&self.0)));
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        R::arguments(rng)
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["name", "cluster_name", "controller"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        R::ignorable()
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let object = rng.below(2);
        let edits = R::edits().into_iter().map(|spec| json!({"object": object, "spec": spec}));
        let others = [json!({"object": object, "delete": true}), json!({"create": "two"})];
        rng.json(edits.chain(others).collect())
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        if let Some(name) = drift["create"].as_str() {
            let object = Object::of_cluster(R::KIND, name);
            let is_free = self.0.object(&object).is_none();
            if is_free {
                self.0.put(&object, "helm", "Apply", R::created_by_another());
            }
            return is_free;
        }
        let Some(object) = nth_of(&self.0, R::KIND, &drift["object"]) else { return false };
        if drift["delete"] == true {
            self.0.remove(&object);
        } else {
            self.0.edit(&object, "kubectl-edit", &drift["spec"]);
        }
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        kubernetes_objects(&self.0)
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member("uid").and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        state.member("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A field that another field manager owns changes only if ownership is forced.
    fn may_refuse(&self, error: &str) -> bool {
        error.contains("Field manager conflict")
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.world().strikes.set(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.world().strikes.set(None);
    }

    fn delete(&self, id: &str) {
        self.0.world().objects.retain(|_, object| object["metadata"]["uid"] != id);
    }
}
