//! `test_all_types`: every kind of attribute and block through a whole life.

use std::time::Duration;

use async_trait::async_trait;
use framework::blocks::Blocks;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::identity::NoIdentity;
use framework::model::{Attr, List, Set, SetOf};
use framework::resource::{Change, ImportTarget, Plan, Record, Resource};
use framework::tags::TagAttributes;
use framework::timeouts::or_default;

use crate::all_types_model::{AllTypesModel, Badge, Origin, Part};
use crate::provider::Clients;

const KIND: &str = "all_types";
/// The private key under which alterations are counted.
const COUNT: &str = "alterations";
const DEFAULT_TIME: Duration = Duration::from_secs(1200);

/// `test_all_types`.
pub(crate) struct AllTypes;

fn name(all_types: &AllTypesModel) -> &str {
    all_types.name.text().unwrap_or_default()
}

/// Decides what the plan left open.
fn decide<T>(attr: &mut Attr<T>, value: impl FnOnce() -> T) {
    if attr.is_unknown() {
        *attr = Attr::Known(value());
    }
}

fn stocked(part: &mut Part) {
    let stock = format!("stock of {}", part.material.text().unwrap_or_default());
    decide(&mut part.stock, || stock);
}

fn sewn(badge: &Badge) -> Badge {
    let mut badge = badge.clone();
    let stock = format!("stock of {}", badge.motif.text().unwrap_or_default());
    decide(&mut badge.stock, || stock);
    badge
}

fn known_mut<T>(attr: &mut Attr<T>) -> Option<&mut T> {
    if let Attr::Known(value) = attr { Some(value) } else { None }
}

fn blocks_mut<B>(blocks: &mut Blocks<B>) -> Option<&mut B> {
    if let Blocks::Known(blocks) = blocks { Some(blocks) } else { None }
}

/// The object as it is made after the plan, altered so many times.
fn made(change: &Change<AllTypesModel>, alterations: i64) -> AllTypesModel {
    let mut all_types = change.planned.clone();
    let id = format!("all_types-{}", name(&all_types));
    decide(&mut all_types.id, || id);
    decide(&mut all_types.alterations, || alterations);
    decide(&mut all_types.wearer, || "understudy".to_owned());
    let secret = change.write_only.secret.text().map_or(0, |secret| secret.chars().count());
    decide(&mut all_types.secret_length, || i64::try_from(secret).unwrap_or(i64::MAX));
    let given = known_mut(&mut all_types.timeouts).map_or(Attr::Null, |timeouts| timeouts.create.clone());
    let seconds = or_default(&given, DEFAULT_TIME).as_secs();
    decide(&mut all_types.seconds_allowed, || i64::try_from(seconds).unwrap_or(i64::MAX));
    decide(&mut all_types.origin, || Origin { workshop: "internal".into(), tailors: List::of(["ann".to_owned()]) });
    if let Some(fabric) = known_mut(&mut all_types.fabric) {
        let bale = format!("bale of {}", fabric.kind.text().unwrap_or_default());
        decide(&mut fabric.bale, || bale);
    }
    known_mut(&mut all_types.layers).into_iter().flatten().filter_map(known_mut).for_each(stocked);
    known_mut(&mut all_types.pockets)
        .into_iter()
        .flat_map(|pockets| pockets.values_mut())
        .filter_map(known_mut)
        .for_each(stocked);
    blocks_mut(&mut all_types.button).into_iter().flatten().for_each(stocked);
    blocks_mut(&mut all_types.lining).into_iter().flat_map(|linings| linings.values_mut()).for_each(stocked);
    sew(&mut all_types);
    all_types
}

/// Decides what is in sets, whose elements change by that.
fn sew(all_types: &mut AllTypesModel) {
    if let Attr::Known(SetOf(badges)) = &all_types.badges {
        let badges: Vec<_> = badges.iter().filter_map(Attr::known).map(sewn).collect();
        all_types.badges = Set::of(badges);
    }
    let patches: Vec<_> = all_types.patch.iter().map(sewn).collect();
    all_types.patch = framework::blocks::SetBlock::of(patches);
    if let Some(Some(collar)) = blocks_mut(&mut all_types.collar) {
        let studs: Vec<_> = collar.stud.iter().map(sewn).collect();
        collar.stud = framework::blocks::SetBlock::of(studs);
    }
}

#[async_trait]
impl Resource for AllTypes {
    type Clients = Clients;
    type Model = AllTypesModel;
    type Identity = NoIdentity;

    fn validate(&self, config: &AllTypesModel, diagnostics: &mut Diagnostics) {
        if config.secret_version.is_known() && config.secret.is_null() {
            diagnostics.warning("A version of no secret", "secret_version does nothing without secret.");
        }
    }

    async fn plan(&self, _context: &Context<Clients>, plan: &mut Plan<AllTypesModel>) -> Result<(), Diagnostics> {
        if plan.is_replace() {
            let reasons: Vec<_> = plan.replaced_by().iter().map(ToString::to_string).collect();
            let detail = format!("It cannot be altered in {}.", reasons.join(", "));
            plan.diagnostics.warning("The object is made anew", detail);
        }
        Ok(())
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<AllTypesModel>,
        record: &mut Record<AllTypesModel>,
    ) -> Result<(), Diagnostics> {
        let all_types = made(change, 0);
        context.clients()?.store.put(KIND, name(&all_types), &all_types)?;
        record.private.set(COUNT, &0);
        record.save(all_types);
        Ok(())
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<AllTypesModel>) -> Result<(), Diagnostics> {
        let stored = record.state().map(name).unwrap_or_default();
        match context.clients()?.store.get(KIND, stored)? {
            Some(all_types) => record.save(all_types),
            None => record.gone(),
        }
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<AllTypesModel>,
        record: &mut Record<AllTypesModel>,
    ) -> Result<(), Diagnostics> {
        let count = change.private.get::<i64>(COUNT).unwrap_or_default() + 1;
        let all_types = made(change, count);
        context.clients()?.store.put(KIND, name(&all_types), &all_types)?;
        record.private.set(COUNT, &count);
        record.save(all_types);
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<AllTypesModel>) -> Result<(), Diagnostics> {
        context.clients()?.store.delete(KIND, record.state().map(name).unwrap_or_default())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<NoIdentity>,
    ) -> Result<AllTypesModel, Diagnostics> {
        match target {
            ImportTarget::Id(id) => Ok(AllTypesModel { name: Attr::Known(id), ..AllTypesModel::default() }),
            ImportTarget::Identity(_) => Err(Diagnostic::error("AllTypess have no identity", "Use the name.").into()),
        }
    }

    fn tags<'m>(&self, model: &'m mut AllTypesModel) -> Option<TagAttributes<'m>> {
        Some(TagAttributes { tags: &mut model.tags, tags_all: &mut model.tags_all })
    }
}
