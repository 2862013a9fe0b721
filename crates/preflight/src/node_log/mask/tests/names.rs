//! The names of secrets.

use rstest::rstest;

use super::mask;

#[rstest]
fn value_of_a_secret_name_is_masked(
    #[values(
        "apiKeys",
        "api_keys",
        "accessKeys",
        "pwds",
        "PASSWORD2",
        "PASSWORD_2",
        "db-password-01",
        "credential_x",
        "CREDENTIAL_DB",
        "dbPassValue",
        "secretValue",
        "myTokenValue",
        "clientSecretData",
        "DBPassword",
        "userPass",
        "dbpass",
        "authToken2",
        "passphrases",
        "SECRETS",
        "tokens",
        "jwt",
        "sessionJwtValue",
        "passcode",
        "X-Auth-Token",
        "pass",
        "MYSQL_PWD",
        "spring.datasource.password",
        "registryAuthConfig"
    )]
    name: &str,
) {
    for separator in ["=", ": ", " = ", ":", "\": \"", "\\\":\\\""] {
        assert_eq!(mask(&format!("{name}{separator}hunter2")), format!("{name}{separator}***"));
    }
}

#[rstest]
#[case("bypass = true, compass: north, keyboard: us, address=10.0.0.1, tokenizer: x")]
#[case("ssh_authorized_keys: x, authorizedKeys: y, public_keys=z, keys: a")]
#[case("secretName: db, passwordFile=/run/x, tokenTTL: 3600, authMode: x, credentialType: y")]
#[case("--image-credential-provider-config=/etc/eks/image-credential-provider/config.json")]
#[case("/opt/get-token.sh: line 3: jq: command not found")]
#[case("rotate-secrets.service: Main process exited, code=exited, status=1/FAILURE")]
#[case("./rotate_secrets.py: Permission denied")]
#[case("E0504 09:12:46.1 1 auth.go:58] unable to authenticate")]
fn value_of_another_name_is_not_masked(#[case] text: &str) {
    assert_eq!(mask(text), text);
}
