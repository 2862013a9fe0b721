//! Adds objects to a state without an apply: import and `moved`.

use super::ignore;
use super::run::{Checked, Traveller};
use super::terraform::{Action, Failure, Object};

impl Traveller {
    /// Removes an object from the state and imports it again. The same configuration must not replace it.
    pub(super) async fn acquire(&mut self, state: usize, name: &str, way: &str) -> Checked {
        let walk = self.walk(state).await;
        let Some(slot) = self.folders[state].slots.get(name).cloned() else { return Ok(()) };
        let Some(object) = slot.current.filter(|object| !object.tainted) else { return Ok(()) };
        let before = self.action(state, name, &object).await;
        let found = match way {
            "import" => walk.import(&self.subject.import_id(&object.value), None).await,
            "identity" if object.identity.is_none() => return Ok(()),
            "identity" => walk.import("", object.identity.clone()).await,
            _ => match self.subject.counterpart(&object.value) {
                None => return Ok(()),
                Some(state) => match walk.moved(state) {
                    Ok(moved) => walk.read(&moved).await,
                    Err(failure) => Err(failure),
                },
            },
        };
        let found = match found {
            Ok(found) => found,
            Err(Failure::Broken(rule)) => return Err(format!("{way}: {rule}")),
            // An object that another process deleted cannot be imported.
            Err(_) => return Ok(()),
        };
        // Another process has recreated the object with the same name. An import adopts the new object.
        let is_same = |found: &Object| self.subject.id_of(&found.value) == self.subject.id_of(&object.value);
        let Some(found) = found.filter(is_same) else { return Ok(()) };
        let after = self.action(state, name, &found).await;
        self.folders[state].slots.entry(name.to_owned()).or_default().current = Some(found);
        match (before, after) {
            (Some(Action::Keep | Action::Update), Some(Action::Replace)) => {
                Err(format!("after {way} the plan replaces {name}"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the planned action for an object, or `None` if it cannot be planned.
    async fn action(&self, state: usize, name: &str, object: &Object) -> Option<Action> {
        let walk = self.walk(state).await;
        let block = self.folders[state].blocks.get(name)?;
        let read = walk.read(object).await.ok()??;
        let ignored: Vec<_> = block.ignore_changes.iter().map(|text| ignore::path(text)).collect();
        let plan = walk.plan(Some(&read), &walk.decode(&block.arguments), &ignored, &[], false).await.ok()?;
        Some(plan.action)
    }
}
