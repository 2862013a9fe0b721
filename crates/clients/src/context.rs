//! The context of every resource type: the clients, the caches, and the provider's tags.

use std::sync::Arc;

use super::aws::Aws;
use super::cache::Facts;
use super::creation_records::CreationRecords;
use super::kube::Kubernetes;
use super::kube::settings::Settings as KubernetesSettings;
use super::run_ledger::RunLedger;
use framework::context::Configured;
use framework::diagnostics::Diagnostic;
use framework::tags::TagPolicy;
use preflight::settings::Settings as CheckSettings;

/// The result of the provider configuration. Clones share everything.
#[derive(Debug, Clone)]
pub struct Clients {
    aws: Aws,
    facts: Arc<Facts>,
    ledger: Arc<RunLedger>,
    tags: Arc<TagPolicy>,
    kubernetes: Kubernetes,
    preflight: Arc<CheckSettings>,
}

impl Clients {
    /// Creates clients with empty caches.
    #[must_use]
    pub fn new(aws: Aws, tags: TagPolicy) -> Self {
        let kubernetes = Kubernetes::new(aws.clone(), KubernetesSettings::default());
        let (facts, ledger) = (Arc::default(), Arc::default());
        Self { aws, facts, ledger, tags: Arc::new(tags), kubernetes, preflight: Arc::default() }
    }

    /// Sets the Kubernetes settings of the provider.
    #[must_use]
    pub fn with_kubernetes(mut self, settings: KubernetesSettings) -> Self {
        self.kubernetes = Kubernetes::new(self.aws.clone(), settings);
        self
    }

    /// Returns the same clients, with the creation records in the data directory of the run.
    #[must_use]
    pub fn with_creations(mut self, creations: CreationRecords) -> Self {
        self.ledger = Arc::new(RunLedger::new(creations));
        self
    }

    /// Returns the Kubernetes clients.
    #[must_use]
    pub fn kubernetes(&self) -> &Kubernetes {
        &self.kubernetes
    }

    /// Sets the preflight settings of the provider.
    #[must_use]
    pub fn with_preflight(mut self, settings: CheckSettings) -> Self {
        self.preflight = Arc::new(settings);
        self
    }

    /// Returns the preflight settings of the provider.
    #[must_use]
    pub fn preflight(&self) -> &CheckSettings {
        &self.preflight
    }

    /// Returns the AWS clients.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Returns the cached reads of this process.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the operations of this run by object.
    #[must_use]
    pub fn ledger(&self) -> &Arc<RunLedger> {
        &self.ledger
    }

    /// Returns the tag policy of the provider.
    #[must_use]
    pub fn tags(&self) -> &TagPolicy {
        &self.tags
    }
}

impl Configured for Clients {
    fn tag_policy(&self) -> TagPolicy {
        (*self.tags).clone()
    }

    fn missing(&self) -> Option<Diagnostic> {
        self.aws.region().is_empty().then(|| {
            Diagnostic::error(
                "No Region is configured",
                "This operation requires an AWS Region, but none is configured. Set region in the provider block, the \
                 environment variable AWS_REGION, or region in the profile of the shared configuration file.",
            )
        })
    }
}
