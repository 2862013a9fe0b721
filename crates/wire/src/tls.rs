//! Mutual TLS with a single caller: the host that started this process.

use std::sync::{Arc, OnceLock};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use tokio_rustls::TlsAcceptor;

/// The server name that the host expects.
const SERVER_NAME: &str = "localhost";

/// Errors of the TLS setup.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("PLUGIN_CLIENT_CERT is not a PEM certificate: {0}")]
    ClientCertificate(rustls::pki_types::pem::Error),
    #[error("unable to create the server certificate: {0}")]
    ServerCertificate(#[from] rcgen::Error),
    #[error("unable to set up TLS: {0}")]
    Configuration(#[from] rustls::Error),
}

/// The server side of TLS.
pub(super) struct Tls {
    /// Performs the TLS handshake of accepted connections.
    pub(super) acceptor: TlsAcceptor,
    /// The server certificate in DER format, for the handshake line.
    pub(super) certificate: CertificateDer<'static>,
}

/// Returns the cryptography provider of the process.
pub(super) fn crypto() -> Arc<CryptoProvider> {
    static CRYPTO: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    CRYPTO.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())).clone()
}

/// Returns a cryptographically secure random number.
///
/// # Errors
/// Returns an error if the random number generator of the system fails.
pub(super) fn random() -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    let filled = crypto().secure_random.fill(&mut bytes);
    filled.map_err(|_| std::io::Error::other("the random number generator of the system failed"))?;
    Ok(u64::from_le_bytes(bytes))
}

impl Tls {
    /// Creates a new server certificate, and accepts only the holder of the client certificate key.
    ///
    /// # Errors
    /// Returns an error if the client certificate is not in PEM format.
    pub(super) fn new(client_certificate: &str) -> Result<Self, TlsError> {
        let client = CertificateDer::from_pem_slice(client_certificate.as_bytes());
        let client = client.map_err(TlsError::ClientCertificate)?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = server_certificate(&key)?;
        let private_key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(crypto())
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(ExactClient { certificate: client, crypto: crypto() }))
            .with_single_cert(vec![certificate.clone()], private_key.into())?;
        // The gRPC library of the host rejects connections without a negotiated protocol.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A process has one long-lived connection. Sessions are not resumed, so every connection must prove possession
        // of the key.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }
}

/// A self-signed leaf certificate. The host trusts exactly this certificate from the handshake line, so it need not be
/// a CA.
fn server_certificate(key: &KeyPair) -> Result<CertificateDer<'static>, rcgen::Error> {
    let mut params = CertificateParams::new(vec![SERVER_NAME.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, SERVER_NAME);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params.self_signed(key)?.der().clone())
}

/// Accepts exactly one certificate. The default verifier rejects the certificate of the host, because it is marked as a
/// CA. Any verifier that follows a chain would also accept certificates that this CA signs.
#[derive(Debug)]
struct ExactClient {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for ExactClient {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    /// Empty, because the host would not send its certificate if other names were listed.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if end_entity.as_ref() == self.certificate.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_key_type_is_offered() {
        let verifier = ExactClient { certificate: CertificateDer::from(vec![1]), crypto: crypto() };
        assert!(verifier.supported_verify_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
        assert!(verifier.client_auth_mandatory());
    }

    #[test]
    fn only_the_same_bytes_are_accepted() {
        let verifier = ExactClient { certificate: CertificateDer::from(vec![1, 2]), crypto: crypto() };
        let verify = |der: Vec<u8>| verifier.verify_client_cert(&CertificateDer::from(der), &[], UnixTime::now());
        assert!(verify(vec![1, 2]).is_ok());
        assert!(verify(vec![1, 2, 3]).is_err());
        assert!(verify(vec![]).is_err());
    }

    #[test]
    fn client_certificate_must_be_pem() {
        assert!(matches!(Tls::new("not PEM"), Err(TlsError::ClientCertificate(_))));
    }
}
