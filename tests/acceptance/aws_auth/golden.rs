//! The edits byte for byte, through Terraform, the provider and the API server.

use super::texts::{COMMENTED, CRLF, JSON, OF_EKS, P, PATHS, QUOTED, TABS};
use super::{Auth, entry};
use crate::support::cli::Cli;

impl Auth {
    fn mapped(&self, name: &str, username: &str, groups: &[&str], more: &str) {
        self.configure(&format!(
            "  role_arn = \"{P}{name}\"\n  username = \"{username}\"\n  groups = {groups:?}\n{more}"
        ));
    }
}

/// A text before, the entry that is created, and the text after.
type Creation<'t> = (&'t str, (&'t str, &'t str, &'t [&'t str]), String);

/// A text before, name and groups of the entry that is removed, and the text after.
type Removal<'t> = (&'t str, (&'t str, &'t [&'t str]), String);

#[test]
fn entries_are_added() {
    let auth = Auth::new(Cli::OnPath);
    let new = entry("new", "newuser", &["g"]);
    let open = JSON.trim_end_matches(']');
    let json = format!(
        "{open}, {{\"groups\": [\"system:bootstrappers\", \"system:nodes\"], \"rolearn\": \"{P}c\", \"username\": \"system:node:{{{{SessionName}}}}\"}}]"
    );
    let cases: [Creation; 8] = [
        (
            OF_EKS,
            ("ops", "ops:{{SessionName}}", &["ops-admins", "ops-viewers"]),
            format!("{OF_EKS}{}", entry("ops", "ops:{{SessionName}}", &["ops-admins", "ops-viewers"])),
        ),
        (CRLF, ("new", "new", &["g3"]), format!("{CRLF}{}", entry("new", "new", &["g3"]).replace('\n', "\r\n"))),
        (JSON, ("c", "system:node:{{SessionName}}", &["system:bootstrappers", "system:nodes"]), json),
        (PATHS, ("teams/dev/app", "app", &["apps"]), format!("{PATHS}{}", entry("app", "app", &["apps"]))),
        (TABS, ("new", "newuser", &["g"]), format!("{TABS}{new}")),
        (&format!("{QUOTED}...\n"), ("new", "newuser", &["g"]), format!("{QUOTED}{new}...\n")),
        ("", ("n", "n", &["1e3", "ok", "yes"]), entry("n", "\"n\"", &["\"1e3\"", "ok", "\"yes\""])),
        (
            "",
            ("s", "{{SessionName}}", &[]),
            format!("- groups: []\n  rolearn: {P}s\n  username: '{{{{SessionName}}}}'\n"),
        ),
    ];
    for (before, (name, username, groups), after) in cases {
        auth.put_roles(before);
        auth.mapped(name, username, groups, "");
        auth.workspace.apply().success();
        assert_eq!(auth.roles(), after, "{before:?}");
        auth.forget();
    }
}

#[test]
fn entries_are_changed_and_removed() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(COMMENTED);
    // The spelling of the ARN in the entry stays, whatever the configuration has.
    auth.mapped("Dev", "developer", &["dev-readers", "dev-writers"], "  adopt = true");
    auth.workspace.apply().success();
    let after = COMMENTED
        .replace("username: dev ", "username: developer ")
        .replace("- dev-temp      # until 2031", "- dev-writers");
    assert_eq!(auth.roles(), after);
    auth.workspace.plan().assert_no_changes();
    auth.forget();

    let kept = &CRLF[CRLF.rfind("- rolearn").expect("two entries")..];
    let (a, b) = JSON.trim_end_matches(']').split_once(",\n ").expect("two entries");
    let cases: [Removal; 3] = [
        (CRLF, ("old", &["g1"]), kept.to_owned()),
        (JSON, ("a", &["g1"]), format!("[{b}]")),
        (JSON, ("b", &[]), format!("{a}]")),
    ];
    for (before, (name, groups), after) in cases {
        auth.put_roles(before);
        let version = |auth: &Auth| auth.map()["metadata"]["resourceVersion"].clone();
        let read = version(&auth);
        auth.mapped(name, name, groups, "  adopt = true");
        auth.workspace.apply().success();
        assert_eq!(version(&auth), read, "an entry that is right already is not written");
        auth.workspace.destroy().success();
        assert_eq!(auth.roles(), after, "{before:?}");
    }
}

#[test]
fn unparsable_map_roles_is_rejected_unchanged() {
    let auth = Auth::new(Cli::OnPath);
    auth.mapped("new", "newuser", &["g"], "");
    let texts = [
        ("- rolearn: arn:aws:iam::111122223333:role/a\n\tusername: u\n\tgroups:\n\t- g\n", "is not valid YAML"),
        (
            "- groups:\n- system:bootstrappers\n- system:nodes\nrolearn: arn:aws:iam::111122223333:role/a\n",
            "is not valid YAML",
        ),
        (
            "[{rolearn: arn:aws:iam::111122223333:role/a, username: system:node:{{EC2PrivateDNSName}}, groups: [g]}]\n",
            "is not valid YAML",
        ),
        ("- rolearn: arn:aws:iam::111122223333:role/a\n  username: {{SessionName}}\n", "is not valid YAML"),
        ("rolearn: arn:aws:iam::111122223333:role/a\nusername: u\ngroups: [g]\n", "is not a list of entries"),
    ];
    for (text, reason) in texts {
        auth.put_roles(text);
        // The plan only warns, because terraform destroy makes the same plan first.
        let warnings = auth.workspace.plan().warnings();
        assert!(warnings.iter().any(|warning| warning.detail.contains(reason)), "{warnings:?}");
        let error = auth.workspace.apply_plan().only_error();
        assert!(
            error.detail.contains(reason) && error.detail.contains("no principal in this list can authenticate"),
            "{error:?}"
        );
        assert_eq!(auth.roles(), text);
    }
}
