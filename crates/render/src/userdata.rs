//! Parses user data from any source: which consumer reads which bytes, and which parts it reads differently than
//! intended.

pub mod joining;

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::mime::{self, MimeError, NODE_CONFIG, Part};

/// The first bytes of gzip.
const GZIP: &[u8] = b"\x1f\x8b";

/// More than gzip can produce from the user data size that EC2 accepts.
const MOST_UNPACKED: u64 = 32 << 20;

/// The prefixes by which cloud-init detects the media type.
const BEGINNINGS: [(&str, &str); 9] = [
    ("#!", "text/x-shellscript"),
    ("#cloud-config-archive", "text/cloud-config-archive"),
    ("#cloud-config-jsonp", "text/cloud-config-jsonp"),
    ("#cloud-config", "text/cloud-config"),
    ("#cloud-boothook", "text/cloud-boothook"),
    ("#part-handler", "text/part-handler"),
    ("#include-once", "text/x-include-once-url"),
    ("#include", "text/x-include-url"),
    ("## template: jinja", "text/jinja2"),
];

/// The consumer of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// nodeadm: a `NodeConfig`.
    NodeConfig,
    /// cloud-init: runs it.
    Shell,
    /// cloud-init: its own modules.
    CloudConfig,
    /// Bottlerocket's settings.
    Bottlerocket,
    /// EC2Launch: the inside of `<powershell>`.
    PowerShell,
    /// EC2Launch: the inside of `<script>`.
    Batch,
    /// Anything else.
    Other,
}

impl Kind {
    /// Returns the name in the result of the function.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeConfig => "node_config",
            Self::Shell => "shell",
            Self::CloudConfig => "cloud_config",
            Self::Bottlerocket => "bottlerocket",
            Self::PowerShell => "powershell",
            Self::Batch => "batch",
            Self::Other => "other",
        }
    }
}

/// The format of the user data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Only whitespace.
    Empty,
    /// MIME multipart.
    Mime,
    /// `<powershell>` and `<script>`.
    Tags,
    /// A single content.
    Plain,
    /// Content that no software is known to support.
    Unknown,
}

impl Format {
    /// Returns the name in the result of the function.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Mime => "mime",
            Self::Tags => "tags",
            Self::Plain => "plain",
            Self::Unknown => "unknown",
        }
    }
}

/// A content with its consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The consumer.
    pub kind: Kind,
    /// The MIME part. Without MIME, only the body is set.
    pub part: Part,
}

/// The parsed user data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Userdata {
    /// The format of the user data.
    pub format: Format,
    /// Whether the user data is base64-encoded.
    pub is_base64: bool,
    /// The contents in their order.
    pub contents: Vec<Content>,
    /// The problems of the user data.
    pub problems: Vec<String>,
}

/// The reason why user data cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserdataError {
    /// The user data would have to be decompressed.
    #[error("the user data is compressed with gzip. Use the uncompressed user data")]
    Compressed,
    /// The content has a gzip header but is not gzip.
    #[error("the user data has a gzip header but cannot be decompressed: {0}")]
    Gzip(String),
    /// Decompression would require too much memory.
    #[error("the user data is compressed with gzip and exceeds {MOST_UNPACKED} bytes when decompressed")]
    TooLong,
    /// The multipart is invalid.
    #[error("the MIME multipart document is not valid: {0}")]
    Mime(#[from] MimeError),
}

/// Returns the decompressed content of gzip data, plain or in base64, or `None` for other content.
///
/// # Errors
/// Returns an error if the data is corrupt, or longer than EC2 supports.
pub fn unpack(given: &[u8]) -> Result<Option<Vec<u8>>, UserdataError> {
    let decoded = mime::decode(given);
    let Some(packed) = [decoded.as_deref().unwrap_or_default(), given].into_iter().find(|it| it.starts_with(GZIP))
    else {
        return Ok(None);
    };
    let mut unpacked = Vec::new();
    let length = MultiGzDecoder::new(packed).take(MOST_UNPACKED + 1).read_to_end(&mut unpacked);
    match length {
        Ok(_) if unpacked.len() as u64 > MOST_UNPACKED => Err(UserdataError::TooLong),
        Ok(_) => Ok(Some(unpacked)),
        Err(error) => Err(UserdataError::Gzip(error.to_string())),
    }
}

/// Parses user data, plain or in base64 as in launch templates.
///
/// # Errors
/// Returns an error if it is compressed, or a multipart without parts.
pub fn read(given: &[u8]) -> Result<Userdata, UserdataError> {
    let decoded = mime::decode(given).filter(|decoded| !decoded.is_empty());
    let bytes = decoded.as_deref().unwrap_or(given);
    if bytes.starts_with(GZIP) {
        return Err(UserdataError::Compressed);
    }
    let mut userdata = read_plain(bytes)?;
    // Text of an unknown kind can look like base64 by chance.
    let is_unknown = matches!(userdata.format, Format::Plain | Format::Unknown)
        && userdata.contents.iter().all(|content| content.kind == Kind::Other);
    if decoded.is_some() && is_unknown {
        return read_plain(given);
    }
    userdata.is_base64 = decoded.is_some();
    Ok(userdata)
}

fn read_plain(bytes: &[u8]) -> Result<Userdata, UserdataError> {
    let mut userdata = Userdata { format: Format::Plain, is_base64: false, contents: Vec::new(), problems: Vec::new() };
    if bytes.trim_ascii().is_empty() {
        userdata.format = Format::Empty;
    } else if let Some(multipart) = mime::parse(bytes)? {
        userdata.format = Format::Mime;
        userdata.problems = multipart.problems.iter().map(ToString::to_string).collect();
        userdata.contents = multipart.parts.into_iter().map(of_part).collect();
    } else if let Some(contents) = tags(bytes, &mut userdata.problems) {
        userdata.format = Format::Tags;
        userdata.contents = contents;
    } else {
        let part = Part { content_type: None, filename: None, is_base64: false, body: bytes.to_vec() };
        let kind = kind_of_text(bytes);
        if let Some(problem) = unaccepted(bytes).filter(|_| kind == Kind::Other) {
            userdata.format = Format::Unknown;
            userdata.problems.push(problem.to_owned());
        }
        userdata.contents = vec![Content { kind, part }];
    }
    for (index, content) in userdata.contents.iter().enumerate() {
        let found = problems(content, userdata.format).into_iter();
        userdata.problems.extend(found.map(|problem| format!("parts[{index}] {problem}")));
    }
    Ok(userdata)
}

fn of_part(mut part: Part) -> Content {
    if part.content_type.as_deref() == Some(NODE_CONFIG)
        && let Some(decoded) = mime::node_config(&part.body)
    {
        part.is_base64 = true;
        part.body = decoded;
    }
    // cloud-init detects the type of parts without a media type.
    let given = part.content_type.as_deref().filter(|given| *given != "text/plain");
    let kind = kind_of_type(given.or_else(|| type_by_beginning(&part.body)).unwrap_or_default());
    Content { kind, part }
}

fn kind_of_type(content_type: &str) -> Kind {
    match content_type {
        NODE_CONFIG => Kind::NodeConfig,
        "text/x-shellscript"
        | "text/x-shellscript-per-boot"
        | "text/x-shellscript-per-instance"
        | "text/x-shellscript-per-once" => Kind::Shell,
        "text/cloud-config" | "text/cloud-config-archive" | "text/cloud-config-jsonp" => Kind::CloudConfig,
        _ => Kind::Other,
    }
}

pub(crate) fn type_by_beginning(body: &[u8]) -> Option<&'static str> {
    let found = BEGINNINGS.iter().find(|(beginning, _)| body.starts_with(beginning.as_bytes()));
    found.map(|(_, content_type)| *content_type)
}

/// Returns the type of text without a media type.
fn kind_of_text(bytes: &[u8]) -> Kind {
    if let Some(content_type) = type_by_beginning(bytes) {
        return kind_of_type(content_type);
    }
    let text = String::from_utf8_lossy(bytes);
    let is_node_config = |line: &str| {
        let key = line.trim_start_matches(['{', ' ', '"']);
        key.starts_with("apiVersion") && key.contains("node.eks.aws/")
    };
    let is_setting = |line: &str| {
        let name = line.trim_start_matches(['[', ' ']).trim_start_matches("settings");
        line.trim_start_matches(['[', ' ']).len() > name.len() && name.trim_start().starts_with(['.', ']'])
    };
    // JSON can be on one line.
    let is_json = text.trim_start().starts_with('{') && text.contains("\"node.eks.aws/");
    if is_json || text.lines().any(is_node_config) {
        Kind::NodeConfig
    } else if text.lines().any(is_setting) {
        Kind::Bottlerocket
    } else {
        Kind::Other
    }
}

/// Returns the reason why no software supports text of an unknown type, unless cloud-init or EC2Launch v2 might support
/// it.
fn unaccepted(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let has = |start: &str| text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with(start));
    if type_by_beginning(bytes).is_some() || has("version:") && has("tasks:") {
        return None;
    }
    Some(if has("content-type:") || has("mime-version:") {
        "it has MIME headers, but is not a MIME multipart document: the headers are indented, incomplete, or not at \
         the beginning"
    } else {
        "no software on a node supports this content: it is not a MIME multipart document, a script, a NodeConfig, \
         TOML with settings, or PowerShell in tags"
    })
}

/// Returns the blocks of Windows user data, or `None` without blocks.
fn tags(bytes: &[u8], problems: &mut Vec<String>) -> Option<Vec<Content>> {
    let text = std::str::from_utf8(bytes).ok()?;
    // A tag in another format, such as in the text of a script, does not start a block.
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut contents = Vec::new();
    let mut rest = text;
    while let Some((start, tag, kind)) = next_tag(rest) {
        let inside = &rest[start + tag.len() + 2..];
        let close = format!("</{tag}>");
        let end = inside.find(&close);
        if end.is_none() {
            problems.push(format!("<{tag}> is not closed with {close}"));
        }
        let body = inside.as_bytes()[..end.unwrap_or(inside.len())].to_vec();
        let part = Part { content_type: None, filename: None, is_base64: false, body };
        if contents.iter().any(|content: &Content| content.kind == kind) {
            problems.push(format!("there is more than one <{tag}>, but only one is supported"));
        }
        contents.push(Content { kind, part });
        rest = end.map_or("", |end| &inside[end + close.len()..]);
    }
    (!contents.is_empty()).then_some(contents)
}

fn next_tag(text: &str) -> Option<(usize, &'static str, Kind)> {
    let tags = [("powershell", Kind::PowerShell), ("script", Kind::Batch)];
    let found = tags.into_iter().filter_map(|(tag, kind)| Some((text.find(&format!("<{tag}>"))?, tag, kind)));
    found.min_by_key(|(start, _, _)| *start)
}

/// Returns the ways in which the consumer reads a part differently than intended.
fn problems(content: &Content, format: Format) -> Vec<&'static str> {
    let body = content.part.body.as_slice();
    if body.starts_with(GZIP) {
        return vec!["is compressed with gzip and is not checked"];
    }
    let is_script = content.kind == Kind::Shell;
    let is_exact = content.part.is_base64 || format != Format::Mime;
    let is_for_cloud_init = !matches!(content.kind, Kind::NodeConfig | Kind::PowerShell | Kind::Batch);
    let is_windows = matches!(content.kind, Kind::PowerShell | Kind::Batch);
    let found = [
        (is_script && !body.starts_with(b"#!"), "is a script that does not start with \"#!\": it cannot be run"),
        (
            is_script && body.contains(&b'\r'),
            "is a script with CRLF line endings: its first line does not specify a valid program",
        ),
        (
            is_for_cloud_init && !is_exact && !body.is_ascii(),
            "contains non-ASCII characters and is not base64: cloud-init changes them",
        ),
        (
            is_windows && !body.is_ascii(),
            "contains non-ASCII characters: Windows PowerShell reads them as other characters",
        ),
        (
            content.kind == Kind::NodeConfig && has_second_document(body),
            "has several YAML documents: nodeadm reads only the first",
        ),
    ];
    found.into_iter().filter(|(is_found, _)| *is_found).map(|(_, problem)| problem).collect()
}

/// Returns whether `---` is after anything but comments.
fn has_second_document(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next();
    lines.any(|line| line == "---" || line.starts_with("--- "))
}

#[cfg(test)]
#[path = "userdata_tests.rs"]
mod tests;
