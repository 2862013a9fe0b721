//! Misspelled names of arguments and blocks: every program reports each of them, at its line, in every block of every
//! object. The configurations are generated from the schemas.

use ekscompute::provider::EksCompute;
use framework::schema::{Block, Nesting, Shape};
use framework::server::{Schemas, Server};
use framework::types::Type;
use serde_json::{Value as Json, json};

use crate::support::cli::Cli;
use crate::support::features::Feature;
use crate::support::for_each_cli;
use crate::support::run::Run;
use crate::support::workspace::Workspace;

const PROVIDER: &str = r#"
terraform {
  required_providers {
    ekscompute = { source = "ekscompute/ekscompute" }
  }
}
"#;

/// A data source that requires no argument. Terraform does not validate a provider block that nothing uses.
const USER: &str = "ekscompute_nvidia_device_plugin_values";

/// A misspelled name in a block.
struct Misspelling {
    /// The kind and the name of the object.
    object: [String; 2],
    /// The blocks around the name, from the object inward.
    around: Vec<String>,
    name: String,
    is_block: bool,
    /// Whether only the native syntax has a block around it: in JSON, an argument of this type is an object, whose error
    /// names the members that are missing instead.
    is_native: bool,
}

/// A block in a block, and whether it is an argument that only the native syntax can write as a block.
struct Inner {
    name: String,
    block: Block,
    is_native: bool,
}

/// The name with its last two letters swapped, or another ending if they are the same or give an existing name.
fn misspelled(name: &str, names: &[String]) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let last = letters.len() - 1;
    letters.swap(last - 1, last);
    let swapped: String = letters.into_iter().collect();
    if names.contains(&swapped) || swapped == name { format!("{name}x") } else { swapped }
}

/// The members that a configuration can write as arguments and as blocks.
fn members(block: &Block) -> (Vec<String>, Vec<Inner>) {
    let configurable = || block.attributes.iter().filter(|attribute| attribute.presence.is_configurable());
    let names = configurable().map(|attribute| attribute.name.clone()).collect();
    // Terraform reads arguments of these types in the syntax of blocks too.
    let as_blocks = configurable().filter_map(|attribute| match &attribute.shape {
        Shape::Type(Type::List(element) | Type::Set(element)) => match &**element {
            Type::Object(members) => {
                Some(Inner { name: attribute.name.clone(), block: of_type(members.keys()), is_native: true })
            }
            _ => None,
        },
        _ => None,
    });
    let blocks = block.blocks.iter().inspect(|nested| {
        assert!(nested.nesting != Nesting::Map, "{}: generate labels for blocks by key", nested.name);
    });
    let blocks =
        blocks.map(|nested| Inner { name: nested.name.clone(), block: nested.block.clone(), is_native: false });
    (names, blocks.chain(as_blocks).collect())
}

/// A block with these arguments.
fn of_type<'n>(names: impl Iterator<Item = &'n String>) -> Block {
    let string = || Shape::Type(Type::String);
    let attribute = |name| framework::schema::Attribute::new(name, string(), framework::schema::Presence::Optional);
    Block { attributes: names.map(attribute).collect(), ..Block::default() }
}

/// Adds the misspellings of an argument and of each block, in a block and in the blocks in it.
fn collect(object: [&str; 2], around: &[String], inner: &Inner, found: &mut Vec<Misspelling>) {
    let (arguments, blocks) = members(&inner.block);
    let known: Vec<String> = arguments.iter().cloned().chain(blocks.iter().map(|inner| inner.name.clone())).collect();
    let misspelling = |name: &String, is_block: bool| Misspelling {
        object: object.map(str::to_owned),
        around: around.to_vec(),
        name: misspelled(name, &known),
        is_block,
        is_native: inner.is_native,
    };
    found.extend(arguments.first().map(|name| misspelling(name, false)));
    for nested in blocks {
        // In the place of an argument there is no block to misspell.
        found.extend((!nested.is_native).then(|| misspelling(&nested.name, true)));
        collect(object, &[around, std::slice::from_ref(&nested.name)].concat(), &nested, found);
    }
}

/// The misspellings in an object.
fn in_object(object: [&str; 2], block: &Block) -> Vec<Misspelling> {
    let mut found = Vec::new();
    collect(object, &[], &Inner { name: String::new(), block: block.clone(), is_native: false }, &mut found);
    found
}

/// The misspellings in every object that a configuration of the program can contain.
fn misspellings(schemas: &Schemas, cli: Cli) -> Vec<Misspelling> {
    let resources = schemas.resources.iter();
    let resources = resources.flat_map(|(name, resource)| in_object(["resource", name], &resource.schema.block));
    let data = schemas.data_sources.iter().flat_map(|(name, schema)| in_object(["data", name], &schema.block));
    let ephemeral = schemas.ephemeral_resources.iter().filter(|_| Feature::Ephemeral.is_in(cli.release()));
    let ephemeral = ephemeral.flat_map(|(name, schema)| in_object(["ephemeral", name], &schema.block));
    let actions = schemas.actions.iter().filter(|_| Feature::Actions.is_in(cli.release()));
    let actions = actions.flat_map(|(name, schema)| in_object(["action", name], &schema.block));
    let provider = in_object(["provider", "ekscompute"], &schemas.provider.block);
    provider.into_iter().chain(resources).chain(data).chain(ephemeral).chain(actions).collect()
}

impl Misspelling {
    /// Its line, which no other misspelling has.
    fn line(&self, number: usize) -> String {
        if self.is_block { format!("{} {{ # {number}", self.name) } else { format!("{} = {number}", self.name) }
    }

    fn is_provider(&self) -> bool {
        self.object[0] == "provider"
    }

    fn hcl(&self, number: usize) -> String {
        let end = if self.is_block { "\n}" } else { "" };
        let body = format!("{}{end}", self.line(number));
        let body = self.around.iter().rev().fold(body, |inner, name| format!("{name} {{\n{inner}\n}}"));
        let [kind, name] = &self.object;
        if kind == "list" {
            return format!("list \"{name}\" \"n{number}\" {{\nprovider = ekscompute\nconfig {{\n{body}\n}}\n}}\n");
        }
        if kind == "action" {
            return format!("action \"{name}\" \"n{number}\" {{\nconfig {{\n{body}\n}}\n}}\n");
        }
        if self.is_provider() {
            let user = format!("data \"{USER}\" \"n{number}\" {{\nprovider = {name}.n{number}\n}}\n");
            return format!("provider \"{name}\" {{\nalias = \"n{number}\"\n{body}\n}}\n{user}");
        }
        format!("{kind} \"{name}\" \"n{number}\" {{\n{body}\n}}\n")
    }

    fn json(&self, number: usize) -> Json {
        let inner = json!({ self.name.as_str(): number });
        let mut body = self.around.iter().rev().fold(inner, |inner, name| json!({ name.as_str(): inner }));
        let ([kind, name], label) = (&self.object, format!("n{number}"));
        if self.is_provider() {
            body["alias"] = json!(label);
            let user = json!({ USER: { label.as_str(): { "provider": format!("{name}.{label}") } } });
            return json!({ "provider": { name.as_str(): body }, "data": user });
        }
        if kind == "action" {
            body = json!({ "config": body });
        }
        json!({ kind.as_str(): { name.as_str(): { label.as_str(): body } } })
    }
}

/// Each misspelling must be an error with its name, at its line.
fn assert_reported<'m>(run: &Run, misspellings: impl Iterator<Item = (String, &'m Misspelling)>) {
    let errors = run.errors();
    let is_silent = |(line, one): &(String, &Misspelling)| {
        let name = format!("\"{}\"", one.name);
        !errors.iter().any(|error| error.code.trim_end_matches(',') == *line && error.detail.contains(&name))
    };
    let silent: Vec<_> = misspellings.filter(is_silent).map(|(_, one)| one.hcl(0)).collect();
    assert!(silent.is_empty(), "not reported:\n{}\n{run}", silent.join("\n"));
}

/// Validates a configuration in which everything is misspelled, in both syntaxes.
fn check(cli: Cli, misspellings: &[Misspelling]) {
    let numbered = || misspellings.iter().enumerate();
    let workspace = Workspace::new(cli);
    workspace.write("versions.tf", PROVIDER);
    workspace.write("main.tf", &numbered().map(|(number, one)| one.hcl(number)).collect::<String>());
    assert_reported(&workspace.validate(), numbered().map(|(number, one)| (one.line(number), one)));
    workspace.remove("main.tf");
    let in_json = || numbered().filter(|(_, one)| !one.is_native);
    let documents: Vec<_> = in_json().map(|(number, one)| one.json(number)).collect();
    workspace.write("main.tf.json", &format!("{:#}", json!(documents)));
    let lines = in_json().map(|(number, one)| (format!("\"{}\": {number}", one.name), one));
    assert_reported(&workspace.validate(), lines);
}

for_each_cli! {
    fn misspelled_names_are_reported_in_every_block(cli) {
        let server = Server::new(EksCompute);
        let schemas = server.schemas();
        let found = misspellings(schemas, cli);
        assert!(found.len() > 80, "{}", found.len());
        check(cli, &found);
    }

    #[needs(Query)]
    fn misspelled_names_are_reported_in_list_blocks(cli) {
        let server = Server::new(EksCompute);
        let lists = server.schemas().list_resources.iter();
        let found: Vec<_> = lists.flat_map(|(name, schema)| in_object(["list", name], &schema.block)).collect();
        let numbered = || found.iter().enumerate();
        let workspace = Workspace::new(cli);
        workspace.write("versions.tf", PROVIDER);
        workspace.write("all.tfquery.hcl", &numbered().map(|(number, one)| one.hcl(number)).collect::<String>());
        let run = workspace.run(&["validate", "-query", "-json"]);
        assert_reported(&run, numbered().map(|(number, one)| (one.line(number), one)));
    }
}
