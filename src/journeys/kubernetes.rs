//! What the worlds of Kubernetes objects share.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use clients::kube::fake::Fake;
use clients::kube::{Kind, Object};

/// Every object by its uid: its name, and what its users decide on. What is being deleted is gone already.
pub(crate) fn kubernetes_objects(fake: &Fake) -> BTreeMap<String, (String, String)> {
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

/// The object of a kind at a position, if there are so many.
pub(crate) fn nth_of(fake: &Fake, kind: Kind, position: &Json) -> Option<Object> {
    let position = usize::try_from(position.as_u64()?).ok()?;
    fake.of_kind(kind).into_iter().nth(position)
}
