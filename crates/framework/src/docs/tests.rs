//! Pages and JSON of a made-up provider that has one of everything.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::blocks::{ListBlock, SetBlock, SingleBlock};
use crate::function::{FunctionDefinition, Parameter};
use crate::identity::{Identity, IdentitySchema};
use crate::model::{Attr, List, Map, Model};
use crate::schema::Schema;
use crate::server::ResourceSchema;
use crate::types::Type;
use crate::validators;

const PROVIDER: Provider<'_> = Provider { name: "test", source: "registry.terraform.io/ekscompute/test" };

/// Where a thing stands.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Place {
    /// The `zone`.
    #[attribute(required)]
    zone: Attr<String>,
    /// The rank in it.
    #[attribute(computed)]
    rank: Attr<i64>,
}

/// What to keep.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Keep {
    /// For how long.
    #[attribute(optional, computed, default = "1h")]
    time: Attr<String>,
    /// Where.
    #[block(max = 1)]
    place: ListBlock<Place>,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Found {
    /// Its name.
    #[attribute(computed)]
    name: Attr<String>,
}

/// A thing, see [the guide](https://example.com/guide) about
/// `things`.
///
/// There are many.
#[derive(Debug, Clone, PartialEq, Default, Model)]
#[model(deprecated = "use something else")]
struct Thing {
    /// The name.
    ///
    /// - unique
    /// - stable
    #[attribute(required, replace, validate = [validators::length_between(1..=9)])]
    name: Attr<String>,
    /// The size.
    #[attribute(optional, computed, default = 3, replace = if_configured, deprecated = "sizes are automatic")]
    size: Attr<i64>,
    /// The password.
    #[attribute(optional, write_only, sensitive)]
    password: Attr<String>,
    /// Where it is.
    #[attribute(optional)]
    places: Map<Place>,
    /// What to keep, in the order of time.
    #[attribute(optional, computed, as_blocks)]
    written: List<Place>,
    /// The id.
    #[attribute(computed, stable)]
    id: Attr<String>,
    /// What to keep.
    #[block(min = 1, max = 2, replace, validate = [validators::size_between(1..=2)])]
    keep: ListBlock<Keep>,
    /// What was found.
    #[block]
    found: SetBlock<Found>,
    /// One place.
    #[block]
    single: SingleBlock<Place>,
}

/// The identity.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct ThingIdentity {
    /// The name.
    #[attribute(required)]
    name: Attr<String>,
    /// The region.
    #[attribute(optional)]
    region: Attr<String>,
}

impl Identity for ThingIdentity {}

fn join() -> FunctionDefinition {
    let parameter = |name: &str, allow_null| Parameter {
        name: name.to_owned(),
        ty: Type::list(Type::String),
        allow_null,
        allow_unknown: false,
        description: format!("The {name}."),
    };
    FunctionDefinition {
        parameters: vec![parameter("first", false)],
        variadic: Some(parameter("others", true)),
        result: Type::Bool,
        summary: "Whether lists are joined".to_owned(),
        description: "Joins lists.".to_owned(),
        deprecation: Some("join by hand".to_owned()),
    }
}

fn schemas() -> Schemas {
    let thing = Schema { version: 2, block: Thing::block() };
    let keep = Schema { version: 0, block: Keep::block() };
    let resource =
        ResourceSchema { ty: thing.block.ty(), schema: thing.clone(), identity: IdentitySchema::of::<ThingIdentity>() };
    Schemas {
        provider: keep.clone(),
        resources: [("test_thing".to_owned(), resource)].into(),
        data_sources: [("test_thing".to_owned(), keep.clone())].into(),
        ephemeral_resources: [("test_token".to_owned(), keep.clone())].into(),
        list_resources: [("test_thing".to_owned(), keep.clone())].into(),
        actions: [("test_ring".to_owned(), keep)].into(),
        functions: [("join".to_owned(), join())].into(),
    }
}

fn sources(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

const RESOURCE_PAGE: &str = r#"---
page_title: "test_thing Resource - terraform-provider-test"
subcategory: ""
description: |-
  A thing, see the guide about
  things.
---

# test_thing (Resource)

A thing, see [the guide](https://example.com/guide) about
`things`.

There are many.

~> **Deprecated:** use something else.

Things are old.

## Example Usage

```terraform
# the first
```

```terraform
# the second
```

## Schema

### Required

- `keep` (Block List, Min: 1, Max: 2) What to keep. Must contain between 1 and 2 elements. Forces replacement. (see [below for nested schema](#nestedblock--keep))
- `name` (String) The name. Must be between 1 and 9 characters. Forces replacement.

  - unique
  - stable

### Optional

- `password` (String, Sensitive, [Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)) The password.
- `places` (Attributes Map) Where it is. (see [below for nested schema](#nestedatt--places))
- `single` (Block, Optional) One place. (see [below for nested schema](#nestedblock--single))
- `size` (Number, Deprecated) The size. Defaults to `3`. Forces replacement if configured. **Deprecated:** sizes are automatic.
- `written` (List of Object) What to keep, in the order of time. (see [below for nested schema](#nestedatt--written))

### Read-Only

- `found` (Block Set) What was found. (see [below for nested schema](#nestedblock--found))
- `id` (String) The id.

<a id="nestedblock--keep"></a>
### Nested Schema for `keep`

Optional:

- `place` (Block List, Max: 1) Where. (see [below for nested schema](#nestedblock--keep--place))
- `time` (String) For how long. Defaults to `1h`.

<a id="nestedblock--keep--place"></a>
### Nested Schema for `keep.place`

Required:

- `zone` (String) The `zone`.

Read-Only:

- `rank` (Number) The rank in it.

<a id="nestedatt--places"></a>
### Nested Schema for `places`

Required:

- `zone` (String) The `zone`.

Read-Only:

- `rank` (Number) The rank in it.

<a id="nestedblock--single"></a>
### Nested Schema for `single`

Required:

- `zone` (String) The `zone`.

Read-Only:

- `rank` (Number) The rank in it.

<a id="nestedatt--written"></a>
### Nested Schema for `written`

Required:

- `zone` (String) The `zone`.

Read-Only:

- `rank` (Number) The rank in it.

<a id="nestedblock--found"></a>
### Nested Schema for `found`

Read-Only:

- `name` (String) Its name.

## Why

They last.

## Import

In Terraform v1.12.0 and later, use an [`import` block](https://developer.hashicorp.com/terraform/language/import) with the `identity` attribute:

```terraform
# by identity
```

### Identity Schema

#### Required

- `name` (String) The name.

#### Optional

- `region` (String) The region.

In Terraform v1.5.0 and later, use an [`import` block](https://developer.hashicorp.com/terraform/language/import) with the import ID:

```terraform
# by id
```

Using [`terraform import`](https://developer.hashicorp.com/terraform/cli/commands/import):

```shell
terraform import
```
"#;

#[test]
fn resource_page_says_everything() {
    let sources = sources(&[
        ("docs-src/resources/thing.md", "Things are old.\n\n## Why\n\nThey last.\n"),
        ("examples/resources/test_thing/resource-second.tf", "# the second"),
        ("examples/resources/test_thing/resource.tf", "# the first\n"),
        ("examples/resources/test_thing/import-by-identity.tf", "# by identity\n"),
        ("examples/resources/test_thing/import-by-string-id.tf", "# by id\n"),
        ("examples/resources/test_thing/import.sh", "terraform import\n"),
        ("examples/resources/test_thing/variables.tf", "# of no interest"),
    ]);
    let pages = pages(PROVIDER, &schemas(), &sources);
    pretty(&pages["docs/resources/thing.md"], RESOURCE_PAGE);
}

/// Like `assert_eq!`, but shows the first line that differs.
fn pretty(found: &str, expected: &str) {
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", number + 1);
    }
    assert_eq!(found, expected);
}

#[test]
fn function_page_has_signature_and_arguments() {
    let sources = sources(&[("examples/functions/join/function.tf", "# join")]);
    let expected = r#"---
page_title: "join function - terraform-provider-test"
subcategory: ""
description: |-
  Whether lists are joined
---

# function: join

Joins lists.

**Deprecated:** join by hand.

## Example Usage

```terraform
# join
```

## Signature

```text
join(first list of string, others list of string...) bool
```

## Arguments

1. `first` (List of String) The first.
1. `others` (Variadic, List of String, Nullable) The others.
"#;
    pretty(&pages(PROVIDER, &schemas(), &sources)["docs/functions/join.md"], expected);
}

#[test]
fn index_has_no_subcategory_and_takes_the_intro() {
    let sources =
        sources(&[("docs-src/index.md", "Hello."), ("examples/provider/provider.tf", "provider \"test\" {}")]);
    let index = pages(PROVIDER, &schemas(), &sources).remove("docs/index.md").expect("the index");
    let expected = "---\npage_title: \"test Provider\"\ndescription: |-\n  What to keep.\n---\n\n\
                    # test Provider\n\nWhat to keep.\n\nHello.\n\n## Example Usage\n\n\
                    ```terraform\nprovider \"test\" {}\n```\n\n## Schema\n";
    assert_eq!(index.get(..expected.len()), Some(expected));
}

#[test]
fn everything_has_a_page_at_its_place() {
    let guide = ("docs-src/guides/start.md", "---\npage_title: Start\n---\n");
    let pages = pages(PROVIDER, &schemas(), &sources(&[guide]));
    let paths: Vec<_> = pages.keys().map(String::as_str).collect();
    let expected = [
        "docs/actions/ring.md",
        "docs/data-sources/thing.md",
        "docs/ephemeral-resources/token.md",
        "docs/functions/join.md",
        "docs/guides/start.md",
        "docs/index.md",
        "docs/list-resources/thing.md",
        "docs/resources/thing.md",
    ];
    assert_eq!(paths, expected);
    assert_eq!(pages["docs/guides/start.md"], guide.1);
}

#[test]
fn plain_text_keeps_brackets_that_are_no_link() {
    assert_eq!(markdown::plain("a[0] is **b** in [`c`](d), [e\n\nmore"), "a[0] is b in c, [e");
}

#[test]
fn json_is_what_terraform_prints() {
    let json = provider_schemas(PROVIDER, &schemas());
    let provider = &json["provider_schemas"][PROVIDER.source];
    let thing = &provider["resource_schemas"]["test_thing"];
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(thing["version"], 2);
    assert_eq!(thing["block"]["deprecated"], true);
    let size = json!({
        "type": "number", "optional": true, "computed": true, "deprecated": true, "description_kind": "markdown",
        "description": "The size. Defaults to `3`. Forces replacement if configured. **Deprecated:** sizes are automatic.",
    });
    assert_eq!(thing["block"]["attributes"]["size"], size);
    let places = &thing["block"]["attributes"]["places"];
    assert_eq!((places.get("type"), &places["nested_type"]["nesting_mode"]), (None, &json!("map")));
    assert_eq!(places["nested_type"]["attributes"]["zone"]["required"], true);
    let keep = &thing["block"]["block_types"]["keep"];
    assert_eq!((&keep["nesting_mode"], &keep["min_items"], &keep["max_items"]), (&json!("list"), &json!(1), &json!(2)));
    assert_eq!(thing["block"]["block_types"]["found"].get("min_items"), None);
    let region = &provider["resource_identity_schemas"]["test_thing"]["attributes"]["region"];
    assert_eq!(*region, json!({ "type": "string", "description": "The region.", "optional_for_import": true }));
    assert_eq!(provider["functions"]["join"]["variadic_parameter"]["is_nullable"], true);
    assert_eq!(provider["functions"]["join"]["return_type"], "bool");
    assert!(provider["action_schemas"]["test_ring"].get("version").is_none());
}

#[test]
fn files_in_deeper_folders_are_no_examples() {
    let sources: BTreeMap<_, _> = sources(&[("examples/resources/test_thing/modules/resource.tf", "")]);
    assert!(examples(&sources, Kind::Resource, "test_thing").is_empty());
}
