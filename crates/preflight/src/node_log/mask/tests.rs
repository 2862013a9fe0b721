//! Secrets never survive, and the cause stays readable.

use proptest::prelude::*;
use rstest::rstest;

use super::mask;

mod commands;
mod names;
mod properties;
mod sentences;
mod tokens;
mod traced;
mod values;

#[rstest]
#[case("token=abc", "token=***")]
#[case("AWS_SECRET_ACCESS_KEY: abc/def+g==", "AWS_SECRET_ACCESS_KEY: ***")]
#[case("{\"token\": \"a b \\\" c\", \"x\": 1}", "{\"token\": \"***\", \"x\": 1}")]
#[case("{\\\"password\\\":\\\"a b\\\",\\\"x\\\":1}", "{\\\"password\\\":\\\"***\\\",\\\"x\\\":1}")]
#[case("password: 'it is'", "password: '***'")]
#[case("curl --token=abc --password hunter2 --verbose", "curl --token=*** --password *** --verbose")]
#[case("password: horse is", "password: *** is")]
#[case("token: horse", "token: ***")]
#[case("token: horse is", "token: *** is")]
#[case("token=failed to", "token=*** to")]
#[case("key: failed", "key: ***")]
#[case("GET https://example.com/a;token=abc HTTP", "GET https://example.com/a;token=*** HTTP")]
#[case("{\"https://example.com/token\": \"abc\"}", "{\"https://example.com/token\": \"***\"}")]
#[case("https://example.com/#access_token=abc", "https://example.com/#***")]
#[case("export API_KEY=abc; echo", "export API_KEY=***; echo")]
#[case("Authorization: Bearer abc.def", "Authorization: ***")]
#[case("\"Authorization\": \"Basic dXNlcg==\"", "\"Authorization\": \"***\"")]
#[case("-H 'Authorization: Bearer abc' -v", "-H 'Authorization: ***' -v")]
#[case("got Bearer abc,", "got Bearer ***,")]
#[case("id AKIAIOSFODNN7EXAMPLE.", "id ***.")]
#[case("Credential=ASIAIOSFODNN7EXAMPLE/20260504/", "Credential=***")]
#[case("use k8s-aws-v1.aHR0cHM6Ly9zdHM here", "use k8s-aws-v1.*** here")]
#[case("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3 y", "x *** y")]
#[case("http://user:pass@proxy:3128/", "http://***@proxy:3128/")]
#[case("http://user:p@ss/w?rd@proxy:3128", "http://***@proxy:3128")]
#[case("HTTPS_PROXY=user:pass@proxy:3128", "HTTPS_PROXY=***@proxy:3128")]
#[case("GET https://s3.amazonaws.com/b/k?X-Amz-Signature=abc&y=1 HTTP", "GET https://s3.amazonaws.com/b/k?*** HTTP")]
#[case(
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nx",
    "-----BEGIN RSA PRIVATE KEY-----***\n\n\n-----END RSA PRIVATE KEY-----\nx"
)]
#[case("-----BEGIN PRIVATE KEY-----\nMIIE\nabc=\nfatal error: x", "-----BEGIN PRIVATE KEY-----***\n\n\nfatal error: x")]
#[case(
    "Set nodeadm environment variable {\"key\": \"LICENSE\", \"value\": \"a \\\" b\"}",
    "Set nodeadm environment variable {\"key\": \"***\", \"value\": \"***\"}"
)]
#[case("[    1.2] cloud-init[9]: + curl -u admin:pw https://x", "[    1.2] cloud-init[9]: + curl ***")]
#[case("++ DB_PASS=hunter2", "++ DB_PASS=***")]
#[case("DB_PASS=hunter2 x", "DB_PASS=*** x")]
#[case("{\"auth\": \"dXNlcjpwdw==\"}", "{\"auth\": \"***\"}")]
#[case("SECRET_VALUE=abc", "SECRET_VALUE=***")]
#[case("passwords: abc", "passwords: ***")]
#[case("Object 'Kind' is missing in ' MIME-Version: 1.0\\n'\"}", "Object 'Kind' is missing in 'MIME-Version: ***\"}")]
#[case("Object 'Kind' is missing in '{\"env\":{\"A\":\"b\"}}'\"}", "Object 'Kind' is missing in '***\"}")]
fn secret_is_masked(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
}

/// Messages of the programs that set up nodes.
#[rstest]
#[case(
    "expected err to be of type smithy.APIError, got operation error EC2: DescribeInstances, https response error \
     StatusCode: 0, RequestID: , request send failed, Post \"https://ec2.eu-west-1.amazonaws.com/\": dial tcp: lookup \
     ec2.eu-west-1.amazonaws.com on 10.20.0.2:53: no such host"
)]
#[case("authentication failed: no matching entry; bypass = true; + 3 more")]
#[case("failed to get API token, operation error ec2imds: getToken, http response error StatusCode: 403")]
#[case(
    "User: arn:aws:sts::111122223333:assumed-role/prod-workers-NodeInstanceRole-1X2Y3Z/i-0a1b2c3d4e5f60718 is not \
     authorized to perform: ec2:DescribeInstances"
)]
#[case("TOML parse error at line 1, column 13: duplicate key `kubernetes` in table `settings`")]
#[case("Waiter ClusterActive failed: An error occurred (ResourceNotFoundException): No cluster found for name: prod.")]
#[case("Connect timeout on endpoint URL: \"https://eks.us-west-2.amazonaws.com/clusters/eks-prod-us-west-2\"")]
#[case(
    "Running module scripts-user (<module 'cloudinit.config.cc_scripts_user' from \
     '/usr/lib/python3.9/site-packages/cloudinit/config/cc_scripts_user.py'>) failed"
)]
#[case("yaml: line 9: mapping key \"spec\" already defined at line 3")]
#[case("dial tcp [2600:1f14::1]:443: connect: connection refused, see https://[2600:1f14::1]:443/path.")]
#[case("get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found")]
#[case("Unable to fetch IMDS session token: Response 'PUT' 'http://169.254.169.254/latest/api/token': 403 Forbidden")]
#[case(
    "see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc."
)]
#[case("root@ip-10-20-33-141.eu-west-1.compute.internal: 10.20.33.141")]
fn cause_stays_readable(#[case] text: &str) {
    assert_eq!(mask(text), text);
}

/// A secret in quotes can contain spaces.
fn forms() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof!["[a-zA-Z_.-]{0,12}(token|Password|SECRET|key|passphrase|credentials)"];
    let secret = "[A-Za-z!]{3,20}[0-9][A-Za-z0-9!%^*+.~]{4,20}";
    (name, secret, "[A-Za-z0-9+/]{61,200}={0,2}", 0..16_u8).prop_map(|(name, secret, base64, form)| {
        let text = match form {
            0 => format!("{name}={secret}"),
            1 => format!("{name}: {secret}"),
            2 => format!("\"{name}\": \"{secret}\""),
            3 => format!("\\\"{name}\\\":\\\"{secret}\\\""),
            4 => format!("'{name}': '{secret}'"),
            5 => format!("--{name}={secret}"),
            6 => format!("--{name} {secret}"),
            7 => format!("Authorization: Bearer {secret}"),
            8 => format!("http://u:{secret}@proxy.example:3128/"),
            9 => format!("https://bucket.example/key?sig={secret}&a=b"),
            10 => format!("k8s-aws-v1.{}", secret.replace(|c: char| !c.is_ascii_alphanumeric(), "-")),
            11 => format!("-----BEGIN EC PRIVATE KEY-----\n{secret}\n{secret}\n-----END EC PRIVATE KEY-----"),
            12 => format!("proxy=user:{secret}@10.0.0.1:3128"),
            13 => format!("\"{name}\": \"two words {secret}\""),
            14 => format!("{name} = \"{secret}\""),
            _ => return (base64.clone(), base64),
        };
        let secret = if form == 10 { secret.replace(|c: char| !c.is_ascii_alphanumeric(), "-") } else { secret };
        (text, secret)
    })
}

proptest! {
    #[test]
    fn planted_secret_never_survives(
        (text, secret) in forms(), before in "[a-z:,{\\[ ]{0,20}", after in "([ \n]|[,;}] )[a-z ]{0,20}",
    ) {
        let masked = mask(&format!("{before} {text}{after}"));
        prop_assert!(!masked.contains(&secret), "{masked}");
        // A header ends with the line, and a query with the word.
        let is_open = text.starts_with("Authorization") || text.starts_with("https");
        let is_kept = is_open && !after.starts_with('\n') || masked.ends_with(&after[1..]);
        prop_assert!(is_kept, "{masked}");
    }

    #[test]
    fn access_key_id_never_survives(id in "(AKIA|ASIA)[A-Z0-9]{16}", before in "[ =/:\"(]", after in "[ /,\")]?") {
        let masked = mask(&format!("x{before}{id}{after}"));
        prop_assert!(!masked.contains(&id), "{}", masked);
    }

    #[test]
    fn masked_text_is_not_changed_again(parts in proptest::collection::vec(prop_oneof![
        Just("token".to_owned()), Just("=".to_owned()), Just(": ".to_owned()),
        Just("\"".to_owned()), Just("\\".to_owned()),
        Just("'".to_owned()), Just("://".to_owned()), Just("@".to_owned()),
        Just("?".to_owned()), Just("***".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()), Just("-----END PRIVATE KEY-----".to_owned()),
        Just("Bearer ".to_owned()), Just("Authorization".to_owned()), Just("\n".to_owned()), Just(" ".to_owned()),
        Just("eyJ.a.".to_owned()), Just("k8s-aws-v1.".to_owned()), Just("All envOpts: ".to_owned()),
        "[A-Za-z0-9+/]{1,70}", "\\PC{0,4}",
    ], 0..24)) {
        let masked = mask(&parts.concat());
        prop_assert_eq!(mask(&masked), masked.clone());
        prop_assert_eq!(masked.matches('\n').count(), parts.concat().matches('\n').count());
    }

    #[test]
    fn any_text_is_masked(text in any::<String>()) {
        let masked = mask(&text);
        prop_assert_eq!(mask(&masked), masked.clone());
    }
}
