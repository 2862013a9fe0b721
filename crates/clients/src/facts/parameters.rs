//! Public Systems Manager parameters, which contain AWS recommendations: read once per process, ten per call.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_ssm::types::Parameter;

use crate::aws::errors::sorted;
use crate::cache::{Batch, Cache};
use crate::context::Clients;
use crate::errors::ApiError;

const SSM: &str = "Systems Manager";

/// Maximum number of names per `GetParameters` call.
pub(super) const NAMES_AT_ONCE: usize = 10;

/// The parameters of one Region.
pub struct Parameters {
    ssm: aws_sdk_ssm::Client,
    values: Batch<String, String>,
    folders: Cache<String, BTreeMap<String, String>>,
}

impl Parameters {
    /// Returns the parameters of `region`, or of the provider Region if it is `None`.
    #[must_use]
    pub fn shared(clients: &Clients, region: Option<&str>) -> Arc<Self> {
        let aws = clients.aws();
        let name = region.unwrap_or(aws.region()).to_owned();
        clients.facts().of_key(name, || Self::new(aws.ssm(region)))
    }

    fn new(ssm: aws_sdk_ssm::Client) -> Self {
        let values = {
            let ssm = ssm.clone();
            Batch::new(NAMES_AT_ONCE, move |names| get(ssm.clone(), names))
        };
        Self { ssm, values, folders: Cache::default() }
    }

    /// Returns the value of a parameter (`ssm:GetParameters`), or `None` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the Systems Manager request fails.
    pub async fn value(&self, name: &str) -> Result<Option<String>, ApiError> {
        self.values.get(name.to_owned()).await
    }

    /// Returns the values of all parameters below a path, at every depth, by name (`ssm:GetParametersByPath`, all
    /// pages).
    ///
    /// # Errors
    /// Returns an error if the Systems Manager request fails.
    pub async fn below(&self, path: &str) -> Result<BTreeMap<String, String>, ApiError> {
        let call = self.ssm.get_parameters_by_path().path(path).recursive(true).max_results(10);
        let load = || async move {
            let mut pages = call.into_paginator().send();
            let mut found = BTreeMap::new();
            while let Some(page) = pages.next().await {
                let page = page.map_err(sorted(SSM, "GetParametersByPath"))?;
                found.extend(values(page.parameters));
            }
            Ok(found)
        };
        self.folders.get(path.to_owned(), load).await
    }
}

pub(super) async fn get(ssm: aws_sdk_ssm::Client, names: Vec<String>) -> Result<HashMap<String, String>, ApiError> {
    let answer = ssm.get_parameters().set_names(Some(names)).send().await.map_err(sorted(SSM, "GetParameters"))?;
    Ok(values(answer.parameters).collect())
}

/// Values by name.
fn values(parameters: Option<Vec<Parameter>>) -> impl Iterator<Item = (String, String)> {
    parameters.into_iter().flatten().filter_map(|parameter| Some((parameter.name?, parameter.value?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::script::{Script, ok};

    fn parameters(script: &Script) -> Parameters {
        Parameters::new(aws_sdk_ssm::Client::new(&script.config()))
    }

    #[tokio::test]
    async fn names_asked_together_travel_together_and_once() {
        let answer = ok(&json!({"Parameters": [{"Name": "/a", "Value": "1"}], "InvalidParameters": ["/b"]}));
        let script = Script::answering([answer]);
        let parameters = parameters(&script);
        let (a, b) = futures::join!(parameters.value("/a"), parameters.value("/b"));
        assert_eq!((a.unwrap(), b.unwrap()), (Some("1".to_owned()), None));
        assert_eq!(parameters.value("/a").await.unwrap(), Some("1".to_owned()));
        let sent = script.sent();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].json()["Names"].as_array().map(Vec::len), Some(2));
    }

    #[tokio::test]
    async fn every_page_below_a_path_is_read_once() {
        let first = ok(&json!({"Parameters": [{"Name": "/p/a", "Value": "1"}], "NextToken": "next"}));
        let second = ok(&json!({"Parameters": [{"Name": "/p/b/c", "Value": "2"}]}));
        let script = Script::answering([first, second]);
        let parameters = parameters(&script);
        let expected: BTreeMap<_, _> =
            [("/p/a", "1"), ("/p/b/c", "2")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(parameters.below("/p").await.unwrap(), expected);
        assert_eq!(parameters.below("/p").await.unwrap(), expected);
        let sent = script.sent();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[0].json()["Recursive"], json!(true));
        assert_eq!(sent[1].json()["NextToken"], json!("next"));
    }
}
