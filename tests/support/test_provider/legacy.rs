//! `test_legacy`, which is what a basic object can have been before.

use async_trait::async_trait;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::identity::NoIdentity;
use framework::model::{Attr, Model};
use framework::resource::{Change, ImportTarget, Record, Resource};

use crate::basic::{BasicModel, KIND};
use crate::provider::Clients;

/// An extra, who may become a basic object.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct LegacyModel {
    /// The name.
    #[attribute(required, replace)]
    pub(crate) nickname: Attr<String>,
    /// The id.
    #[attribute(computed, stable)]
    pub(crate) id: Attr<String>,
}

/// `test_legacy`. It is stored as a basic object, so that one who becomes a basic object is found.
pub(crate) struct Legacy;

#[async_trait]
impl Resource for Legacy {
    type Clients = Clients;
    type Model = LegacyModel;
    type Identity = NoIdentity;

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<LegacyModel>,
        record: &mut Record<LegacyModel>,
    ) -> Result<(), Diagnostics> {
        let name = change.planned.nickname.clone();
        let id = Attr::Known(format!("extra-{}", name.text().unwrap_or_default()));
        let basic = BasicModel { name: name.clone(), id: id.clone(), age: Attr::Known(30), ..BasicModel::default() };
        context.clients()?.store.put(KIND, name.text().unwrap_or_default(), &basic)?;
        record.save(LegacyModel { nickname: name, id });
        Ok(())
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<LegacyModel>) -> Result<(), Diagnostics> {
        let name = record.state().and_then(|extra| extra.nickname.text()).unwrap_or_default();
        if context.clients()?.store.get::<BasicModel>(KIND, name)?.is_none() {
            record.gone();
        }
        Ok(())
    }

    async fn update(
        &self,
        _context: &Context<Clients>,
        change: &Change<LegacyModel>,
        record: &mut Record<LegacyModel>,
    ) -> Result<(), Diagnostics> {
        record.save(change.planned.clone());
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<LegacyModel>) -> Result<(), Diagnostics> {
        let name = record.state().and_then(|extra| extra.nickname.text()).unwrap_or_default();
        context.clients()?.store.delete(KIND, name)
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<NoIdentity>,
    ) -> Result<LegacyModel, Diagnostics> {
        match target {
            ImportTarget::Id(id) => Ok(LegacyModel { nickname: Attr::Known(id), id: Attr::Null }),
            ImportTarget::Identity(_) => Err(Diagnostic::error("Legacy have no identity", "Use the name.").into()),
        }
    }
}
