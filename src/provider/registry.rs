//! The list of everything served. A new object is one line here.

use async_trait::async_trait;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::model::{DecodeError, Model};
use crate::framework::path::Path;
use crate::framework::provider::{Provider, Registry};
use crate::framework::schema::Block;
use crate::framework::value::Value;

/// The provider for the compute side of Amazon EKS.
#[derive(Debug, Clone, Copy)]
pub struct EksCompute;

/// The provider block, which has no arguments yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config;

impl Model for Config {
    fn block() -> Block {
        Block::default()
    }

    fn from_value(_value: &Value, _path: &Path) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn to_value(&self) -> Value {
        Self::block().empty()
    }
}

#[async_trait]
impl Provider for EksCompute {
    type Model = Config;
    type Clients = ();

    async fn configure(
        &self,
        _config: Config,
        _terraform_version: &str,
        _diagnostics: &mut Diagnostics,
    ) -> Result<Option<()>, Diagnostics> {
        Ok(Some(()))
    }

    fn registry(&self) -> Registry<()> {
        Registry::new()
    }
}
