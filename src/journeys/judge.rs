//! The invariants after an apply, and after each step.

use std::collections::BTreeMap;

use super::effects;
use super::run::{Checked, Plans, Traveller};
use super::terraform::{Action, Planned, Slot};
use framework::testing::normal;
use framework::value::Value;

impl Traveller {
    /// The oracle: known planned values match the refreshed object, and the next plan is empty.
    pub(super) async fn judge(
        &mut self,
        state: usize,
        plans: &Plans,
        live: Option<&BTreeMap<String, Slot>>,
    ) -> Checked {
        self.refresh(state).await?;
        let block = self.walk(state).await.block();
        // After a change by another process, null and the planned or stored zero value are equivalent.
        let as_meant = |value: &Value| normal(&block, value);
        let value = |slot: Option<&Slot>| -> Value {
            slot.and_then(|slot| slot.current.as_ref()).map_or(Value::Null, |object| object.value.clone())
        };
        for (name, plan) in plans {
            if self.is_contested(plan) {
                continue;
            }
            let found = value(self.folders[state].slots.get(name));
            let keeps = matches!(plan.action, Action::Keep | Action::Update);
            let rebased = live.is_some() && keeps;
            let expected = match live.filter(|_| keeps) {
                // Another process deleted the object after the plan.
                Some(live) if value(live.get(name)).is_null() => continue,
                Some(live) => {
                    let [prior, planned, live] = [&plan.prior, &plan.value, &value(live.get(name))].map(as_meant);
                    as_meant(&effects::rebase(&prior, &planned, &live, self.subject.element_keys()))
                }
                None => plan.value.clone(),
            };
            let found = if rebased { as_meant(&found) } else { found };
            let expected = if rebased { self.shown(plan, expected, &found) } else { expected };
            self.counts.leaves += effects::leaves(&expected);
            let violations = effects::violations(&expected, &found);
            if !violations.is_empty() {
                return Err(format!("{:?} of {name} did not match the plan: {violations:?}", plan.action));
            }
        }
        if live.is_some() {
            return Ok(());
        }
        let walk = self.walk(state).await;
        let mut folder = self.folders[state].clone();
        let again = self.plan(&walk, &mut folder).await;
        let again = again.map_err(|failure| format!("the second plan fails: {failure:?}"))?;
        for (name, plan) in again {
            let settles =
                self.folders[state].blocks.get(&name).is_none_or(|block| self.subject.settles(&block.arguments));
            if plan.action != Action::Keep && settles && !self.is_contested(&plan) {
                let prior = value(self.folders[state].slots.get(&name));
                let changes = effects::violations(&plan.value, &prior);
                return Err(format!("the second plan of {name} is not empty: {:?} {changes:?}", plan.action));
            }
        }
        Ok(())
    }

    /// Whether two states contain the object and cannot detect that it belongs to the other.
    fn is_contested(&self, plan: &Planned) -> bool {
        let ids = [&plan.prior, &plan.value].map(|value| self.subject.id_of(value));
        ids.iter().flatten().any(|id| self.contested.contains(id))
    }

    /// Returns the expected values, without values that are not in state before or after the change by another process.
    fn shown(&self, plan: &Planned, mut expected: Value, found: &Value) -> Value {
        let is_unset = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value.is_zero());
        for name in self.subject.untracked() {
            let is_hidden = is_unset(plan.prior.member(name)) || is_unset(plan.value.member(name));
            if let (true, Value::Object(expected), Some(found)) = (is_hidden, &mut expected, found.member(name)) {
                expected.insert((*name).to_owned(), found.clone());
            }
        }
        expected
    }

    /// Every object has exactly one owner or is reported, and objects of other processes are unchanged.
    pub(super) fn check_owners(&mut self) -> Checked {
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        let slots = self.folders.iter().flat_map(|folder| folder.slots.values());
        for object in slots.flat_map(|slot| slot.current.iter().chain(&slot.deposed)) {
            if let Some(id) = self.subject.id_of(&object.value) {
                *owners.entry(id).or_default() += 1;
            }
        }
        for (id, _) in owners.iter().filter(|(_, owners)| **owners > 1 && !self.subject.may_share()) {
            if !self.ambiguous.contains(id) {
                return Err(format!("{id} has two owners"));
            }
            self.contested.insert(id.clone());
        }
        self.foreign.retain(|id, _| !owners.contains_key(id));
        for (id, (name, content)) in self.subject.objects() {
            if let Some(before) = self.foreign.get(&id) {
                if *before != content {
                    return Err(format!("{id} belongs to another process and has changed: {before}, now {content}"));
                }
            } else if !owners.contains_key(&id) && !self.reported.contains(&id) {
                if !self.told.contains(&name) {
                    return Err(format!("{id} exists, is not in state, and is not reported"));
                }
                self.subject.delete(&id);
                self.reported.insert(id);
            }
        }
        self.told.clear();
        Ok(())
    }
}
