//! The API server's verdict on many documents, with many requests in flight.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use futures::stream;
use kube::config::AuthInfo;
use kube::{Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::support::sandbox::Cluster;

const IN_FLIGHT: usize = 32;

/// Whose objects are judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) plural: &'static str,
}

impl Kind {
    pub(super) fn path(self) -> String {
        format!("/apis/{}/v1/{}", self.group, self.plural)
    }

    /// The kind of the provider.
    pub(super) fn known(self) -> clients::kube::Kind {
        let all = [clients::kube::EC2_NODE_CLASS, clients::kube::NODE_CLASS, clients::kube::NODE_POOL];
        all.into_iter().find(|kind| kind.kind == self.name).expect("a kind of the provider")
    }

    /// An object of the kind.
    pub(super) fn object(self, name: &str, spec: &Value) -> Value {
        json!({"apiVersion": format!("{}/v1", self.group), "kind": self.name, "metadata": {"name": name}, "spec": spec})
    }

    /// Its definition, as the API server has it now.
    pub(super) fn definition(self, cluster: &Cluster) -> Value {
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}.{}", self.plural, self.group);
        let (status, definition) = cluster.kubernetes("GET", &path, json!({}));
        assert_eq!(status, 200, "{definition}");
        definition
    }
}

/// What the API server would do with a document.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) accepts: bool,
    /// The object as it would be stored, or the refusal.
    pub(super) answer: Value,
}

/// The way to one API server.
pub(super) struct Server {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Server {
    pub(super) fn of(started: &Value) -> Self {
        let text = |name: &str| started[name].as_str().expect("the sandbox tells it").to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let client = runtime.block_on(async {
            let pem = STANDARD.decode(text("certificate_authority")).expect("base64");
            let mut config = Config::new(text("endpoint").parse().expect("a URL"));
            config.root_cert = Some(vec![CertificateDer::from_pem_slice(&pem).expect("PEM").to_vec()]);
            config.auth_info = AuthInfo { token: Some(text("token").into()), ..AuthInfo::default() };
            Client::try_from(config).expect("a client")
        });
        Self { runtime, client }
    }

    /// What would become of each specification if an object with it were created.
    pub(super) fn judge(&self, kind: Kind, specs: &[Value]) -> Vec<Verdict> {
        // Names differ: a creation of one name at a time would wait for another.
        let number = AtomicUsize::new(0);
        let path = format!("{}?dryRun=All&fieldValidation=Strict", kind.path());
        let requests = specs.iter().map(|spec| {
            let name = format!("case-{}", number.fetch_add(1, Ordering::Relaxed));
            self.send("POST", path.clone(), kind.object(&name, spec))
        });
        self.runtime.block_on(stream::iter(requests).buffered(IN_FLIGHT).collect())
    }

    async fn send(&self, method: &'static str, path: String, body: Value) -> Verdict {
        let request = http::Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.body(body.to_string().into_bytes().into()).expect("a request");
        let response = self.client.send(request).await.expect("the API server answers");
        let status = response.status().as_u16();
        let bytes = response.into_body().collect_bytes().await.expect("a whole answer");
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(matches!(status, 200 | 201 | 400 | 422), "{status} {answer}");
        Verdict { accepts: status < 300, answer }
    }
}
