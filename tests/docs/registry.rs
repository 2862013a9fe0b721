//! The six checks of `tfplugindocs validate`, on what the registry takes: without Go, and on every test run.

use framework::docs::{Pages, names, page_path};

use crate::pages::read;
use crate::schema::{PROVIDER, schemas};

/// The registry refuses pages of this size.
const MAX_BYTES: usize = 500_000;

const FOLDERS: [&str; 9] = [
    "docs",
    "docs/actions",
    "docs/data-sources",
    "docs/ephemeral-resources",
    "docs/functions",
    "docs/guides",
    "docs/list-resources",
    "docs/resources",
    "docs/state-stores",
];

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Every finding of the six checks.
fn findings(pages: &Pages, legacy: bool, served: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    if legacy && !pages.is_empty() {
        found.push("website/docs stands beside docs".to_owned());
    }
    for (path, text) in pages {
        if !FOLDERS.contains(&folder(path)) {
            found.push(format!("{path}: not a folder of the registry"));
        }
        if text.len() >= MAX_BYTES {
            found.push(format!("{path}: {} bytes", text.len()));
        }
        if !path.ends_with(".md") || path.ends_with(".html.md") {
            found.push(format!("{path}: not .md"));
        }
        found.extend(front_matter(path, text).err().map(|error| format!("{path}: {error}")));
        let is_free = ["docs", "docs/guides"].contains(&folder(path));
        if !is_free && !served.contains(path) {
            found.push(format!("{path}: nothing of that name is served"));
        }
    }
    let missing = served.iter().filter(|path| !pages.contains_key(*path));
    found.extend(missing.map(|path| format!("{path}: missing")));
    found
}

/// The keys at the top of the front matter, and whether they are the ones the page may have.
fn front_matter(path: &str, text: &str) -> Result<(), String> {
    let (matter, _) =
        text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).ok_or("no front matter")?;
    let mut keys = Vec::new();
    for line in matter.lines().filter(|line| !line.is_empty() && !line.starts_with([' ', '#'])) {
        let (key, _) = line.split_once(':').ok_or_else(|| format!("{line:?} is not YAML"))?;
        keys.push(key);
    }
    let has = |key: &str| keys.contains(&key);
    let refuse = |wrong: bool, message: &str| if wrong { Err(message.to_owned()) } else { Ok(()) };
    refuse(has("layout"), "layout is of the old site")?;
    refuse(has("sidebar_current"), "sidebar_current is of the old site")?;
    refuse(path == "docs/index.md" && has("subcategory"), "the index has no subcategory")?;
    refuse(folder(path) == "docs/guides" && !has("page_title"), "a guide needs a page_title")
}

fn served() -> Vec<String> {
    names(&schemas()).map(|(kind, name)| page_path(PROVIDER, kind, name)).collect()
}

#[test]
fn pages_pass_the_registry_checks() {
    let root = crate::root();
    let pages = read(root, "docs");
    assert!(pages.contains_key("docs/index.md"), "there is no index");
    let found = findings(&pages, root.join("website/docs").exists(), &served());
    assert!(found.is_empty(), "the registry would refuse:\n  {}", found.join("\n  "));
}

#[test]
fn each_check_finds_its_fault() {
    let page = "---\npage_title: x\n---\n";
    let large = format!("{page}{}", "x".repeat(MAX_BYTES));
    let served = vec!["docs/resources/a.md".to_owned()];
    for (path, text, fault) in [
        ("docs/modules/a.md", page, "not a folder of the registry"),
        ("docs/guides/a.md", large.as_str(), "bytes"),
        ("docs/guides/a.html.md", page, "not .md"),
        ("docs/guides/a.md", "# no front matter\n", "no front matter"),
        ("docs/guides/a.md", "---\nsubcategory: x\n---\n", "needs a page_title"),
        ("docs/guides/a.md", "---\npage_title: x\nlayout: y\n---\n", "layout"),
        ("docs/guides/a.md", "---\npage_title: x\nsidebar_current: y\n---\n", "sidebar_current"),
        ("docs/index.md", "---\nsubcategory: x\n---\n", "no subcategory"),
        ("docs/resources/b.md", page, "nothing of that name is served"),
        ("docs/resources/b.md", page, "docs/resources/a.md: missing"),
    ] {
        let pages = Pages::from([(path.to_owned(), text.to_owned())]);
        let found = findings(&pages, false, &served);
        assert!(found.iter().any(|finding| finding.contains(fault)), "{fault}: {found:?}");
    }
    let fine = Pages::from([("docs/resources/a.md".to_owned(), page.to_owned())]);
    assert_eq!(findings(&fine, true, &served), ["website/docs stands beside docs"]);
    assert_eq!(findings(&fine, false, &served), Vec::<String>::new());
}
