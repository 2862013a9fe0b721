//! Sentences with the names of secrets: the errors in them stay readable.

use rstest::rstest;

use super::mask;

#[rstest]
fn error_after_a_name_stays_readable(
    #[values(
        "connection refused",
        "connection reset by peer",
        "permission denied",
        "access denied",
        "denied by policy",
        "forbidden: x",
        "Unauthorized",
        "unauthorized",
        "Forbidden",
        "timeout",
        "timeout exceeded",
        "EOF",
        "unexpected EOF",
        "i/o timeout",
        "context deadline exceeded",
        "deadline exceeded",
        "x509: certificate signed by unknown authority",
        "tls: failed to verify certificate",
        "remote error: tls: bad certificate",
        "lookup sts.amazonaws.com on 10.0.0.2:53: no such host",
        "read tcp 10.0.0.1:1->10.0.0.2:443: read: connection reset",
        "write tcp 10.0.0.1:1: broken pipe",
        "status code 403",
        "status: 403",
        "rpc error: code = Unavailable desc = x",
        "exit status 1",
        "signal: killed",
        "403 Forbidden",
        "500 Internal Server Error",
        "HTTP 503",
        "net/http: TLS handshake timeout",
        "http2: client connection lost",
        "AccessDenied: User is not authorized",
        "NoCredentialProviders: no valid providers in chain",
        "RequestError: send request failed",
        "error: x",
        "fork/exec /usr/bin/aws: no such file or directory",
        "the server could not find the resource",
        "unknown command",
        "invalid character 'x'",
        "command not found",
        "line 3: jq: command not found"
    )]
    error: &str,
) {
    for before in ["failed to get auth", "get credentials", "[   12.3] x[1]: unable to fetch token", "loading secret"] {
        let text = format!("{before}: {error}");
        assert_eq!(mask(&text), text);
    }
}

#[rstest]
#[case("{\"error\": \"failed to get token: Unauthorized\"}")]
#[case("{\"error\": \"failed to get token: EOF\", \"x\": 1}")]
#[case("{\\\"error\\\": \\\"failed to get token: Forbidden\\\"}")]
#[case("no basic auth credentials")]
#[case("Reached target Basic System.")]
#[case("[  OK  ] Reached target basic.target - Basic System")]
#[case("missing bearer token in the request")]
#[case("WWW-Authenticate: Bearer realm=x")]
#[case("acquire credentials: <error>no valid credentials for ec2 identity")]
fn words_of_a_sentence_stay_readable(#[case] text: &str) {
    assert_eq!(mask(text), text);
}

/// A passphrase can begin with the same words. Without a sentence before the name, it is a value.
#[rstest]
#[case("password: read the book", "password: *** the book")]
#[case("password: server room 7", "password: *** room 7")]
#[case("- secret: access granted", "- secret: *** granted")]
#[case("[   12.3] x[1]: password: the horse", "[   12.3] x[1]: password: *** horse")]
#[case("failed to get auth: hunter2 x", "failed to get auth: *** x")]
#[case("get token: connection", "get token: ***")]
#[case("token=EOF", "token=***")]
#[case("\"token\": \"connection refused\"", "\"token\": \"***\"")]
#[case("Basic dXNlcjpwdw==", "Basic ***")]
#[case("Basic dXNlcjpwdw", "Basic ***")]
fn value_like_an_error_is_masked(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
}
