//! Tokens with the prefix of a service, and webhooks.

use rstest::rstest;

use super::mask;

/// What follows the prefix of a token.
const SECRET: &str = "Ab0cD1eF2gH3iJ4kL5mN6oP7qR8sT9uV0wX1";

#[rstest]
fn token_of_a_service_is_masked_without_a_name(
    #[values(
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "gldt-",
        "glrt-",
        "glcbt-",
        "glptt-",
        "glft-",
        "glimt-",
        "glagent-",
        "glsoat-",
        "gloas-",
        "glwt-",
        "glffct-",
        "xoxb-",
        "xoxp-",
        "xoxa-",
        "xoxr-",
        "xoxe-",
        "xapp-",
        "sk-",
        "sk-proj-",
        "sk-ant-api03-",
        "npm_",
        "pypi-",
        "hf_",
        "nvapi-",
        "dckr_pat_",
        "hvs.",
        "AIza",
        "sk_live_",
        "rk_test_",
        "whsec_",
        "ddpat_",
        "ddsat_",
        "ddapp_",
        "glsa_",
        "dop_v1_",
        "tskey-auth-"
    )]
    prefix: &str,
) {
    let befores = ["", "got ", "x=", "x: \"", "a\\n", "u%3D", "u\\u003d", "(", "https://example.com/"];
    for before in befores {
        for after in ["", " next", ".", "\", y", "\\nnext", ")", "&y=1"] {
            let masked = mask(&format!("{before}{prefix}{SECRET}{after}"));
            assert!(!masked.contains("Ab0cD1eF2g"), "{masked}");
            assert!(masked.starts_with(&format!("{before}{}", &prefix[..2])), "{masked}");
            assert!(masked.ends_with(after), "{masked}");
            assert_eq!(mask(&masked), masked);
        }
    }
}

#[rstest]
#[case("push ghp_0123456789abcdef failed", "push ghp_*** failed")]
#[case("id Ab0cD1eF2gH3iJ.atlasv1.Ab0cD1eF2gH3iJ4kL5mN6oP7 x", "id Ab0cD1eF2gH3iJ.atlasv1.*** x")]
#[case("login with glpat-Ab0c_D1eF2g-H3iJ4kL.01.0z1abc23.", "login with glpat-***.")]
fn prefix_remains(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
}

#[rstest]
#[case("/dev/disk-by-id-and-partition-label-of-root is a block device")]
#[case("task-definition-of-the-agent-with-a-long-name started")]
#[case("npm_config_registry_of_the_internal_mirror npm_lifecycle_event hf_hub_download_timeout_seconds")]
#[case("pypi-mirror.example.com: 200, sk-learn, hvs. and xapp-")]
#[case("Started pul-system.service, SG.x, dapi-server")]
fn word_like_a_prefix_is_not_masked(#[case] text: &str) {
    assert_eq!(mask(text), text);
}

#[rstest]
#[case("POST https://hooks.slack.com/services/T0/B0/abc: 404", "POST https://hooks.slack.com/services/***: 404")]
#[case("https://hooks.slack.com/workflows/T0/A0/1/x", "https://hooks.slack.com/workflows/***")]
#[case("URL=x.webhook.office.com/webhookb2/1@2/Inc/3", "URL=x.webhook.office.com/webhookb2/***")]
#[case("hooks.slack.com/services/T0/B0/abc failed", "hooks.slack.com/services/*** failed")]
#[case("curl: \"https://discord.com/api/webhooks/1/ab\"", "curl: \"https://discord.com/api/webhooks/***\"")]
#[case("https://ptb.discord.com/api/webhooks/1/ab", "https://ptb.discord.com/api/webhooks/***")]
#[case("https://discordapp.com/api/webhooks/1/ab?wait=1", "https://discordapp.com/api/webhooks/***")]
#[case("https://x.webhook.office.com/webhookb2/1@2/Inc/3", "https://x.webhook.office.com/webhookb2/***")]
#[case("https://x.webhook.office.com/webhookb2/1/Inc/3", "https://x.webhook.office.com/webhookb2/***")]
#[case("https://a:b@hooks.slack.com/services/T0/B0/c", "https://***@hooks.slack.com/services/***")]
#[case("https://api.telegram.org/bot1:AA/sendMessage", "https://api.telegram.org/bot***")]
#[case("https://chat.example.com/hooks/abcdefghijklmnop", "https://chat.example.com/hooks/***")]
fn path_of_a_webhook_is_masked(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
}

#[rstest]
#[case("failed calling webhook \"mpod.elbv2.k8s.aws\": Post \"https://webhook.kube-system.svc:443/mutate\": refused")]
#[case("https://example.com/docs/webhooks/start and https://hooks.example.com/a/b")]
#[case("/usr/share/hooks/post-installation-of-the-agent: No such file or directory")]
fn other_address_stays_readable(#[case] text: &str) {
    assert_eq!(mask(text), text);
}
