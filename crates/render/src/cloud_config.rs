//! The parts that cloud-init processes with its own modules. It ignores a part that it cannot read, and only logs the
//! error.

use serde_saphyr::granit_parser::{Event, Parser};

/// The top-level type of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Top {
    Mapping,
    List,
}

/// Validates the body of a part of this media type. Other media types are accepted.
///
/// # Errors
/// Returns an error if cloud-init would ignore the part.
pub fn check(content_type: &str, body: &str) -> Result<(), String> {
    // The result of a template is known only on the node.
    if body.starts_with("## template:") {
        return Ok(());
    }
    match content_type {
        "text/cloud-config" => document(body, Top::Mapping),
        "text/cloud-config-archive" => document(body, Top::List),
        "text/cloud-config-jsonp" => patch(body),
        _ => Ok(()),
    }
}

fn document(body: &str, top: Top) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut found = None;
    let mut documents = 0;
    for event in Parser::new_from_str(body) {
        let (event, span) = event
            .map_err(|error| format!("line {}: this is not valid YAML: {}", error.marker().line(), error.info()))?;
        let line = span.start.line();
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, _, tag) | Event::MappingStart(_, _, tag) => {
                tag.is_some()
            }
            _ => false,
        };
        if tag {
            return Err(format!("line {line}: cloud-init does not support YAML tags. Write the value without its tag"));
        }
        let is_top = depth == 0;
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(format!(
                        "line {line}: there is a second document. Use a separate part for each document"
                    ));
                }
            }
            Event::MappingStart(..) if is_top => found = Some(Top::Mapping),
            Event::SequenceStart(..) if is_top => found = Some(Top::List),
            _ => {}
        }
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    match (top, found) {
        (top, Some(found)) if top == found => Ok(()),
        (Top::Mapping, _) => {
            Err("it is not a mapping with the names of cloud-init modules, such as \"packages: [jq]\"".to_owned())
        }
        (Top::List, _) => Err("it is not a list of elements with a content field".to_owned()),
    }
}

fn patch(body: &str) -> Result<(), String> {
    let body = body.strip_prefix("#cloud-config-jsonp").unwrap_or(body);
    match serde_json::from_str::<serde_json::Value>(body) {
        Ok(serde_json::Value::Array(_)) => Ok(()),
        Ok(_) => Err("it is not a list of JSON Patch operations (RFC 6902)".to_owned()),
        Err(error) => Err(format!("this is not valid JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::mapping("#cloud-config\npackages: [jq]\n")]
    #[case::two_booleans("package_update: yes\n")]
    #[case::anchors("a: &a {x: 1}\nb: *a\n")]
    #[case::blocks("write_files:\n- path: /a\n  content: |\n    x: [\n")]
    #[case::template("## template: jinja\n#cloud-config\n{% if x %}\n")]
    fn mapping_is_taken(#[case] body: &str) {
        assert_eq!(check("text/cloud-config", body), Ok(()));
    }

    #[rstest]
    #[case::open("a: [1\n", "not valid YAML")]
    #[case::tab("a:\n\tb: 1\n", "not valid YAML")]
    #[case::list("- a\n", "not a mapping")]
    #[case::text("just words\n", "not a mapping")]
    #[case::empty("#cloud-config\n", "not a mapping")]
    #[case::two("a: 1\n---\nb: 2\n", "second document")]
    #[case::tag("a: !secret x\n", "tags")]
    fn invalid_cloud_config_is_rejected(#[case] body: &str, #[case] reason: &str) {
        let why = check("text/cloud-config", body).expect_err("refused");
        assert!(why.contains(reason), "{why}");
    }

    #[test]
    fn archives_and_patches_have_their_own_form() {
        assert_eq!(check("text/cloud-config-archive", "#cloud-config-archive\n- content: a\n"), Ok(()));
        assert!(check("text/cloud-config-archive", "a: 1\n").is_err());
        assert_eq!(check("text/cloud-config-jsonp", "#cloud-config-jsonp\n[{\"op\": \"add\"}]"), Ok(()));
        assert!(check("text/cloud-config-jsonp", "{}").is_err());
        assert!(check("text/cloud-config-jsonp", "[").is_err());
        assert_eq!(check("text/x-shellscript", "a: ["), Ok(()));
    }
}
