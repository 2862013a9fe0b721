//! What the authenticator of EKS reads in `aws-auth`: its released module, from the Go module registry.

#[path = "../support/aws_auth_texts.rs"]
mod texts;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::aws_auth::{Entry, Listing, Mapping, Refusal, insert, remove, update};
use render::role_arn::without_path;
use serde_json::{Value as Json, json};

use self::texts::{COMMENTED, CRLF, JSON, OF_EKS, P, PATHS, QUOTED, TABS};

/// As many generated texts as one process reads.
const CASES: usize = 400;

/// ARN, user name and groups.
type Read = (String, String, Vec<String>);

/// Asks the authenticator, all in one process.
fn ask(requests: &[Json]) -> Vec<Json> {
    crate::program::ask("authenticator", requests)
}

/// What the authenticator makes of each text of roles.
fn read(texts: &[&str]) -> Vec<Vec<Read>> {
    let requests: Vec<_> = texts.iter().map(|text| json!({"data": {"mapRoles": text}})).collect();
    ask(&requests).iter().map(|answer| entries(&answer["roles"])).collect()
}

fn entries(list: &Json) -> Vec<Read> {
    serde_json::from_value::<Vec<Json>>(list.clone()).expect("a list").iter().map(entry_of).collect()
}

fn entry_of(value: &Json) -> Read {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let groups = value["groups"].as_array().into_iter().flatten().filter_map(Json::as_str);
    (text("arn"), text("username"), groups.map(str::to_owned).collect())
}

/// What we make of a text, without the entries that the authenticator drops.
fn listed(text: &str, mapping: Mapping) -> Result<Vec<Read>, Refusal> {
    let listing = Listing::read(text, mapping)?;
    let entries = listing.entries().iter();
    Ok(entries
        .filter_map(|found| {
            let arn = found.arn.clone().filter(|arn| !arn.is_empty())?;
            Some((arn, found.username.clone(), found.groups.clone()))
        })
        .collect())
}

fn entry(name: &str, username: &str, groups: &[&str]) -> Entry {
    Entry {
        arn: format!("{P}{name}"),
        username: username.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

/// An edit of the entry of this name.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Entry),
    Update(Entry),
    Remove(String),
}

impl Edit {
    fn make(&self, text: &str) -> Result<String, Refusal> {
        match self {
            Self::Insert(entry) => insert(text, Mapping::Roles, entry),
            Self::Update(entry) => update(text, Mapping::Roles, entry),
            Self::Remove(arn) => remove(text, Mapping::Roles, arn),
        }
    }

    /// What is read after it, from what was read before.
    fn of(&self, mut before: Vec<Read>) -> Vec<Read> {
        match self {
            Self::Insert(Entry { arn, username, groups }) => {
                before.push((arn.clone(), username.clone(), groups.clone()));
            }
            Self::Update(entry) => {
                for read in before.iter_mut().filter(|read| read.0.eq_ignore_ascii_case(&entry.arn)) {
                    (read.1, read.2) = (entry.username.clone(), entry.groups.clone());
                }
            }
            Self::Remove(arn) => before.retain(|read| !read.0.eq_ignore_ascii_case(arn)),
        }
        before
    }
}

/// Groups have no order.
fn unordered(read: Vec<Read>) -> Vec<(String, String, BTreeSet<String>)> {
    read.into_iter().map(|(arn, username, groups)| (arn, username, groups.into_iter().collect())).collect()
}

/// The authenticator reads each edited text as the old one with this edit alone, and every text as we do.
#[track_caller]
fn assert_read_as_intended(cases: &[(String, Edit)], generated: bool) {
    let mut done = Vec::new();
    for (before, edit) in cases {
        match edit.make(before) {
            Ok(after) => done.push((before.as_str(), edit, after)),
            Err(Refusal::Exists { .. } | Refusal::Absent { .. } | Refusal::Duplicate { .. }) => {}
            // A layout in which this entry is not edited for certain.
            Err(Refusal::Unsupported { .. } | Refusal::Unproven) if generated => {}
            Err(refusal) => panic!("{edit:?}: {refusal} in\n{before}"),
        }
    }
    assert!(done.len() * 3 > cases.len(), "too few edits are possible: {} of {}", done.len(), cases.len());
    let texts: Vec<_> = done.iter().flat_map(|(before, _, after)| [*before, after.as_str()]).collect();
    let read = read(&texts);
    for (text, read) in texts.iter().zip(&read) {
        assert_eq!(listed(text, Mapping::Roles).as_ref(), Ok(read), "{text}");
    }
    for ((before, edit, after), read) in done.iter().zip(read.chunks(2)) {
        let wanted = edit.of(read[0].clone());
        assert_eq!(unordered(read[1].clone()), unordered(wanted), "{edit:?} of\n{before}\nis\n{after}");
    }
}

#[test]
fn golden_edits_are_read_as_intended() {
    let all = |name: &str| Edit::Remove(format!("{P}{name}"));
    let add = |name: &str, username: &str, groups: &[&str]| Edit::Insert(entry(name, username, groups));
    let quoted = format!("{QUOTED}...\n");
    let cases = [
        (OF_EKS, add("ops", "ops:{{SessionName}}", &["ops-admins", "ops-viewers"])),
        (OF_EKS, all("ng-a")),
        (COMMENTED, Edit::Update(entry("Dev", "developer", &["dev-readers", "dev-writers"]))),
        (COMMENTED, all("dev")),
        (COMMENTED, all("ci")),
        (COMMENTED, Edit::Update(entry("ci", "ci\"x", &["a", "'b'"]))),
        (CRLF, all("old")),
        (CRLF, add("new", "new", &["g3"])),
        (JSON, add("c", "system:node:{{SessionName}}", &["system:bootstrappers", "system:nodes"])),
        (JSON, all("a")),
        (JSON, all("b")),
        (PATHS, add("app", "app", &["apps"])),
        (TABS, add("new", "newuser", &["g"])),
        (quoted.as_str(), add("new", "newuser", &["g"])),
        ("", add("n", "n", &["1e3", "yes", "ok"])),
        ("", add("s", "{{SessionName}}", &[])),
        ("[] # none\n", add("s", "{{SessionName}}", &["a: b", " x", "#"])),
    ];
    assert_read_as_intended(&cases.map(|(before, edit)| (before.to_owned(), edit)), false);
}

#[test]
fn callers_get_what_their_entry_says() {
    let with_path = format!("{P}teams/dev/ops");
    let arn = without_path(&with_path).expect("a role");
    let added = entry("ops", "ops:{{SessionName}}", &["ops"]);
    assert_eq!(arn, added.arn);
    let text = insert(PATHS, Mapping::Roles, &added).expect("it is added");
    let user = "arn:aws:iam::111122223333:user/ci/deployer";
    let deployer = Entry { arn: user.to_owned(), username: "deployer".to_owned(), groups: Vec::new() };
    let users = insert("", Mapping::Users, &deployer).expect("it is added");
    let session = |name: &str| format!("arn:aws:sts::111122223333:assumed-role/{name}/jane");
    let answer = ask(&[json!({
        "data": {"mapRoles": text, "mapUsers": users},
        "callers": [session("ops"), session("OPS"), user, session("app"), session("other")],
    })])
    .remove(0);
    assert_eq!(answer["error"], Json::Null);
    let mapped = |index: usize| entry_of(&answer["mapped"][index]);
    let expected = (added.arn.clone(), added.username, added.groups);
    assert_eq!((mapped(0), mapped(1)), (expected.clone(), expected));
    assert_eq!(mapped(2), (user.to_owned(), "deployer".to_owned(), Vec::new()));
    assert_eq!(answer["mapped"][3], Json::Null, "an entry with a path never matches");
    assert_eq!(answer["mapped"][4], Json::Null);
    assert_eq!(listed(&users, Mapping::Users), Ok(entries(&answer["users"])));
}

#[test]
fn authenticator_grants_no_access_from_unreadable_map() {
    let unreadable = [
        "- rolearn: arn:aws:iam::111122223333:role/a\n\tusername: u\n\tgroups:\n\t- g\n",
        "- groups:\n- system:bootstrappers\nrolearn: arn:aws:iam::111122223333:role/a\nusername: u\n",
        "[{rolearn: arn:aws:iam::111122223333:role/a, username: system:node:{{EC2PrivateDNSName}}, groups: [g]}]\n",
        "- rolearn: arn:aws:iam::111122223333:role/a\n  username: {{SessionName}}\n  groups: [g]\n",
        "rolearn: arn:aws:iam::111122223333:role/a\nusername: u\ngroups: [g]\n",
        "%YAML 1.2\n---\n- rolearn: a\n",
        "- rolearn: \"a\n",
        "just text",
    ];
    let empty = ["", " \n", "\"\"", "''", "# none\n", "null\n", "[]", "---\n"];
    let answers =
        ask(&unreadable.iter().chain(&empty).map(|text| json!({"data": {"mapRoles": text}})).collect::<Vec<_>>());
    let (broken, fine) = answers.split_at(unreadable.len());
    for (text, answer) in unreadable.iter().zip(broken) {
        let refusal = Listing::read(text, Mapping::Roles).err();
        assert!(matches!(refusal, Some(Refusal::Unparsable { .. } | Refusal::NotAList)), "{text:?}: {refusal:?}");
        assert!(answer["error"].is_string() && answer["roles"] == json!([]), "{text:?}: {answer}");
    }
    for (text, answer) in empty.iter().zip(fine) {
        assert_eq!(listed(text, Mapping::Roles), Ok(Vec::new()), "{text:?}");
        assert!(answer["error"].is_null() && answer["roles"] == json!([]), "{text:?}: {answer}");
    }
}

const NAMES: [&str; 6] = ["alpha", "beta", "Gamma", "delta-1", "e+f@x", "zeta_"];
const WORDS: [&str; 10] = [
    "ops",
    "ops:{{SessionName}}",
    "system:node:{{EC2PrivateDNSName}}",
    "yes",
    "123",
    "a b",
    "{{AccountID}}",
    "x#y",
    "- z",
    "é",
];

fn wanted() -> impl Strategy<Value = Entry> {
    let groups = subsequence(&WORDS[..], 0..4);
    (select(&NAMES[..]), select(&WORDS[..]), groups).prop_map(|(name, username, groups)| entry(name, username, &groups))
}

/// An entry in one of the ways in which people and tools write them, indented by so much.
fn written(number: usize, style: usize, indent: &str) -> String {
    let (arn, name) = (format!("{P}{}", NAMES[number]), NAMES[number].len());
    let lines: Vec<String> = match style {
        0 => vec![
            "- groups:".into(),
            "  - a".into(),
            "  - b".into(),
            format!("  rolearn: {arn}"),
            "  username: u".into(),
        ],
        1 => vec![
            format!("-   rolearn: \"{arn}\" # {name}"),
            "    username: 'it''s'".into(),
            "    # inside".into(),
            "    groups:".into(),
            "      - a # first".into(),
            "      - \"b\\tc\"".into(),
        ],
        2 => vec![format!(
            "- {{rolearn: '{arn}', username: \"u\", groups: [a, 'b', c], owner: [x, {{inner: z}}]}} # end"
        )],
        3 => vec![format!("- {{\"groups\":[],\"rolearn\":\"{arn}\",\"username\":\"u:{{{{SessionName}}}}\"}}")],
        4 => vec![
            format!("- RoleARN: {arn}"),
            "  UserName: first".into(),
            "  username: last".into(),
            "  extra:".into(),
            "    deep: [1, 2]".into(),
        ],
        5 => vec![format!("- rolearn: {arn}"), "  username: 123".into(), "  groups: [yes, x, 1.5]".into()],
        6 => vec![
            "-".into(),
            format!("  rolearn: {arn}"),
            String::new(),
            "  username: >-".into(),
            "    folded".into(),
            "    text".into(),
            "  groups: solo".into(),
        ],
        _ => vec![format!("- rolearn: {arn}"), "  username: ~".into(), "  groups:".into()],
    };
    lines.iter().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") }).collect()
}

fn texts() -> impl Strategy<Value = String> {
    let items = subsequence((0..NAMES.len()).collect::<Vec<_>>(), 1..5).prop_shuffle();
    let comment = prop_oneof![Just(""), Just("# comment\n"), Just("---\n"), Just("\n")];
    (items, vec(0..8_usize, 6), select(&["", "  ", "    "][..]), comment, any::<bool>(), any::<bool>()).prop_map(
        |(items, styles, indent, comment, windows, ended)| {
            let parts = items.iter().zip(styles).map(|(number, style)| written(*number, style, indent));
            let mut text = format!("{comment}{}", parts.collect::<String>());
            if !ended {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if windows { text.replace('\n', "\r\n") } else { text }
        },
    )
}

#[test]
fn generated_edits_are_read_as_intended() {
    let edits = prop_oneof![
        wanted().prop_map(Edit::Insert),
        wanted().prop_map(Edit::Update),
        select(&NAMES[..]).prop_map(|name| Edit::Remove(format!("{P}{name}"))),
    ];
    let cases = (texts(), edits);
    let mut runner = TestRunner::deterministic();
    let cases: Vec<_> = (0..CASES).map(|_| cases.new_tree(&mut runner).expect("a case").current()).collect();
    assert_read_as_intended(&cases, true);
}
