//! The golden cases of the edit, byte for byte.

use super::*;

#[path = "../../../../tests/support/aws_auth_texts.rs"]
mod texts;

use texts::{COMMENTED, CRLF, JSON, OF_EKS, P, PATHS, QUOTED, TABS};

fn entry(name: &str, username: &str, groups: &[&str]) -> Entry {
    Entry {
        arn: format!("{P}{name}"),
        username: username.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn inserted(text: &str, name: &str, username: &str, groups: &[&str]) -> Result<String, Refusal> {
    insert(text, Mapping::Roles, &entry(name, username, groups))
}

fn updated(text: &str, name: &str, username: &str, groups: &[&str]) -> Result<String, Refusal> {
    update(text, Mapping::Roles, &entry(name, username, groups))
}

fn removed(text: &str, name: &str) -> Result<String, Refusal> {
    remove(text, Mapping::Roles, &format!("{P}{name}"))
}

#[test]
fn an_entry_is_appended_in_the_form_of_eks() {
    let after = "- groups:
  - ops-admins
  - ops-viewers
  rolearn: arn:aws:iam::111122223333:role/ops
  username: ops:{{SessionName}}
";
    let edited = inserted(OF_EKS, "ops", "ops:{{SessionName}}", &["ops-admins", "ops-viewers"]).unwrap();
    assert_eq!(edited, format!("{OF_EKS}{after}"));
    assert_eq!(removed(&edited, "ops").unwrap(), OF_EKS);
}

#[test]
fn an_update_moves_no_comment_no_spelling_and_no_foreign_field() {
    let before = COMMENTED;
    let after = before
        .replace("username: dev ", "username: developer ")
        .replace("- dev-temp      # until 2031", "- dev-writers");
    assert_eq!(updated(before, "Dev", "developer", &["dev-readers", "dev-writers"]).unwrap(), after);
    assert_eq!(updated(before, "dev", "dev", &["dev-temp", "dev-readers"]).unwrap(), before);
    let in_braces =
        before.replace("username: ci, groups: [ci-deployers]", "username: \"ci\\\"x\", groups: [\"a\", \"b\"]");
    assert_eq!(updated(before, "ci", "ci\"x", &["a", "b"]).unwrap(), in_braces);
}

#[test]
fn line_ends_stay() {
    let before = CRLF;
    let kept = "- rolearn: arn:aws:iam::111122223333:role/keep\r\n  username: keep\r\n  groups: [g2]\r\n";
    assert_eq!(removed(before, "old").unwrap(), kept);
    let new = "- groups:\r\n  - g3\r\n  rolearn: arn:aws:iam::111122223333:role/new\r\n  username: new\r\n";
    assert_eq!(inserted(before, "new", "new", &["g3"]).unwrap(), format!("{before}{new}"));
}

#[test]
fn json_stays_json() {
    let a = r#"{"rolearn":"arn:aws:iam::111122223333:role/a","username":"a","groups":["g1"]}"#;
    let b = r#"{"rolearn":"arn:aws:iam::111122223333:role/b","username":"b","groups":[]}"#;
    let c = r#"{"groups": ["system:bootstrappers", "system:nodes"], "rolearn": "arn:aws:iam::111122223333:role/c", "username": "system:node:{{SessionName}}"}"#;
    assert_eq!(JSON, format!("[{a},\n {b}]"));
    let edited = inserted(JSON, "c", "system:node:{{SessionName}}", &["system:bootstrappers", "system:nodes"]);
    assert_eq!(edited.unwrap(), format!("[{a},\n {b}, {c}]"));
    assert_eq!(removed(JSON, "a").unwrap(), format!("[{b}]"));
    assert_eq!(removed(JSON, "b").unwrap(), format!("[{a}]"));
    assert_eq!(removed(&format!("[{a}]"), "a").unwrap(), "[]");
}

#[test]
fn last_duplicate_takes_effect_and_edits_are_rejected() {
    let before = "- rolearn: arn:aws:iam::111122223333:role/Admin
  username: admin
  groups:
  - system:masters
- rolearn: arn:aws:iam::111122223333:role/admin
  username: viewer
  groups:
  - viewers
";
    let listing = Listing::read(before, Mapping::Roles).unwrap();
    let arn = format!("{P}Admin");
    let effective = listing.of(&arn).last().unwrap();
    assert_eq!(
        (effective.position, effective.username.as_str(), effective.groups.as_slice()),
        (2, "viewer", &["viewers".to_owned()][..])
    );
    let positions = vec![1, 2];
    assert_eq!(
        inserted(before, "Admin", "a", &[]),
        Err(Refusal::Exists { arn: arn.clone(), positions: positions.clone() })
    );
    let duplicate = Err(Refusal::Duplicate { arn, positions });
    assert_eq!(updated(before, "Admin", "a", &[]), duplicate);
    assert_eq!(removed(before, "Admin"), duplicate);
}

#[test]
fn an_entry_with_a_path_is_another_one() {
    let before = PATHS;
    let after = format!("{before}- groups:\n  - apps\n  rolearn: {P}app\n  username: app\n");
    assert_eq!(inserted(before, "app", "app", &["apps"]).unwrap(), after);
}

#[test]
fn unparsable_map_is_rejected() {
    let texts = [
        "- rolearn: arn:aws:iam::111122223333:role/a\n\tusername: u\n\tgroups:\n\t- g\n",
        "- groups:\n- system:bootstrappers\n- system:nodes\nrolearn: arn:aws:iam::111122223333:role/a\nusername: system:node:{{SessionName}}\n",
        "[{rolearn: arn:aws:iam::111122223333:role/a, username: system:node:{{EC2PrivateDNSName}}, groups: [g]}]\n",
        "- rolearn: arn:aws:iam::111122223333:role/a\n  username: {{SessionName}}\n  groups: [g]\n",
        "%YAML 1.2\n---\n- rolearn: a\n",
        "- rolearn: a\0\n",
        "- rolearn: \"a\\/b\"\n",
        "- x: .inf\n",
    ];
    for text in texts {
        let refusal = inserted(text, "new", "newuser", &["g"]).unwrap_err();
        assert!(matches!(refusal, Refusal::Unparsable { .. }), "{text:?}: {refusal:?}");
    }
    let map = "rolearn: arn:aws:iam::111122223333:role/a\nusername: u\ngroups: [g]\n";
    assert_eq!(inserted(map, "new", "newuser", &["g"]), Err(Refusal::NotAList));
    let two = "- rolearn: a\n---\n- rolearn: b\n";
    assert_eq!(inserted(two, "new", "newuser", &["g"]), Err(Refusal::SeveralDocuments));
}

#[test]
fn unusual_but_valid_map_is_edited() {
    let new = "- groups:\n  - g\n  rolearn: arn:aws:iam::111122223333:role/new\n  username: newuser\n";
    assert_eq!(inserted(TABS, "new", "newuser", &["g"]).unwrap(), format!("{TABS}{new}"));
    assert_eq!(inserted(&format!("{QUOTED}...\n"), "new", "newuser", &["g"]).unwrap(), format!("{QUOTED}{new}...\n"));
    let mark = format!("\u{feff}{OF_EKS}");
    assert_eq!(inserted(&mark, "new", "newuser", &["g"]).unwrap(), format!("{mark}{new}"));
    let open = OF_EKS.trim_end();
    assert_eq!(inserted(open, "new", "newuser", &["g"]).unwrap(), format!("{OF_EKS}{new}"));
}

#[test]
fn an_empty_list_gets_its_first_entry() {
    let new = "- groups:\n  - g\n  rolearn: arn:aws:iam::111122223333:role/new\n  username: newuser\n";
    let cases = [
        ("", new.to_owned()),
        (" \n", new.to_owned()),
        ("\"\"", new.to_owned()),
        ("[]", new.to_owned()),
        ("[]\n", new.to_owned()),
        ("null\n", new.to_owned()),
        ("[] # none\n", format!("{} # none\n", new.trim_end())),
        ("# none\n", format!("# none\n{new}")),
        ("# none", format!("# none\n{new}")),
        ("---\n", format!("---\n{new}")),
        ("--- []\n", format!("---\n{new}")),
        ("[]\n...\n", format!("{new}...\n")),
    ];
    for (before, after) in cases {
        assert_eq!(inserted(before, "new", "newuser", &["g"]), Ok(after), "{before:?}");
    }
}

#[test]
fn scalars_are_quoted_as_eks_prints_them() {
    assert_eq!(
        inserted("", "n", "n", &["1e3", "yes", "ok"]).unwrap(),
        "- groups:\n  - \"1e3\"\n  - \"yes\"\n  - ok\n  rolearn: arn:aws:iam::111122223333:role/n\n  username: \"n\"\n"
    );
    assert_eq!(
        inserted("", "s", "{{SessionName}}", &[]).unwrap(),
        "- groups: []\n  rolearn: arn:aws:iam::111122223333:role/s\n  username: '{{SessionName}}'\n"
    );
    for plain in
        ["system:node:{{EC2PrivateDNSName}}", "eks:kube-proxy-windows", "a,b", "user@corp", "x{y}", "-x", "a#b"]
    {
        assert_eq!(scalar::block(plain), plain);
    }
    for double in [
        "",
        "123",
        "012",
        "1_000",
        "1e3",
        "0x1f",
        ".5",
        "12:30:45",
        "2020-01-01",
        "true",
        "yes",
        "on",
        "y",
        "n",
        "null",
        "~",
        "<<",
    ] {
        assert_eq!(scalar::block(double), format!("\"{double}\""));
    }
    for single in [
        "{{SessionName}}",
        "[x]",
        "@x",
        "*x",
        "&x",
        "!x",
        "%x",
        "a: b",
        "a #b",
        "abc:",
        "- x",
        "? x",
        " x",
        "x ",
        "---",
    ] {
        assert_eq!(scalar::block(single), format!("'{single}'"));
    }
    let refusal = inserted("", "n", "a\nb", &[]).unwrap_err();
    assert_eq!(refusal, Refusal::Control { field: "username", text: "a\nb".into() });
}
#[test]
fn groups_change_line_by_line() {
    let before = OF_EKS;
    let node = "system:node:{{EC2PrivateDNSName}}";
    let with = |groups: &str| before.replace("  - system:bootstrappers\n  - system:nodes\n", groups);
    let cases: [(&[&str], String); 4] = [
        (&["system:nodes", "x"], with("  - system:nodes\n  - x\n")),
        (&["a", "b"], with("  - a\n  - b\n")),
        (&["system:bootstrappers"], with("  - system:bootstrappers\n")),
        (&[], before.replace("groups:\n  - system:bootstrappers\n  - system:nodes\n", "groups: []\n")),
    ];
    for (groups, after) in cases {
        assert_eq!(updated(before, "ng-a", node, groups), Ok(after), "{groups:?}");
    }
    let bare = "- rolearn: arn:aws:iam::111122223333:role/a\n  groups:\n";
    let both = "- rolearn: arn:aws:iam::111122223333:role/a\n  groups: [\"g\"]\n  username: u\n";
    assert_eq!(updated(bare, "a", "u", &["g"]).unwrap(), both);
}

#[test]
fn entry_with_yaml_anchor_is_not_removed() {
    let before = "- &a\n  rolearn: arn:aws:iam::111122223333:role/a\n  groups: [g]\n- <<: *a\n  rolearn: arn:aws:iam::111122223333:role/b\n- rolearn: arn:aws:iam::111122223333:role/c\n";
    let groups: Vec<_> =
        Listing::read(before, Mapping::Roles).unwrap().entries().iter().map(|found| found.groups.len()).collect();
    assert_eq!(groups, [1, 1, 0]);
    for name in ["a", "b"] {
        assert_eq!(removed(before, name), Err(Refusal::Shared { arn: format!("{P}{name}") }));
    }
    assert!(removed(before, "c").is_ok());
}
