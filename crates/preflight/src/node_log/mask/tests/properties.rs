//! Properties of masking: generated secrets in templates, ordinary lines, and any text.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rstest::rstest;

use super::mask;

/// Lines with `SECRET` in the place of a secret.
const TEMPLATES: [&str; 30] = [
    "DB_PASSWORD2=SECRET",
    "apiKeys: SECRET",
    "dbPassValue = SECRET",
    "export TOKEN=SECRET && run",
    "{user: x, password: SECRET, z: 1}",
    "user=x&password=SECRET&z=1",
    "<secretValue>SECRET</secretValue>",
    "secrets: ['SECRET', \"SECRET\"]",
    "password='it'\\''SECRET' x",
    "password: 'it''SECRET' x",
    "'--password', 'SECRET', 'x'",
    "agent -token SECRET -v",
    "mysql -u x -pSECRET db",
    "sshpass -p SECRET ssh x",
    "curl -su x:SECRET y",
    "curl --user 'x:SECRET' y",
    "docker login -u x -p SECRET y",
    "+ curl -H SECRET x",
    "++ X=SECRET",
    "host + curl x SECRET",
    "+(script:3): ./run SECRET",
    "see https://hooks.slack.com/services/SECRET",
    "https://discord.com/api/webhooks/1/SECRET x",
    "pull ghp_SECRETSECRET x",
    "pull glpat-SECRETSECRET.",
    "\"xoxb-1-SECRETSECRET\"",
    "sk-SECRETSECRETSECRET,",
    "password: |\n  SECRET\n   x SECRET\nz",
    "- apiKey: >-\n    SECRET\n  z: 1",
    "Cookie: a=b; c=SECRET",
];

/// What precedes a line on a console.
fn starts() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(""),
        Just("[   12.345678] "),
        Just("[   12.3] cloud-init[1962]: "),
        Just("<13>May  4 09:12:46 user-data: "),
        Just("ip-10-0-1-7 cloud-init[1962]: "),
    ]
}

/// Parts of lines that have a meaning for masking.
fn parts() -> impl Strategy<Value = String> {
    const PARTS: [&str; 56] = [
        "password",
        "token",
        "dbPassValue",
        "apiKeys",
        "Authorization",
        "Cookie",
        "Basic ",
        "Bearer ",
        "=",
        ": ",
        ":",
        " ",
        "  ",
        "\n",
        "\"",
        "'",
        "\\",
        "`",
        ",",
        ";",
        "&",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "|",
        "- ",
        "://",
        "@",
        "?",
        "#",
        "/",
        "***",
        "+ ",
        "+(a:3): ",
        "host ",
        "[   12.3] ",
        "x[1]: ",
        "<13>",
        "May  4 09:12:46 ",
        "ghp_0123456789",
        "sk-",
        "curl ",
        "mysql ",
        "-u ",
        "-p",
        "--password ",
        "connection refused",
        "https://hooks.slack.com/services/",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJ.a.",
    ];
    prop_oneof![
        8 => proptest::sample::select(&PARTS[..]).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9+/]{1,70}",
        1 => "\\PC{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn secret_in_a_template_is_never_visible(
        template in proptest::sample::select(&TEMPLATES[..]),
        secret in "[A-Za-z]{2,6}[0-9][A-Za-z0-9_]{6,20}",
        start in starts(),
    ) {
        let text = template.replace("SECRET", &secret);
        let text: Vec<String> = text.lines().map(|line| format!("{start}{line}")).collect();
        let masked = mask(&text.join("\n"));
        prop_assert!(!masked.contains(&secret), "{}", masked);
        prop_assert!(masked.starts_with(start), "{}", masked);
        prop_assert_eq!(masked.lines().count(), text.len());
        prop_assert_eq!(mask(&masked), masked);
    }

    #[test]
    fn special_characters_do_not_end_a_value(
        name in "(password|api_key|DB_PASS|authToken)[0-9]?",
        secret in "[A-Z][0-9]([!#$%^*_~,;&)}\\]'\"`-]?[A-Z0-9]){0,10}Z",
        separator in "=|: | = ",
    ) {
        let masked = mask(&format!("x {name}{separator}{secret} y"));
        prop_assert_eq!(masked, format!("x {name}{separator}*** y"));
    }

    #[test]
    fn ordinary_line_is_not_changed(
        start in starts(),
        words in proptest::collection::vec(prop_oneof![
            "[a-z]{1,10}", "[0-9]{1,6}", Just("+".to_owned()), Just("failed:".to_owned()), Just("error".to_owned()),
            Just("10.0.1.7:443".to_owned()), Just("(ok)".to_owned()), Just("x=1,".to_owned()),
            Just("/etc/eks/config.json".to_owned()), Just("https://eks.eu-west-1.amazonaws.com/clusters".to_owned()),
        ], 0..10),
    ) {
        let names = ["pass", "auth", "token", "secret", "key", "pwd", "bearer", "basic", "jwt"];
        prop_assume!(!words.iter().any(|word| names.iter().any(|name| word.contains(name))));
        // A plus at the start of a line, or after its first word, is a trace.
        let text = format!("{start}the node started {}", words.join(" "));
        prop_assert_eq!(mask(&text), text);
    }

    #[test]
    fn masked_parts_are_not_changed_again(parts in proptest::collection::vec(parts(), 0..30)) {
        let text = parts.concat();
        let masked = mask(&text);
        prop_assert_eq!(mask(&masked), masked.clone(), "{:?}", text);
        prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
    }
}

/// A quadratic step needs 64 times as long for a line that is 8 times as long.
#[rstest]
fn long_line_is_masked_in_linear_time(
    #[values(
        "a",
        "'",
        "\"",
        "\\",
        "]: ",
        "]: + ",
        "+",
        "+ ",
        "token: ",
        "token=",
        "token=\"",
        "token: [",
        "token: {",
        "key: ''",
        "authorization: failed ",
        "Authorization: ",
        "password=a,",
        "password=a'b",
        "a,b",
        "sk-",
        "ghp_",
        "eyJ.",
        "a@b:",
        "http://",
        "hooks.",
        "/hooks/",
        "curl -u ",
        "mysql -p",
        "--token ",
        "password: |\n ",
        "[ 1.2] ",
        "x[1]: ",
        "May  4 ",
        "<1>",
        "-----BEGIN PRIVATE KEY-----",
        "Basic ",
        "aB",
        "dbPassValue",
        "\u{e9}",
        "token: failed ",
        "token: x\\"
    )]
    part: &str,
) {
    let time = |length: usize| {
        let text = part.repeat(length / part.len());
        let begin = Instant::now();
        let masked = mask(&text);
        let time = begin.elapsed();
        assert_eq!(mask(&masked), masked);
        time
    };
    let (short, long) = (time(8 * 1024), time(64 * 1024));
    assert!(long < Duration::from_secs(1) || long < 24 * short, "{short:?}, {long:?}");
}
