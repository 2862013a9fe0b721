//! `userdata_parts`: the parts of user data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{parameter, text};
use framework::function::{Function, FunctionDefinition, FunctionError};
use framework::types::Type;
use framework::value::Value;
use render::userdata::{Content, UserdataError, read, unpack};

const DESCRIPTION: &str = "\
Returns the parts of the user data of a node, so that a test or a `check` block can inspect them. User data from any
tool is supported. The result is an object:

- `format` (String) Format of the user data: `mime` for a MIME multipart document, `tags` for `<powershell>` and \
`<script>`, `plain` for a single document, `empty` for whitespace only, or `unknown` for text that no known consumer \
accepts.
- `base64` (Boolean) Whether the argument is base64-encoded.
- `gzip` (Boolean) Whether the user data is compressed with gzip.
- `parts` (List of Object) Parts in the order of the user data:
  - `kind` (String) Consumer of the part: `node_config` for nodeadm, `shell` and `cloud_config` for cloud-init, \
`bottlerocket`, `powershell` and `batch` for the content of the two tags, or `other`.
  - `content_type` (String) Media type of a MIME part in lowercase, without parameters. Null otherwise.
  - `filename` (String) File name of a MIME part. Null if it has none.
  - `content` (String) Decoded text. Null if the content is not UTF-8 text. Use `yamldecode` to read a `node_config`.
  - `content_base64` (String) Content of the part in base64.
- `problems` (List of String) Content that a consumer does not interpret as intended, with its location, based on the \
known behavior of cloud-init and nodeadm. Examples are a missing `MIME-Version`, a boundary that requires quotes, a \
missing closing line, scripts without `#!` or with CRLF line endings, and non-ASCII characters that are not \
base64-encoded.

The function does not decompress individual parts, does not parse nested multipart documents, and does not validate \
contents.";

/// The function.
#[derive(Debug, Clone, Copy)]
pub struct UserdataParts;

impl Function for UserdataParts {
    fn definition(&self) -> FunctionDefinition {
        let part = ["kind", "content_type", "filename", "content", "content_base64"].map(|name| (name, Type::String));
        FunctionDefinition {
            parameters: vec![parameter(
                "userdata",
                Type::String,
                "User data as text, or base64-encoded as in a launch template. It can be compressed. A MIME multipart \
                 document without a boundary or without parts is an error.",
            )],
            variadic: None,
            result: Type::object([
                ("format", Type::String),
                ("base64", Type::Bool),
                ("gzip", Type::Bool),
                ("parts", Type::list(Type::object(part))),
                ("problems", Type::list(Type::String)),
            ]),
            summary: "Returns the parts of user data".to_owned(),
            description: DESCRIPTION.to_owned(),
            deprecation: None,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let given = text(arguments, 0)?;
        let refused = |error: UserdataError| FunctionError::argument(0, error.to_string());
        let unpacked = unpack(given.as_bytes()).map_err(refused)?;
        let userdata = read(unpacked.as_deref().unwrap_or(given.as_bytes())).map_err(refused)?;
        Ok(Value::object([
            ("format", userdata.format.name().into()),
            // Compressed data is always base64-encoded in a string.
            ("base64", (userdata.is_base64 || unpacked.is_some()).into()),
            ("gzip", unpacked.is_some().into()),
            ("parts", Value::List(userdata.contents.iter().map(content).collect())),
            ("problems", Value::List(userdata.problems.into_iter().map(Value::from).collect())),
        ]))
    }
}

fn content(content: &Content) -> Value {
    let optional = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let part = &content.part;
    Value::object([
        ("kind", content.kind.name().into()),
        ("content_type", optional(part.content_type.as_deref())),
        ("filename", optional(part.filename.as_deref())),
        ("content", optional(std::str::from_utf8(&part.body).ok())),
        ("content_base64", STANDARD.encode(&part.body).into()),
    ])
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const USERDATA: &str = "Content-Type: multipart/mixed; boundary=\"B\"\n\n--B\nContent-Type: text/x-shellscript\n\
        Content-Disposition: attachment; filename=\"a.sh\"\n\n#!/bin/sh\n\n--B\n\
        Content-Transfer-Encoding: base64\n\n/w==\n--B--\n";

    fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
        value.member(name).unwrap()
    }

    #[test]
    fn every_part_is_returned() {
        let result = UserdataParts.call(&[USERDATA.into()]).unwrap();
        framework::type_check::conforms(&result, &UserdataParts.definition().result).unwrap();
        assert_eq!(member(&result, "format"), &"mime".into());
        assert_eq!(member(&result, "base64"), &false.into());
        let expected = [
            [
                "shell".into(),
                "text/x-shellscript".into(),
                "a.sh".into(),
                "#!/bin/sh\n".into(),
                "IyEvYmluL3NoCg==".into(),
            ],
            ["other".into(), Value::Null, Value::Null, Value::Null, "/w==".into()],
        ];
        let names = ["kind", "content_type", "filename", "content", "content_base64"];
        let parts = member(&result, "parts").elements().unwrap();
        assert_eq!(parts.iter().map(|part| names.map(|name| member(part, name).clone())).collect::<Vec<_>>(), expected);
        let problems = member(&result, "problems").elements().unwrap();
        assert!(problems.iter().any(|problem| problem.as_str().is_some_and(|text| text.contains("MIME-Version"))));
    }

    #[test]
    fn compressed_userdata_is_unpacked() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(USERDATA.as_bytes()).unwrap();
        let given = STANDARD.encode(packed.finish().unwrap());
        let result = UserdataParts.call(&[given.into()]).unwrap();
        let plain = UserdataParts.call(&[USERDATA.into()]).unwrap();
        assert_eq!((member(&result, "base64"), member(&result, "gzip")), (&true.into(), &true.into()));
        assert_eq!((member(&plain, "base64"), member(&plain, "gzip")), (&false.into(), &false.into()));
        assert_eq!(member(&result, "parts"), member(&plain, "parts"));
    }

    #[test]
    fn error_names_the_argument() {
        let error = UserdataParts.call(&["H4sIAAAAAAAA".into()]).unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.message.contains("gzip"), "{error}");
    }
}
