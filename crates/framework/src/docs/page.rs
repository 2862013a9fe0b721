//! Whole pages, with headings in the order that is usual in the registry.

use super::facts::deprecation;
use super::markdown::{FrontMatter, code};
use super::reference;
use super::{Kind, Provider, Sources, examples, files_in, short};
use crate::function::{FunctionDefinition, Parameter};
use crate::schema::{Block, Schema};
use crate::server::Schemas;
use crate::types::Type;

/// Returns the page of the provider.
pub(super) fn index(provider: Provider<'_>, schema: &Schema, sources: &Sources) -> String {
    let title = format!("{} Provider", provider.name);
    let mut page = Page::new(
        &FrontMatter { title: title.clone(), subcategory: None, description: &schema.block.description },
        &title,
    );
    page.describe(&schema.block);
    let text = sources.get("docs-src/index.md").map_or("", String::as_str);
    let sections = page.usage(text, &files_in(sources, "examples/provider/", ("provider", ".tf")));
    page.add(sections);
    page.add(&reference::schema(&schema.block));
    page.text
}

/// Returns the page of an object with a schema, or of a function.
pub(super) fn object(provider: Provider<'_>, kind: Kind, name: &str, schemas: &Schemas, sources: &Sources) -> String {
    let examples = examples(sources, kind, name);
    let text = format!("docs-src/{}/{}.md", kind.folder(), short(provider, name));
    let text = sources.get(&text).map_or("", String::as_str);
    let title = format!("{name} {} - terraform-provider-{}", kind.title(), provider.name);
    if kind == Kind::Function {
        return schemas.functions.get(name).map_or_else(String::new, |definition| {
            let front = FrontMatter { title, subcategory: Some(""), description: &definition.summary };
            function(Page::new(&front, &format!("function: {name}")), name, definition, text, &examples)
        });
    }
    let Some(block) = block(kind, name, schemas) else { return String::new() };
    let front = FrontMatter { title, subcategory: Some(""), description: &block.description };
    let mut page = Page::new(&front, &format!("{name} ({})", kind.title()));
    page.describe(block);
    let sections = page.usage(text, &examples);
    page.add(&reference::schema(block));
    page.add(sections);
    if let (Kind::Resource, Some(resource)) = (kind, schemas.resources.get(name)) {
        let identity = resource.identity.as_ref().map(reference::identity);
        page.add(&import(name, identity.as_deref(), sources));
    }
    page.text
}

fn block<'s>(kind: Kind, name: &str, schemas: &'s Schemas) -> Option<&'s Block> {
    let schema = match kind {
        Kind::Resource => &schemas.resources.get(name)?.schema,
        Kind::DataSource => schemas.data_sources.get(name)?,
        Kind::EphemeralResource => schemas.ephemeral_resources.get(name)?,
        Kind::ListResource => schemas.list_resources.get(name)?,
        Kind::Action => schemas.actions.get(name)?,
        Kind::Function => return None,
    };
    Some(&schema.block)
}

/// Returns the section on import, with a part for each example: by identity, by import ID, and by command.
fn import(name: &str, identity: Option<&str>, sources: &Sources) -> String {
    let example = |file: &str| sources.get(&format!("examples/resources/{name}/{file}"));
    let mut parts = Vec::new();
    if let Some(example) = example("import-by-identity.tf") {
        parts.push(format!(
            "In Terraform v1.12.0 and later, use an \
             [`import` block](https://developer.hashicorp.com/terraform/language/import) with the `identity` \
             attribute:\n\n{}",
            code("terraform", example)
        ));
        parts.extend(identity.map(str::to_owned));
    }
    if let Some(example) = example("import-by-string-id.tf") {
        parts.push(format!(
            "In Terraform v1.5.0 and later, use an \
             [`import` block](https://developer.hashicorp.com/terraform/language/import) with the import ID:\n\n{}",
            code("terraform", example)
        ));
    }
    if let Some(example) = example("import.sh") {
        parts.push(format!(
            "Using [`terraform import`](https://developer.hashicorp.com/terraform/cli/commands/import):\n\n{}",
            code("shell", example)
        ));
    }
    if parts.is_empty() { String::new() } else { format!("## Import\n\n{}", parts.join("\n")) }
}

fn function(mut page: Page, name: &str, definition: &FunctionDefinition, text: &str, examples: &[&str]) -> String {
    page.add(&definition.description);
    page.add(&definition.deprecation.as_deref().map_or_else(String::new, deprecation));
    let sections = page.usage(text, examples);
    page.add(sections);
    let parameters = definition.parameters.iter().map(|parameter| signature_of(parameter, ""));
    let variadic = definition.variadic.iter().map(|parameter| signature_of(parameter, "..."));
    let parameters = parameters.chain(variadic).collect::<Vec<_>>().join(", ");
    let signature = format!("{name}({parameters}) {}", friendly(&definition.result));
    page.add(&format!("## Signature\n\n{}", code("text", &signature)));
    let fixed = definition.parameters.iter().map(|parameter| argument(parameter, ""));
    let variadic = definition.variadic.iter().map(|parameter| argument(parameter, "Variadic, "));
    let arguments = fixed.chain(variadic).collect::<String>();
    if !arguments.is_empty() {
        page.add(&format!("## Arguments\n\n{arguments}"));
    }
    page.text
}

fn signature_of(parameter: &Parameter, dots: &str) -> String {
    format!("{} {}{dots}", parameter.name, friendly(&parameter.ty))
}

fn argument(parameter: &Parameter, variadic: &str) -> String {
    let nullable = if parameter.allow_null { ", Nullable" } else { "" };
    let ty = reference::type_name(&parameter.ty);
    let description = parameter.description.trim().replace('\n', "\n   ");
    format!("1. `{}` ({variadic}{ty}{nullable}) {description}\n", parameter.name)
}

/// Returns the type for a signature, such as `list of string`.
fn friendly(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Dynamic => "dynamic".to_owned(),
        other => reference::type_name(other).to_lowercase(),
    }
}

/// Returns the code of an example. A first line that begins with `###` is its heading: a comment in the file, and a
/// heading of the same form on the page.
fn example_section(example: &str) -> String {
    match example.split_once('\n') {
        Some((heading, example)) if heading.starts_with("### ") => {
            format!("{}\n\n{}", heading.trim_end(), code("terraform", example))
        }
        _ => code("terraform", example),
    }
}

/// A page under construction: parts that are separated by blank lines.
struct Page {
    text: String,
}

impl Page {
    fn new(front: &FrontMatter<'_>, title: &str) -> Self {
        Self { text: format!("{}\n# {title}\n", front.render()) }
    }

    fn add(&mut self, part: &str) {
        let part = part.trim();
        if !part.is_empty() {
            self.text.push('\n');
            self.text.push_str(part);
            self.text.push('\n');
        }
    }

    fn describe(&mut self, block: &Block) {
        self.add(&block.description);
        self.add(&block.deprecation.as_deref().map_or_else(String::new, |text| format!("~> {}", deprecation(text))));
    }

    /// Adds the introduction of the hand-written text and the examples, and returns the sections of the text.
    fn usage<'t>(&mut self, text: &'t str, examples: &[&str]) -> &'t str {
        let is_heading = |line: &&str| line.starts_with("## ");
        let introduction: usize = text.split_inclusive('\n').take_while(|line| !is_heading(line)).map(str::len).sum();
        let (introduction, sections) = text.split_at(introduction);
        self.add(introduction);
        if !examples.is_empty() {
            let examples: Vec<_> = examples.iter().map(|example| example_section(example)).collect();
            self.add(&format!("## Example Usage\n\n{}", examples.join("\n")));
        }
        sections
    }
}
