//! The examples of the documentation, without the objects of the AWS provider, which is not available to the tests.

use std::path::Path;

use serde_json::Value;

/// Returns the text of a file below `examples`.
#[track_caller]
pub(crate) fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Returns an example. In examples of resources, variables take the place of objects of the AWS provider:
/// `var.node_role_arn` for `aws_iam_role.node.arn`. The test declares all variables.
#[track_caller]
pub(crate) fn example(path: &str) -> String {
    let text = read(path);
    if path.starts_with("resources/") && path.ends_with(".tf") { without_aws(&text) } else { text }
}

/// Returns an example in which values of AWS objects are known after apply, as they are for users who copy it.
pub(crate) fn with_unknown_values(text: &str, values: &Value) -> String {
    let names = values.as_object().into_iter().flat_map(|values| values.keys());
    let text = names.fold(text.to_owned(), |text, name| {
        text.replace(&format!("var.{name}"), &format!("terraform_data.aws.output.{name}"))
    });
    let members = values.as_object().into_iter().flatten().map(|(name, value)| format!("    {name} = {value}\n"));
    let members: String = members.collect();
    format!("{text}\nresource \"terraform_data\" \"aws\" {{\n  input = {{\n{members}  }}\n}}\n")
}

/// Returns only the resource that an example `resources/<type>/<file>.tf` is about, without references to others.
#[track_caller]
pub(crate) fn resource(path: &str) -> String {
    let text = example(path);
    let header = format!("resource \"{}\" ", path.split('/').nth(1).unwrap_or_default());
    let block = blocks(&text).into_iter().find(|block| first_line(block).starts_with(&header));
    let block = block.unwrap_or_else(|| panic!("no {header}in {text}"));
    // It is the last argument.
    let block = match block.split_once("  depends_on = [") {
        Some((before, _)) => format!("{before}}}\n"),
        None => block,
    };
    block.lines().map(with_name).collect()
}

fn without_aws(text: &str) -> String {
    let text: String = blocks(text).into_iter().filter(|block| !is_left_out(first_line(block))).collect();
    let text: String = text.lines().filter_map(without_aws_dependencies).collect();
    with_variables(&with_variables(&text, "role"), "user")
}

/// Returns the top-level blocks of a configuration, each with the comments before it.
fn blocks(text: &str) -> Vec<String> {
    let (mut blocks, mut block) = (Vec::new(), String::new());
    for line in text.split_inclusive('\n') {
        block += line;
        if line.starts_with('}') || !line.starts_with(['#', ' ']) && line.trim_end().ends_with("{}") {
            blocks.push(std::mem::take(&mut block));
        }
    }
    blocks.push(block);
    blocks
}

/// Returns the first line of a block that is not a comment.
fn first_line(block: &str) -> &str {
    block.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default()
}

fn is_left_out(first_line: &str) -> bool {
    ["terraform ", "variable ", "resource \"aws_", "data \"aws_"].iter().any(|start| first_line.starts_with(start))
}

/// Returns a line of a block without dependencies on objects of the AWS provider, or `None` if nothing is left.
fn without_aws_dependencies(line: &str) -> Option<String> {
    let element = line.trim_start();
    if element.starts_with("aws_") {
        return None;
    }
    let Some(list) = element.strip_prefix("depends_on = [").and_then(|rest| rest.strip_suffix(']')) else {
        return Some(format!("{line}\n"));
    };
    let kept: Vec<_> = list.split(", ").filter(|dependency| !dependency.starts_with("aws_")).collect();
    (!kept.is_empty()).then(|| format!("  depends_on = [{}]\n", kept.join(", ")))
}

fn with_variables(text: &str, noun: &str) -> String {
    let prefix = format!("aws_iam_{noun}.");
    let mut parts = text.split(&prefix);
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (label, rest) = part.split_once('.').expect("an attribute follows the name");
        found += &format!("var.{label}_{noun}_{rest}");
    }
    found
}

/// Returns a line with the name of a resource instead of a reference to it. In the examples, both are equal.
fn with_name(line: &str) -> String {
    let reference = line.split_once("= ekscompute_");
    let named = reference.and_then(|(argument, rest)| Some(format!("{argument}= {:?}\n", rest.split('.').nth(1)?)));
    named.unwrap_or_else(|| format!("{line}\n"))
}

#[test]
fn variables_take_the_place_of_aws_objects() {
    let text = r#"terraform {
  required_providers {}
}

data "aws_caller_identity" "current" {}

# Comment of the role.
resource "aws_iam_role" "node" {
  name = "x"
}

resource "ekscompute_a" "a" {
  role_arn = aws_iam_role.node.arn # a role
  user     = "${aws_iam_user.ci.name}-x"

  depends_on = [aws_iam_role_policy_attachment.node]
}

# Comment of b.
resource "ekscompute_b" "b" {
  name = ekscompute_a.a.name

  depends_on = [
    aws_iam_role_policy_attachment.node,
    ekscompute_a.a,
  ]
}
"#;
    let a = r#"
resource "ekscompute_a" "a" {
  role_arn = var.node_role_arn # a role
  user     = "${var.ci_user_name}-x"

}
"#;
    let b = r#"
# Comment of b.
resource "ekscompute_b" "b" {
  name = ekscompute_a.a.name

  depends_on = [
    ekscompute_a.a,
  ]
}
"#;
    let found = without_aws(text);
    assert_eq!(found, [a, b].concat());
    assert_eq!(blocks(&found), [a, b, ""]);
    assert_eq!(with_name("  name = ekscompute_a.a.name"), "  name = \"a\"\n");
    assert_eq!(without_aws_dependencies("  depends_on = [aws_x.y, a.b]"), Some("  depends_on = [a.b]\n".to_owned()));
}
