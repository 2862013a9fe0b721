//! The user agent header, which AWS records in audit logs.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::settings::UserAgent;

/// Adds the products of the CLI and the provider before the SDK products, and the configured suffix at the end. The
/// header is not part of the signature.
#[derive(Debug, Clone)]
pub(super) struct UserAgentProducts {
    before: String,
    after: Option<String>,
}

impl UserAgentProducts {
    /// Returns the products of a caller.
    pub(super) fn new(caller: &UserAgent) -> Self {
        let cli = header_text(&caller.terraform_version);
        let version = env!("CARGO_PKG_VERSION");
        let before = format!("Terraform/{cli} terraform-provider-ekscompute/{version}");
        let after = caller.append.as_deref().map(header_text).filter(|text| !text.is_empty());
        Self { before, after }
    }

    fn around(&self, sdk: &str) -> String {
        [Some(self.before.as_str()), Some(sdk), self.after.as_deref()]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Removes characters that a header cannot contain.
fn header_text(text: &str) -> String {
    text.chars()
        .filter(|character| *character == ' ' || character.is_ascii_graphic())
        .collect::<String>()
        .trim()
        .to_owned()
}

#[dyn_dispatch_hint]
impl Intercept for UserAgentProducts {
    fn name(&self) -> &'static str {
        "UserAgentProducts"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        let sdk = headers.get("user-agent").unwrap_or_default().to_owned();
        headers.try_insert("user-agent", self.around(&sdk))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_order_matches_other_providers() {
        let caller = UserAgent { terraform_version: "1.15.5".to_owned(), append: Some("team/7 (x)\n".to_owned()) };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            UserAgentProducts::new(&caller).around("aws-sdk-rust/1"),
            format!("Terraform/1.15.5 terraform-provider-ekscompute/{version} aws-sdk-rust/1 team/7 (x)")
        );
    }
}
