//! A plugin host for tests: starts a provider as Terraform does, and speaks to it through generated clients.

mod certificates;
mod connect;
mod host;
pub(crate) mod values;

pub(crate) use certificates::Identity;
pub(crate) use connect::{Answered, channel, connect, dial, secured};
pub(crate) use host::{COOKIE, Host, Plugin, within};

use tonic::transport::Channel;
use wire::proto::MAX_MESSAGE_BYTES;
use wire::proto::tfplugin6::provider_client::ProviderClient;

/// The program under test.
pub(crate) const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-ekscompute");

/// The provider's rpcs over a connection, with messages as large as a host takes.
pub(crate) fn rpcs(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}
