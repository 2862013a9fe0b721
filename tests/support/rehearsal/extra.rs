//! `rehearsal_extra`, which is what an actor can have been before.

use async_trait::async_trait;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::identity::NoIdentity;
use framework::model::{Attr, Model};
use framework::resource::{Change, ImportTarget, Record, Resource};

use crate::actor::{ActorModel, KIND};
use crate::provider::Clients;

/// An extra, who may become an actor.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct ExtraModel {
    /// The name.
    #[attribute(required, replace)]
    pub(crate) nickname: Attr<String>,
    /// The id.
    #[attribute(computed, stable)]
    pub(crate) id: Attr<String>,
}

/// `rehearsal_extra`. It is stored as an actor, so that one who becomes an actor is found.
pub(crate) struct Extra;

#[async_trait]
impl Resource for Extra {
    type Clients = Clients;
    type Model = ExtraModel;
    type Identity = NoIdentity;

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<ExtraModel>,
        record: &mut Record<ExtraModel>,
    ) -> Result<(), Diagnostics> {
        let name = change.planned.nickname.clone();
        let id = Attr::Known(format!("extra-{}", name.text().unwrap_or_default()));
        let actor = ActorModel { name: name.clone(), id: id.clone(), age: Attr::Known(30), ..ActorModel::default() };
        context.clients()?.store.put(KIND, name.text().unwrap_or_default(), &actor)?;
        record.save(ExtraModel { nickname: name, id });
        Ok(())
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<ExtraModel>) -> Result<(), Diagnostics> {
        let name = record.state().and_then(|extra| extra.nickname.text()).unwrap_or_default();
        if context.clients()?.store.get::<ActorModel>(KIND, name)?.is_none() {
            record.gone();
        }
        Ok(())
    }

    async fn update(
        &self,
        _context: &Context<Clients>,
        change: &Change<ExtraModel>,
        record: &mut Record<ExtraModel>,
    ) -> Result<(), Diagnostics> {
        record.save(change.planned.clone());
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<ExtraModel>) -> Result<(), Diagnostics> {
        let name = record.state().and_then(|extra| extra.nickname.text()).unwrap_or_default();
        context.clients()?.store.delete(KIND, name)
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<NoIdentity>,
    ) -> Result<ExtraModel, Diagnostics> {
        match target {
            ImportTarget::Id(id) => Ok(ExtraModel { nickname: Attr::Known(id), id: Attr::Null }),
            ImportTarget::Identity(_) => Err(Diagnostic::error("Extras have no identity", "Use the name.").into()),
        }
    }
}
