//! Generates the registry pages, and the JSON of `terraform providers schema -json`, from schemas.
//!
//! Performs no I/O: the contents of files are passed as [`Sources`], and pages are returned as text.

mod facts;
mod json;
mod markdown;
mod page;
mod reference;

use std::collections::BTreeMap;

pub use facts::{attribute as describe_attribute, block as describe_block};
pub use json::provider_schemas;

use super::server::Schemas;

/// Examples and hand-written pages, by path from the root of the repository.
pub type Sources = BTreeMap<String, String>;

/// Pages, by path from the root of the repository.
pub type Pages = BTreeMap<String, String>;

/// The names of a provider in the registry.
#[derive(Debug, Clone, Copy)]
pub struct Provider<'n> {
    /// The prefix of its types, such as `ekscompute`.
    pub name: &'n str,
    /// The full source address, such as `registry.terraform.io/ekscompute/ekscompute`.
    pub source: &'n str,
}

/// The kinds of pages, in addition to the provider page and the guides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    EphemeralResource,
    /// The configuration of a `list` block.
    ListResource,
    /// An action.
    Action,
    /// A function.
    Function,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Resource, Self::DataSource, Self::EphemeralResource, Self::ListResource, Self::Action, Self::Function];

    /// Returns the subdirectory of `docs`, `docs-src`, and `examples`.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::EphemeralResource => "ephemeral-resources",
            Self::ListResource => "list-resources",
            Self::Action => "actions",
            Self::Function => "functions",
        }
    }

    /// Returns the prefix and suffix of example file names.
    fn example(self) -> (&'static str, &'static str) {
        match self {
            Self::Resource => ("resource", ".tf"),
            Self::DataSource => ("data-source", ".tf"),
            Self::EphemeralResource => ("ephemeral-resource", ".tf"),
            Self::ListResource => ("list-resource", ".tfquery.hcl"),
            Self::Action => ("action", ".tf"),
            Self::Function => ("function", ".tf"),
        }
    }

    /// Returns the kind in the title of a page.
    fn title(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::EphemeralResource => "Ephemeral Resource",
            Self::ListResource => "List Resource",
            Self::Action => "Action",
            Self::Function => "function",
        }
    }
}

/// Returns all objects that have a page, by kind and full name.
pub fn names(schemas: &Schemas) -> impl Iterator<Item = (Kind, &str)> {
    (schemas.resources.keys().map(of(Kind::Resource)))
        .chain(schemas.data_sources.keys().map(of(Kind::DataSource)))
        .chain(schemas.ephemeral_resources.keys().map(of(Kind::EphemeralResource)))
        .chain(schemas.list_resources.keys().map(of(Kind::ListResource)))
        .chain(schemas.actions.keys().map(of(Kind::Action)))
        .chain(schemas.functions.keys().map(of(Kind::Function)))
}

fn of<'s>(kind: Kind) -> impl Fn(&'s String) -> (Kind, &'s str) {
    move |name| (kind, name.as_str())
}

/// Returns the path of a page.
#[must_use]
pub fn page_path(provider: Provider<'_>, kind: Kind, name: &str) -> String {
    format!("docs/{}/{}.md", kind.folder(), short(provider, name))
}

/// Returns the example files of an object, shortest name first.
#[must_use]
pub fn examples<'s>(sources: &'s Sources, kind: Kind, name: &str) -> Vec<&'s str> {
    files_in(sources, &format!("examples/{}/{name}/", kind.folder()), kind.example())
}

/// Returns all pages of a provider.
#[must_use]
pub fn pages(provider: Provider<'_>, schemas: &Schemas, sources: &Sources) -> Pages {
    let mut pages = Pages::new();
    pages.insert("docs/index.md".to_owned(), page::index(provider, &schemas.provider, sources));
    for (kind, name) in names(schemas) {
        pages.insert(page_path(provider, kind, name), page::object(provider, kind, name, schemas, sources));
    }
    let guides = sources.iter().filter_map(|(path, text)| {
        path.strip_prefix("docs-src/guides/").map(|name| (format!("docs/guides/{name}"), text.clone()))
    });
    pages.extend(guides);
    pages
}

/// Returns the name without the prefix of the provider, as in registry pages.
fn short<'n>(provider: Provider<'_>, name: &'n str) -> &'n str {
    name.strip_prefix(provider.name).and_then(|rest| rest.strip_prefix('_')).unwrap_or(name)
}

fn files_in<'s>(sources: &'s Sources, folder: &str, (prefix, suffix): (&str, &str)) -> Vec<&'s str> {
    let is_example = |path: &str| {
        path.strip_prefix(folder)
            .is_some_and(|file| file.starts_with(prefix) && file.ends_with(suffix) && !file.contains('/'))
    };
    let mut files: Vec<_> = sources.iter().filter(|(path, _)| is_example(path)).collect();
    files.sort_by_key(|(path, _)| (path.len(), *path));
    files.into_iter().map(|(_, text)| text.as_str()).collect()
}

#[cfg(test)]
mod tests;
