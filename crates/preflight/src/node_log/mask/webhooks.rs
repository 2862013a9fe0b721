//! Webhooks whose path is the secret.

use std::ops::Range;

/// The hosts of webhooks, and the beginning of the path before the secret. A host can have subdomains.
const WEBHOOKS: [(&str, &str); 13] = [
    ("hooks.slack.com", "/services/"),
    ("hooks.slack.com", "/workflows/"),
    ("hooks.slack.com", "/triggers/"),
    ("hooks.slack-gov.com", "/services/"),
    ("discord.com", "/api/webhooks/"),
    ("discordapp.com", "/api/webhooks/"),
    ("webhook.office.com", "/webhookb2/"),
    ("outlook.office.com", "/webhook/"),
    ("outlook.office365.com", "/webhook/"),
    ("hooks.zapier.com", "/hooks/"),
    ("api.telegram.org", "/bot"),
    ("events.pagerduty.com", "/integration/"),
    ("hc-ping.com", "/"),
];

/// Paths of webhooks on any host, such as of Mattermost and Rocket.Chat.
const PATHS: [&str; 3] = ["/hooks/", "/webhooks/", "/webhook/"];

/// The shortest secret in a path on any host.
const LENGTH: usize = 16;

/// The secret in an address without its scheme and its user information, if the host is known.
pub(super) fn secret_path(address: &str) -> Option<Range<usize>> {
    let (host, path) = address.split_at(address.find('/')?);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let (_, start) = WEBHOOKS.iter().find(|(name, start)| path.starts_with(start) && is_host(host, name))?;
    secret(address, address.len() - path.len() + start.len(), 1)
}

/// The same for the paths that webhooks usually have.
pub(super) fn secret_path_of_any_host(address: &str) -> Option<Range<usize>> {
    let start = PATHS.iter().filter_map(|start| Some(address.find(start)? + start.len())).min()?;
    secret(address, start, LENGTH)
}

/// The rest of the address, without the punctuation of a sentence.
fn secret(address: &str, start: usize, minimum: usize) -> Option<Range<usize>> {
    let end = address.trim_end_matches([':', '.', ',', ';', ')']).len();
    (end >= start + minimum).then_some(start..end)
}

fn is_host(host: &str, name: &str) -> bool {
    let split = host.len().checked_sub(name.len()).and_then(|length| host.split_at_checked(length));
    split.is_some_and(|(subdomain, end)| {
        end.eq_ignore_ascii_case(name) && (subdomain.is_empty() || subdomain.ends_with('.'))
    })
}
