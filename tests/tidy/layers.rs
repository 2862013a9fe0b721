//! `wire → framework ← resources → clients → preflight → render`: who may name what.

use crate::assert_none;
use crate::source::{Source, code, files};

/// A folder of `src`, and what it may name of the other folders and the layers that are crates.
const LAYERS: [(&str, &[&str]); 5] = [
    ("resources", &["framework", "clients", "preflight", "render"]),
    ("data_sources", &["framework", "clients", "preflight", "render"]),
    ("ephemeral", &["framework", "clients", "preflight", "render"]),
    ("actions", &["framework", "clients", "preflight", "render"]),
    ("functions", &["framework", "render"]),
];

/// A layer that is a crate, and the layers on which its manifest may make it depend.
const CRATES: [(&str, &[&str]); 5] = [
    ("wire", &["framework"]),
    ("framework", &[]),
    ("clients", &["framework", "preflight", "render"]),
    ("preflight", &["framework", "render"]),
    ("render", &[]),
];

/// Folders with one folder for each noun.
const NOUNS: [&str; 4] = ["resources", "data_sources", "ephemeral", "actions"];

const PROTOCOL: [&str; 6] = ["tonic", "tonic_health", "tonic_prost", "tonic_types", "prost", "prost_types"];

const SOCKETS: [&[&str]; 6] =
    [&["std", "net"], &["std", "os", "unix", "net"], &["tokio", "net"], &["hyper"], &["rustls"], &["tokio_rustls"]];

/// What makes a result depend on more than the arguments.
const IMPURE: [&[&str]; 12] = [
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "process"],
    &["std", "io"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["jiff", "Timestamp", "now"],
    &["tokio"],
    &["futures"],
    &["rand"],
    &["uuid"],
];

/// Addresses are plain values, though their module also has sockets, and what is in memory is read, too.
const PURE: [&[&str]; 4] =
    [&["std", "io", "Read"], &["std", "net", "IpAddr"], &["std", "net", "Ipv4Addr"], &["std", "net", "Ipv6Addr"]];

fn findings(files: &[Source], is_wrong: impl Fn(&Source, &[String]) -> bool) -> Vec<String> {
    let in_file = |file: &Source| {
        let named = file.named().into_iter();
        let wrong =
            named.filter(|named| is_wrong(file, file.within_crate(named).as_deref().unwrap_or(&named.segments)));
        wrong.map(|named| format!("{}:{}: {}", file.path, named.line, named.segments.join("::"))).collect::<Vec<_>>()
    };
    files.iter().flat_map(in_file).collect()
}

fn starts_with(path: &[String], prefix: &[&str]) -> bool {
    path.len() >= prefix.len() && path.iter().zip(prefix).all(|(segment, expected)| segment == expected)
}

fn is_one_of(path: &[String], crates: &[&str]) -> bool {
    path.first().is_some_and(|first| crates.contains(&first.as_str()))
}

fn folder(file: &Source) -> &str {
    let path = file.path.strip_prefix("src/").or_else(|| file.path.strip_prefix("crates/"));
    path.and_then(|path| path.split('/').next()).unwrap_or_default()
}

fn crates() -> impl Iterator<Item = &'static str> {
    CRATES.iter().map(|(name, _)| *name)
}

/// All code of the provider.
fn all() -> Vec<Source> {
    [code("src"), code("crates")].concat()
}

fn below<'f>(files: &'f [Source], name: &str) -> Vec<&'f Source> {
    files.iter().filter(|file| folder(file) == name).collect()
}

fn is_sdk(path: &[String]) -> bool {
    let first = path.first().map(String::as_str).unwrap_or_default();
    let aws =
        ["aws_sdk_", "aws_smithy_", "aws_config", "aws_types", "aws_credential_types", "aws_runtime", "aws_sigv4"];
    aws.iter().any(|name| first.starts_with(name)) || ["kube", "k8s_openapi"].contains(&first)
}

/// `aws`, `kube` and `facts` of the clients, and a noun's `aws.rs` or `kube.rs`, also as a folder.
fn may_name_an_sdk(file: &Source) -> bool {
    let parts: Vec<_> = file.path.split('/').collect();
    let is_client = |part: &str| matches!(part, "aws" | "kube" | "aws.rs" | "kube.rs");
    match parts.as_slice() {
        ["crates", "clients", "src", client, ..] => is_client(client) || *client == "facts",
        ["src", nouns, _, client, ..] if NOUNS.contains(nouns) => is_client(client),
        _ => false,
    }
}

/// What a release is built with, by a manifest.
struct Manifest {
    dependencies: String,
}

impl Manifest {
    fn of(path: &str) -> Self {
        let folder = path.strip_suffix("Cargo.toml").unwrap_or_default();
        let is_it = |file: &Source| file.path == path;
        let text = files(folder).into_iter().find(is_it).map(|file| file.text).unwrap_or_default();
        let sections = text.split("\n[").filter(|section| section.starts_with("dependencies]"));
        let dependencies: String = sections.collect();
        assert!(!dependencies.is_empty(), "{path} has no dependencies");
        Self { dependencies }
    }

    fn depends_on(&self, name: &str) -> bool {
        self.dependencies.lines().any(|line| line.starts_with(&format!("{name} = ")))
    }
}

#[test]
fn folders_name_only_what_is_below_them() {
    let known: Vec<_> = LAYERS.iter().map(|(name, _)| *name).chain(crates()).chain(["provider"]).collect();
    let mut wrong = Vec::new();
    for file in code("src") {
        let own = folder(&file);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == own) else { continue };
        for named in file.named() {
            let other = file.within_crate(&named).unwrap_or_else(|| named.segments.clone()).into_iter().next();
            let is_above = |other: &str| other != own && known.contains(&other) && !allowed.contains(&other);
            if other.as_deref().is_some_and(is_above) {
                wrong.push(format!("{}:{}: {}", file.path, named.line, named.segments.join("::")));
            }
        }
    }
    assert_none("a folder names one that is not below it", &wrong);
}

#[test]
fn manifests_keep_the_layers() {
    let mut wrong = Vec::new();
    for (name, allowed) in CRATES {
        let manifest = Manifest::of(&format!("crates/{name}/Cargo.toml"));
        let others = crates().filter(|other| *other != name && !allowed.contains(other));
        wrong.extend(others.filter(|other| manifest.depends_on(other)).map(|other| format!("{name}: {other}")));
    }
    assert_none("a crate depends on one that is not below it", &wrong);
}

/// The feature `testing` compiles the stand-ins for APIs. Cargo turns it on for a build with tests only.
#[test]
fn stand_ins_are_not_released() {
    let manifests = crates().map(|name| format!("crates/{name}/Cargo.toml")).chain(["Cargo.toml".to_owned()]);
    let with_stand_ins = manifests.filter(|path| Manifest::of(path).dependencies.contains("\"testing\""));
    assert_none("the feature testing is on in a release build", &with_stand_ins.collect::<Vec<_>>());
}

#[test]
fn only_wire_names_the_protocol_crates() {
    let wrong = findings(&all(), |file, path| folder(file) != "wire" && is_one_of(path, &PROTOCOL));
    assert_none("only wire names tonic and prost", &wrong);
    let wire = findings(&code("crates/wire/src"), |_, path| is_one_of(path, &PROTOCOL));
    assert!(!wire.is_empty(), "wire names neither tonic nor prost: the rule looks for nothing");
}

#[test]
fn framework_does_not_reference_sockets() {
    let wrong =
        findings(&code("crates/framework/src"), |_, path| SOCKETS.iter().any(|socket| starts_with(path, socket)));
    assert_none("framework names a socket", &wrong);
}

#[test]
fn only_the_clients_of_a_service_name_its_sdk() {
    let wrong = findings(&all(), |file, path| is_sdk(path) && !may_name_an_sdk(file));
    assert_none(
        "an SDK is named outside clients/aws, clients/kube, clients/facts and a noun's aws.rs or kube.rs",
        &wrong,
    );
}

#[test]
fn nouns_do_not_reach_into_each_other() {
    let noun = |file: &Source| file.path.split('/').nth(2).map(|name| name.trim_end_matches(".rs").to_owned());
    let wrong = findings(&code("src"), |file, path| {
        let own = folder(file);
        NOUNS.contains(&own)
            && noun(file).is_some_and(|name| name != "mod")
            && starts_with(path, &[own])
            && path.get(1) != noun(file).as_ref()
    });
    assert_none("a noun names another noun's folder", &wrong);
}

#[test]
fn rendering_and_preflight_are_pure() {
    let files = [code("crates"), code("src/functions")].concat();
    let pure: Vec<&Source> = ["render", "preflight", "functions"].iter().flat_map(|name| below(&files, name)).collect();
    let mut wrong = Vec::new();
    for file in pure {
        for named in file.named() {
            let is_one_of = |paths: &[&[&str]]| paths.iter().any(|path| starts_with(&named.segments, path));
            if is_one_of(&IMPURE) && !is_one_of(&PURE) {
                wrong.push(format!("{}:{}: {}", file.path, named.line, named.segments.join("::")));
            }
        }
        if file.text.contains("async fn") {
            wrong.push(format!("{}: async fn", file.path));
        }
    }
    assert_none("render, preflight and functions do no IO, and know no time and no chance", &wrong);
}

#[test]
fn only_clients_and_wire_wait() {
    let wrong = findings(&all(), |file, path| {
        let sleeps =
            path.ends_with(&["time".to_owned(), "sleep".to_owned()]) || starts_with(path, &["std", "thread", "sleep"]);
        sleeps && !["clients", "wire"].contains(&folder(file))
    });
    assert_none("only clients and wire wait; use the waiter of clients", &wrong);
}

#[test]
fn no_process_is_started() {
    let wrong = findings(&all(), |_, path| {
        starts_with(path, &["std", "process", "Command"]) || starts_with(path, &["tokio", "process"])
    });
    assert_none("the provider starts no process", &wrong);
}

/// Terraform reads the handshake from standard output; anything else there breaks the plugin. `process` writes the
/// handshake, `command` what a person at a terminal reads, and the build script instructions to Cargo.
#[test]
fn only_main_and_the_handshake_write_to_standard_output() {
    let may_write = |file: &Source| {
        ["src/main.rs", "crates/wire/build.rs", "crates/wire/src/command.rs", "crates/wire/src/process.rs"]
            .contains(&file.path.as_str())
    };
    let wrong = findings(&all(), |file, path| !may_write(file) && path.last().is_some_and(|name| name == "stdout"));
    let macros = all().into_iter().filter(|file| {
        !may_write(file)
            && file
                .text
                .lines()
                .any(|line| line.trim_start().starts_with("println!") || line.trim_start().starts_with("print!"))
    });
    let wrong: Vec<_> = wrong.into_iter().chain(macros.map(|file| format!("{}: print", file.path))).collect();
    assert_none("only main.rs and the handshake write to standard output", &wrong);
}
