//! `userdata_parts`: what a userdata contains.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{parameter, text};
use framework::function::{Function, FunctionDefinition, FunctionError};
use framework::types::Type;
use framework::value::Value;
use render::userdata::{Content, UserdataError, read, unpack};

const DESCRIPTION: &str = "\
Returns what the userdata of a node contains, whatever tool wrote it, so that a test or a `check` can look at it. The result
is an object:

- `format` (String) `mime` for a MIME multipart, `tags` for `<powershell>` and `<script>`, `plain` for one content alone, \
`empty` for nothing but white space, `unknown` for text that no reader is known to accept.
- `base64` (Boolean) Whether the whole was given in base64.
- `gzip` (Boolean) Whether the whole was compressed with gzip.
- `parts` (List of Object) In the order of the userdata:
  - `kind` (String) What reads the part: `node_config` for nodeadm, `shell` and `cloud_config` for cloud-init, \
`bottlerocket`, `powershell` and `batch` for what is inside the two tags, else `other`.
  - `content_type` (String) The media type of a MIME part in lower case, without parameters; else null.
  - `filename` (String) The file name of a MIME part, if it has one; else null.
  - `content` (String) The text, out of base64. Null where the bytes are no UTF-8 text. `yamldecode` reads a `node_config`.
  - `content_base64` (String) The bytes of the part, in base64.
- `problems` (List of String) What a consumer does not read as it was probably meant, each with its place. They follow \
what cloud-init and nodeadm are known to do with MIME: among others a missing `MIME-Version`, a boundary that needs quotes, \
a missing last line, scripts without `#!` or with CR LF line ends, characters beyond ASCII that are not in base64.

The function does not unpack a single part, does not look into nested multiparts, and does not check what the contents say.";

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
                "The userdata as text, or in base64 as launch templates hold it, also when it is compressed. A MIME \
                 multipart without a boundary or without parts is an error.",
            )],
            variadic: None,
            result: Type::object([
                ("format", Type::String),
                ("base64", Type::Bool),
                ("gzip", Type::Bool),
                ("parts", Type::list(Type::object(part))),
                ("problems", Type::list(Type::String)),
            ]),
            summary: "What a userdata contains".to_owned(),
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
            // Text holds nothing compressed but in base64.
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
        framework::conform::conforms(&result, &UserdataParts.definition().result).unwrap();
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
