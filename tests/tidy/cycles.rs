//! Modules of one folder depend on each other in one direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::assert_none;
use crate::source::{Source, code};

/// Modules that may depend on each other, by folder.
const RECURSIONS: [(&str, &[&str]); 3] = [
    // Counterparts of list elements are found by what is inside them, which is walked the same way.
    ("framework/plan", &["matching", "walk"]),
    // The refinements of an unknown value are MessagePack in MessagePack.
    ("wire/codec/msgpack", &["decode", "encode", "unknown"]),
    // A node is checked by the rules of the programs that read its user data, whose findings are about inputs of the node.
    ("render", &["containerd", "karpenter", "kubelet_config", "members", "node", "nodeadm", "runtime_spec"]),
];

/// The modules that a module names.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// For each folder, which of its modules names which other one, and a place that does.
fn dependencies(files: &[Source]) -> BTreeMap<String, BTreeMap<(String, String), String>> {
    let modules: BTreeSet<Vec<String>> = files.iter().flat_map(|file| with_parents(&file.module())).collect();
    let mut found: BTreeMap<String, BTreeMap<(String, String), String>> = BTreeMap::new();
    for file in files {
        let own = file.module();
        for named in file.named() {
            let Some(path) = file.within_crate(&named) else { continue };
            let shared = own.iter().zip(&path).take_while(|(one, other)| one == other).count();
            let (Some(from), Some(to)) = (own.get(shared), path.get(shared)) else { continue };
            if modules.contains(&path[..=shared]) {
                let place = format!("{}:{}", file.path, named.line);
                let edges = found.entry(own[..shared].join("/")).or_default();
                edges.entry((from.clone(), to.clone())).or_insert(place);
            }
        }
    }
    found
}

fn with_parents(module: &[String]) -> Vec<Vec<String>> {
    (1..=module.len()).map(|length| module[..length].to_vec()).collect()
}

fn leads_to(edges: &Edges, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        for other in edges.get(at).into_iter().flatten() {
            if other == to {
                return true;
            }
            if seen.insert(other) {
                next.push(other);
            }
        }
    }
    false
}

/// The dependencies that are part of a cycle.
fn cycles(files: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, places) in dependencies(files) {
        let recursive = RECURSIONS.iter().find(|(of, _)| *of == folder).map_or::<&[&str], _>(&[], |(_, all)| all);
        let may = |module: &String| recursive.contains(&module.as_str());
        let mut edges = Edges::new();
        for (from, to) in places.keys().filter(|(from, to)| !(may(from) && may(to))) {
            edges.entry(from.clone()).or_default().insert(to.clone());
        }
        let cyclic = places.iter().filter(|((from, to), _)| !(may(from) && may(to)) && leads_to(&edges, to, from));
        found.extend(cyclic.map(|((from, to), place)| format!("{folder}: {from} names {to} ({place})")));
    }
    found
}

#[test]
fn modules_of_a_folder_have_no_cycle() {
    assert_none("modules of one folder depend on each other", &cycles(&[code("src"), code("crates")].concat()));
}

#[test]
fn cycles_are_found_across_files() {
    let file = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let all = [
        file("src/a/b.rs", "use super::c::X;"),
        file("src/a/c/d.rs", "use crate::a::e::Y;"),
        file("src/a/e.rs", "fn f() { super::b::g() }"),
        file("src/a/h.rs", "use super::b::Z;"),
    ];
    let expected = ["a: b names c (src/a/b.rs:1)", "a: c names e (src/a/c/d.rs:1)", "a: e names b (src/a/e.rs:1)"];
    assert_eq!(cycles(&all), expected);
    assert!(cycles(&all[..2]).is_empty());
}
