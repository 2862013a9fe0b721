//! Tokens that begin with the prefix of a service, as documented by the service.

use std::borrow::Cow;

use super::{Edits, MASK};

/// The prefix of a token, and the minimum number of characters after it. Prefixes that are also words require more.
struct Prefix(&'static str, usize);

const PREFIXES: [Prefix; 84] = [
    // GitHub
    Prefix("ghp_", 10),
    Prefix("gho_", 10),
    Prefix("ghu_", 10),
    Prefix("ghs_", 10),
    Prefix("ghr_", 10),
    Prefix("github_pat_", 10),
    // GitLab
    Prefix("glpat-", 10),
    Prefix("gloas-", 10),
    Prefix("gldt-", 10),
    Prefix("glrt-", 10),
    Prefix("glrtr-", 10),
    Prefix("glcbt-", 10),
    Prefix("glptt-", 10),
    Prefix("glft-", 10),
    Prefix("glimt-", 10),
    Prefix("glagent-", 10),
    Prefix("glwt-", 10),
    Prefix("glsoat-", 10),
    Prefix("glffct-", 10),
    Prefix("GR1348941", 10),
    // Slack
    Prefix("xoxb-", 8),
    Prefix("xoxp-", 8),
    Prefix("xoxa-", 8),
    Prefix("xoxr-", 8),
    Prefix("xoxs-", 8),
    Prefix("xoxe-", 8),
    Prefix("xoxe.xox", 8),
    Prefix("xapp-", 8),
    Prefix("xwfp-", 8),
    // Stripe, before OpenAI
    Prefix("sk_live_", 10),
    Prefix("sk_test_", 10),
    Prefix("rk_live_", 10),
    Prefix("rk_test_", 10),
    Prefix("whsec_", 16),
    // OpenAI, Anthropic, and others
    Prefix("sk-", 20),
    Prefix("gsk_", 20),
    Prefix("xai-", 20),
    Prefix("pplx-", 20),
    Prefix("r8_", 20),
    // Hugging Face, NVIDIA NGC, and Weights & Biases
    Prefix("hf_", 20),
    Prefix("nvapi-", 10),
    Prefix("wandb_v1_", 10),
    // Package registries
    Prefix("npm_", 20),
    Prefix("pypi-", 20),
    Prefix("rubygems_", 20),
    Prefix("dckr_pat_", 10),
    Prefix("dckr_oat_", 10),
    Prefix("AKCp", 20),
    // HashiCorp Vault
    Prefix("hvs.", 10),
    Prefix("hvb.", 10),
    Prefix("hvr.", 10),
    // Google
    Prefix("AIza", 20),
    Prefix("ya29.", 10),
    Prefix("GOCSPX-", 10),
    // Amazon Bedrock
    Prefix("ABSKQmVkcm9ja0FQSUtleS", 10),
    Prefix("bedrock-api-key-", 16),
    // Datadog, Grafana, New Relic, Sentry, and PagerDuty
    Prefix("ddpat_", 10),
    Prefix("ddsat_", 10),
    Prefix("ddapp_", 10),
    Prefix("ddap_", 10),
    Prefix("glsa_", 10),
    Prefix("glc_", 20),
    Prefix("NRAK-", 10),
    Prefix("sntrys_", 10),
    Prefix("sntryu_", 10),
    // DigitalOcean, Databricks, Cloudflare, Tailscale, Doppler, Pulumi, 1Password, and age
    Prefix("dop_v1_", 10),
    Prefix("doo_v1_", 10),
    Prefix("dor_v1_", 10),
    Prefix("dapi", 32),
    Prefix("tskey-", 10),
    Prefix("dp.st.", 10),
    Prefix("dp.pt.", 10),
    Prefix("dp.sa.", 10),
    Prefix("pul-", 40),
    Prefix("ops_eyJ", 10),
    Prefix("AGE-SECRET-KEY-1", 10),
    // CircleCI, Buildkite, Atlassian, Linear, Shopify, SendGrid, and Postman
    Prefix("CCIPAT_", 10),
    Prefix("bkua_", 10),
    Prefix("ATATT3", 20),
    Prefix("lin_api_", 10),
    Prefix("shpat_", 10),
    Prefix("shpss_", 10),
    Prefix("SG.", 30),
    Prefix("PMAK-", 10),
];

/// What a token of HCP Terraform contains after its ID.
const HCP_TERRAFORM: &str = ".atlasv1.";

/// The prefix remains: it shows which service the token is for.
pub(super) fn prefixes(line: &str) -> Cow<'_, str> {
    let (mut edits, mut at) = (Edits::new(line), 0);
    let bytes = line.as_bytes();
    while at < bytes.len() {
        if bytes[at].is_ascii_alphanumeric()
            && is_boundary(bytes, at)
            && let Some((secret, end)) = token(line, at)
        {
            edits.replace(secret, end, MASK);
            at = end;
        } else {
            at += 1;
        }
    }
    edits.finish()
}

/// The secret of the token that begins at the position.
fn token(line: &str, at: usize) -> Option<(usize, usize)> {
    let text = line.get(at..)?;
    if let Some(Prefix(prefix, minimum)) = PREFIXES.iter().find(|Prefix(prefix, _)| text.starts_with(prefix)) {
        let start = at + prefix.len();
        // A name of a variable or of a file has other parts after `hf_` and `npm_`.
        let is_part = prefix.ends_with('_') && *minimum >= 20;
        let is_other = |byte: &u8| !is_token(*byte) || is_part && *byte == b'_';
        let length = token_length(&line.as_bytes()[start..], is_other);
        return (length >= *minimum).then_some((start, start + length));
    }
    // The ID has 14 characters.
    let start = at + 14 + HCP_TERRAFORM.len();
    let id = text.get(..14).filter(|_| line.get(at + 14..start) == Some(HCP_TERRAFORM))?;
    let length = token_length(&line.as_bytes()[start..], |byte| !is_token(*byte));
    (id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && length > 0).then_some((start, start + length))
}

/// The length without the punctuation of a sentence.
fn token_length(bytes: &[u8], is_other: impl Fn(&u8) -> bool) -> usize {
    let length = bytes.iter().position(is_other).unwrap_or(bytes.len());
    let punctuation = bytes[..length].iter().rev().take_while(|byte| matches!(byte, b'.' | b'=')).count();
    length - punctuation
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+' | b'/' | b'~')
}

/// Whether a word begins at the position. Escapes, such as `\n`, `%3D`, and `\u003d`, are not a part of the word.
fn is_boundary(bytes: &[u8], at: usize) -> bool {
    let before = |count: usize| at.checked_sub(count).map(|start| &bytes[start..at]);
    let is_escape = |count: usize, start: &[u8]| before(count).is_some_and(|text| text.starts_with(start));
    at == 0
        || !bytes[at - 1].is_ascii_alphanumeric()
        || is_escape(2, b"\\")
        || is_escape(3, b"%")
        || is_escape(4, b"\\x")
        || is_escape(6, b"\\u")
}
