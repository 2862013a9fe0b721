//! The registry's pages: `docs/` from the schemas, `examples/` and the hand-written `docs-src/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use framework::docs::{Kind, Pages, Sources, examples, names, page_path, pages};

use crate::preflight;
use crate::schema::{PROVIDER, schemas};

/// All pages, as they should be.
fn expected(root: &Path) -> Pages {
    pages(PROVIDER, &schemas(), &sources(root))
}

/// Examples and hand-written texts.
fn sources(root: &Path) -> Sources {
    let mut sources = read(root, "examples");
    sources.extend(read(root, "docs-src"));
    if let Some(guide) = sources.get_mut(preflight::GUIDE) {
        *guide = preflight::guide(guide);
    }
    sources
}

/// The text files below a folder, by path from the root. A folder that is not there has none.
pub(crate) fn read(root: &Path, folder: &str) -> Sources {
    let mut found = Sources::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root).expect("the file is below the root");
                found.insert(path.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    found
}

/// The paths that are missing, differ, or are there for nothing.
fn stale(current: &Pages, expected: &Pages) -> BTreeSet<String> {
    let paths = current.keys().chain(expected.keys());
    paths.filter(|path| current.get(*path) != expected.get(*path)).cloned().collect()
}

/// Writes every page, and removes those that nothing belongs to any more.
fn write(root: &Path) {
    let expected = expected(root);
    for path in stale(&read(root, "docs"), &expected) {
        let file = root.join(&path);
        if let Some(text) = expected.get(&path) {
            fs::create_dir_all(file.parent().expect("a page is in a folder")).expect("the folder can be made");
            fs::write(&file, text).expect("the page can be written");
        } else {
            fs::remove_file(&file).expect("the page can be removed");
        }
    }
}

#[test]
fn pages_are_current() {
    if crate::updates("docs") {
        write(crate::root());
    }
    let stale = stale(&read(crate::root(), "docs"), &expected(crate::root()));
    assert!(stale.is_empty(), "pages are stale, run make docs and commit them: {stale:?}");
}

#[test]
fn everything_served_has_an_example_and_a_page() {
    let (schemas, sources, pages) = (schemas(), sources(crate::root()), read(crate::root(), "docs"));
    let mut missing = Vec::new();
    for (kind, name) in names(&schemas) {
        if examples(&sources, kind, name).is_empty() {
            missing.push(format!("an example below examples/{}/{name}", kind.folder()));
        }
        let page = page_path(PROVIDER, kind, name);
        if !pages.contains_key(&page) {
            missing.push(page);
        }
        let has_identity = schemas.resources.get(name).is_some_and(|resource| resource.identity.is_some());
        let imports: &[&str] = match kind {
            Kind::Resource if has_identity => &["import.sh", "import-by-string-id.tf", "import-by-identity.tf"],
            Kind::Resource => &["import.sh", "import-by-string-id.tf"],
            _ => &[],
        };
        let imports = imports.iter().map(|file| format!("examples/resources/{name}/{file}"));
        missing.extend(imports.filter(|path| !sources.contains_key(path)));
    }
    assert!(missing.is_empty(), "missing:\n  {}", missing.join("\n  "));
}

#[test]
fn every_example_belongs_to_something_served() {
    let (schemas, sources) = (schemas(), sources(crate::root()));
    let known: BTreeSet<_> = names(&schemas).map(|(kind, name)| format!("examples/{}/{name}", kind.folder())).collect();
    let folders = Kind::ALL.map(|kind| format!("examples/{}/", kind.folder()));
    let stray: Vec<_> = sources
        .keys()
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !known.contains(&path.split('/').take(3).collect::<Vec<_>>().join("/")))
        .collect();
    assert!(stray.is_empty(), "examples of nothing that is served: {stray:?}");
}

#[test]
fn changed_missing_and_left_over_pages_are_stale_until_written() {
    let repository = tempfile::tempdir().expect("a folder");
    let root = repository.path();
    for (path, text) in [
        ("docs-src/guides/start.md", "---\npage_title: Start\n---\n"),
        ("docs/index.md", "old\n"),
        ("docs/resources/gone.md", "gone\n"),
    ] {
        fs::create_dir_all(root.join(path).parent().expect("a parent")).expect("the folder is made");
        fs::write(root.join(path), text).expect("the file is written");
    }
    let before = stale(&read(root, "docs"), &expected(root));
    for page in ["docs/index.md", "docs/resources/gone.md", "docs/guides/start.md"] {
        assert!(before.contains(page), "{page} is not in {before:?}");
    }
    write(root);
    assert_eq!(stale(&read(root, "docs"), &expected(root)), BTreeSet::new());
    assert!(!root.join("docs/resources/gone.md").exists());
}
