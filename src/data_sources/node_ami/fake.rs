//! A fake for AWS.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::client::NodeAmiClient;
use clients::errors::ApiError;

/// Parameters by name, and the requests.
#[derive(Default)]
pub(super) struct FakeParameters {
    pub(super) values: BTreeMap<String, String>,
    pub(super) asked: Mutex<Vec<String>>,
}

#[async_trait]
impl NodeAmiClient for FakeParameters {
    async fn value(&self, name: &str) -> Result<Option<String>, ApiError> {
        self.asked.lock().unwrap().push(name.to_owned());
        Ok(self.values.get(name).cloned())
    }

    async fn below(&self, path: &str) -> Result<BTreeMap<String, String>, ApiError> {
        self.asked.lock().unwrap().push(format!("{path}/*"));
        let found = self.values.iter().filter(|(name, _)| name.starts_with(&format!("{path}/")));
        Ok(found.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}
