//! A provider process: one for each walk of Terraform core, without data of earlier processes in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::subject::Subject;
use clients::aws::Aws;
use clients::context::Clients;
use clients::creation_records::CreationRecords;
use clients::environment::Environment;
use framework::diagnostics::Diagnostics;
use framework::model::Model;
use framework::provider::{Provider, Registry};
use framework::server::Server;
use framework::tags::TagPolicy;
use preflight::settings::{Mode, Settings};

/// A provider block without arguments.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(super) struct Nothing {}

/// One resource with its world.
pub(super) struct OneResource {
    subject: Arc<dyn Subject>,
    aws: Aws,
    folder: PathBuf,
}

#[async_trait]
impl Provider for OneResource {
    type Model = Nothing;
    type Clients = Clients;

    async fn configure(&self, _: Nothing, _: &str, _: &mut Diagnostics) -> Result<Option<Clients>, Diagnostics> {
        // Preflight checks read AWS data that the fakes do not have.
        let preflight = Settings { mode: Mode::Off, ..Settings::default() };
        let nothing: [(&str, &str); 0] = [];
        let creations = CreationRecords::open(&Environment::fixed(nothing), &self.folder);
        let clients = Clients::new(self.aws.clone(), TagPolicy::default());
        let clients = clients.with_creations(creations).with_preflight(preflight);
        self.subject.equip(&clients);
        Ok(Some(clients))
    }

    fn registry(&self) -> Registry<Clients> {
        self.subject.registry()
    }
}

/// Starts a process in a directory.
pub(super) async fn start(subject: &Arc<dyn Subject>, aws: &Aws, folder: &Path) -> Arc<Server<OneResource>> {
    let (subject, folder) = (Arc::clone(subject), folder.to_owned());
    let server = Arc::new(Server::new(OneResource { subject, aws: aws.clone(), folder }));
    let problems = server.configure_provider(&Nothing {}.to_value(), "1.15.0").await;
    assert!(problems.is_empty(), "{problems:?}");
    server
}
