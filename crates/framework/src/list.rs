//! The trait for list resources. `terraform query` uses them to find existing objects.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::context::Context;
use super::diagnostics::Diagnostics;
use super::model::Model;
use super::resource::Resource;
use super::value::Value;

/// Finds existing objects of a managed resource.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// The managed resource type of the objects.
    type Resource: Resource;
    /// The model of the `list` block.
    type Config: Model;

    /// Validates the configuration beyond the validators of the schema.
    fn validate(&self, _config: &Self::Config, _diagnostics: &mut Diagnostics) {}

    /// Sends objects to the sink until all are sent or the sink is full.
    async fn list(
        &self,
        context: &Context<<Self::Resource as Resource>::Clients>,
        config: Self::Config,
        sink: &mut ListSink<Self::Resource>,
    ) -> Result<(), Diagnostics>;
}

/// One object that was found.
#[derive(Debug, Clone)]
pub struct Listed<R: Resource> {
    /// The identity.
    pub identity: R::Identity,
    /// The name for display.
    pub display_name: String,
    /// The whole object, if it was requested.
    pub object: Option<R::Model>,
}

/// One object that was found, with dynamic values.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedValue {
    /// The identity.
    pub identity: Value,
    /// The name for display.
    pub display_name: String,
    /// The whole object, if it was requested.
    pub object: Option<Value>,
}

/// The receiver of found objects.
#[derive(Debug)]
pub struct ListSink<R: Resource> {
    sender: mpsc::Sender<Listed<R>>,
    remaining: u64,
    include_object: bool,
}

impl<R: Resource> ListSink<R> {
    /// Creates a sink that sends at most this many objects, complete or with their identity only.
    #[must_use]
    pub fn new(sender: mpsc::Sender<Listed<R>>, limit: u64, include_object: bool) -> Self {
        Self { sender, remaining: limit, include_object }
    }

    /// Whether the whole object is requested, instead of only its identity.
    #[must_use]
    pub fn wants_object(&self) -> bool {
        self.include_object
    }

    /// Returns how many more objects are requested.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Sends one object. Returns whether more objects are requested.
    pub async fn send(&mut self, listed: Listed<R>) -> bool {
        if self.remaining == 0 || self.sender.send(listed).await.is_err() {
            self.remaining = 0;
            return false;
        }
        self.remaining -= 1;
        self.remaining > 0
    }
}
