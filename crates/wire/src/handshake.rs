//! The handshake between host and plugin: the environment variables of the host, and the response line.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The host sets this variable. It is not set if a user starts the program manually.
const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The version of the go-plugin protocol.
const CORE_VERSION: u32 = 1;
/// The supported major version of the provider protocol.
pub(super) const PROTOCOL_VERSION: u32 = 6;

/// Errors of the handshake.
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    /// The program was not started by a go-plugin host.
    #[error("{COOKIE_NAME} is not set by a plugin host")]
    NoHost,
    /// The port range is not valid.
    #[error("PLUGIN_MIN_PORT={minimum:?} and PLUGIN_MAX_PORT={maximum:?} are not a valid port range")]
    Ports { minimum: String, maximum: String },
}

/// The settings of the host.
#[derive(Debug)]
pub(super) struct Host {
    /// The PEM certificate that the host will present. `None` if the user disabled TLS.
    pub(super) client_certificate: Option<String>,
    /// The directory for the socket.
    pub(super) socket_directory: Option<PathBuf>,
    /// The group, by name or number, that can use the socket.
    pub(super) socket_group: Option<String>,
    /// The ports to listen on if Unix sockets are not available. With 0, the operating system selects the port.
    pub(super) ports: RangeInclusive<u16>,
    /// The major versions of the provider protocol that the host supports. Empty if the host does not send them.
    pub(super) versions: Vec<u32>,
    /// Whether the host expects the multiplexing field in the handshake line. Other hosts cannot read it.
    pub(super) asks_for_multiplexing: bool,
}

impl Host {
    /// Reads the settings of the host. `variable` returns the value of an environment variable.
    ///
    /// # Errors
    /// Returns an error if no host started this process, or if a setting is not valid.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        if variable(COOKIE_NAME).as_deref() != Some(COOKIE_VALUE) {
            return Err(HandshakeError::NoHost);
        }
        let given = |name| variable(name).filter(|value| !value.is_empty());
        let versions = given("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        Ok(Self {
            client_certificate: given("PLUGIN_CLIENT_CERT"),
            socket_directory: given("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: given("PLUGIN_UNIX_SOCKET_GROUP"),
            ports: ports(given("PLUGIN_MIN_PORT"), given("PLUGIN_MAX_PORT"))?,
            versions: versions.split(',').filter_map(|version| version.trim().parse().ok()).collect(),
            asks_for_multiplexing: given("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// Returns the settings without a host: no certificate, and defaults.
    pub(super) fn absent() -> Self {
        Self {
            client_certificate: None,
            socket_directory: None,
            socket_group: None,
            ports: 0..=0,
            versions: Vec::new(),
            asks_for_multiplexing: false,
        }
    }

    /// Whether host and plugin share a protocol version. If not, the line still contains the version of the plugin,
    /// because the host reports the mismatch with a better error message.
    pub(super) fn speaks_our_version(&self) -> bool {
        self.versions.is_empty() || self.versions.contains(&PROTOCOL_VERSION)
    }

    /// Returns the handshake line, without a line end. `certificate` is the server certificate in DER format.
    pub(super) fn line(&self, network: &str, address: &str, certificate: Option<&[u8]>) -> String {
        let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        let line = format!("{CORE_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}");
        if self.asks_for_multiplexing { line + "|false" } else { line }
    }
}

/// Returns the range of ports. A missing bound is zero, and zero to zero means any port.
fn ports(minimum: Option<String>, maximum: Option<String>) -> Result<RangeInclusive<u16>, HandshakeError> {
    let (minimum, maximum) = (minimum.unwrap_or_default(), maximum.unwrap_or_default());
    let port = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u16>().ok() };
    match (port(&minimum), port(&maximum)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(HandshakeError::Ports { minimum, maximum }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> Result<Host, HandshakeError> {
        Host::read(|name| {
            let given = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            given.or_else(|| (name == COOKIE_NAME).then(|| COOKIE_VALUE.to_owned()))
        })
    }

    #[test]
    fn cookie_must_be_the_hosts() {
        assert!(matches!(Host::read(|_| None), Err(HandshakeError::NoHost)));
        assert!(matches!(host(&[(COOKIE_NAME, "other")]), Err(HandshakeError::NoHost)));
    }

    #[test]
    fn line_has_six_fields_and_keeps_the_separator_without_tls() {
        let line = host(&[]).unwrap().line("unix", "/tmp/p/s", None);
        assert_eq!(line, "1|6|unix|/tmp/p/s|grpc|");
    }

    #[test]
    fn certificate_is_base64_without_padding() {
        let line = host(&[]).unwrap().line("tcp", "127.0.0.1:1", Some(&[0xfb, 0xff, 0xfe, 1]));
        assert_eq!(line, "1|6|tcp|127.0.0.1:1|grpc|+//+AQ");
    }

    #[test]
    fn seventh_field_only_when_asked_for() {
        let line = host(&[("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap().line("unix", "s", None);
        assert_eq!(line, "1|6|unix|s|grpc||false");
    }

    #[test]
    fn version_six_is_found_in_any_order() {
        for (offer, ours) in [("5,6", true), ("6,5", true), ("5", false), ("", true)] {
            let host = host(&[("PLUGIN_PROTOCOL_VERSIONS", offer)]).unwrap();
            assert_eq!(host.speaks_our_version(), ours, "{offer}");
        }
    }

    #[test]
    fn ports_are_a_range() {
        let range = host(&[("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]).unwrap().ports;
        assert_eq!(range, 10000..=25000);
        assert_eq!(host(&[]).unwrap().ports, 0..=0);
        for (minimum, maximum) in [("2", "1"), ("x", "1"), ("1", "65536")] {
            let refused = host(&[("PLUGIN_MIN_PORT", minimum), ("PLUGIN_MAX_PORT", maximum)]);
            assert!(matches!(refused, Err(HandshakeError::Ports { .. })), "{minimum} {maximum}");
        }
    }
}
