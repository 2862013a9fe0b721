//! `test_token`, an ephemeral resource. The journal tells when it is opened, renewed and closed.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::ephemeral::{EphemeralResource, Lease};
use framework::model::{Attr, Model};

use crate::journal;
use crate::provider::Clients;

/// A session token, which is worth something only while it is renewed.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct TokenModel {
    /// Whose token.
    #[attribute(required)]
    pub(crate) name: Attr<String>,
    /// How long until it must be renewed, in milliseconds; without it never.
    #[attribute(optional)]
    pub(crate) lifetime: Attr<i64>,
    /// How often it can be renewed.
    #[attribute(optional)]
    pub(crate) renewals: Attr<i64>,
    /// What opens the door.
    #[attribute(computed, sensitive)]
    pub(crate) token: Attr<String>,
}

/// `test_token`.
pub(crate) struct Token;

fn due(lifetime: Option<i64>) -> Option<SystemTime> {
    Some(SystemTime::now() + Duration::from_millis(u64::try_from(lifetime?).ok()?))
}

#[async_trait]
impl EphemeralResource for Token {
    type Clients = Clients;
    type Model = TokenModel;

    async fn open(
        &self,
        context: &Context<Clients>,
        mut config: TokenModel,
        lease: &mut Lease,
    ) -> Result<TokenModel, Diagnostics> {
        context.clients()?;
        let name = config.name.text().unwrap_or_default().to_owned();
        if name == "stranger" {
            return Err(Diagnostic::error("No token for strangers", "Use another name.").into());
        }
        journal::note(&format!("open {name}"));
        lease.private.set("name", &name);
        lease.private.set("lifetime", &config.lifetime.known());
        lease.private.set("renewals", &config.renewals.known());
        lease.renew_at = due(config.lifetime.known().copied());
        config.token = Attr::Known(format!("token of {name}"));
        Ok(config)
    }

    async fn renew(&self, _context: &Context<Clients>, lease: &mut Lease) -> Result<(), Diagnostics> {
        let name: String = lease.private.get("name").unwrap_or_default();
        let renewals: Option<i64> = lease.private.get("renewals");
        if renewals == Some(0) {
            journal::note(&format!("renew {name} refused"));
            return Err(Diagnostic::error("The token cannot be renewed", format!("{name} renewed too often.")).into());
        }
        journal::note(&format!("renew {name}"));
        lease.private.set("renewals", &renewals.map(|renewals| renewals - 1));
        lease.renew_at = due(lease.private.get("lifetime"));
        Ok(())
    }

    async fn close(&self, _context: &Context<Clients>, lease: &Lease) -> Result<(), Diagnostics> {
        journal::note(&format!("close {}", lease.private.get::<String>("name").unwrap_or_default()));
        Ok(())
    }
}
