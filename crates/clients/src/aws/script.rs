//! A scripted HTTP client for tests, which records the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::Value as Json;

/// Returns the scripted responses in order, and records the requests.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<(VecDeque<Answer>, Vec<Sent>)>>);

/// Status and body.
type Answer = (u16, String);

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub body: String,
}

impl Script {
    pub fn answering(answers: impl IntoIterator<Item = (u16, String)>) -> Self {
        let script = Self::default();
        script.0.lock().expect("the script").0.extend(answers);
        script
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.0.lock().expect("the script").1.clone()
    }

    /// Returns the configuration of SDK clients that use this script.
    pub fn config(&self) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "key", None, None, "test")))
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build()
    }
}

impl Sent {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut script = self.0.lock().expect("the script");
        let body = request.body().bytes().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        let uri = request.uri().to_owned();
        let path = uri.split_once("amazonaws.com").map_or(uri.as_str(), |(_, path)| path).to_owned();
        script.1.push(Sent { method: request.method().to_owned(), path, body });
        let (status, answer) = script.0.pop_front().expect("a response for every request");
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

pub fn ok(body: &Json) -> (u16, String) {
    (200, body.to_string())
}
