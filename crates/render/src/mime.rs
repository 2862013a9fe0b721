//! MIME multiparts in user data. They are printed so that cloud-init and nodeadm read the same bytes, and parsed from
//! any source, with a note if the two consumers differ.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The boundary, unless a line of a body contains it. It is constant, so that equal input results in equal bytes.
const BOUNDARY: &str = "EKSCOMPUTE";

/// The media type of the nodeadm configuration, the only type that nodeadm reads.
pub const NODE_CONFIG: &str = "application/node.eks.aws";

/// A part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The media type in lowercase, without parameters. If it is missing, cloud-init detects the type, and nodeadm
    /// skips the part.
    pub content_type: Option<String>,
    /// The name in `Content-Disposition`.
    pub filename: Option<String>,
    /// Whether the body is base64-encoded in the multipart.
    pub is_base64: bool,
    /// The decoded bytes.
    pub body: Vec<u8>,
}

impl Part {
    /// Returns the invalid headers: the media type, the file name, or both.
    #[must_use]
    pub fn wrong_headers(&self) -> Vec<MimeError> {
        let content_type = self.content_type.iter().filter(|given| !is_printable_type(given));
        let filename = self.filename.iter().filter(|given| !is_filename(given));
        let content_type = content_type.cloned().map(MimeError::ContentType);
        content_type.chain(filename.cloned().map(MimeError::Filename)).collect()
    }
}

/// A parsed multipart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipart {
    /// The parts in their order.
    pub parts: Vec<Part>,
    /// The problems of the document.
    pub problems: Vec<Problem>,
}

/// The reason why a multipart cannot be printed or parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MimeError {
    /// A media type with invalid characters, or a nested multipart.
    #[error("{0:?} is not a media type, for example \"text/x-shellscript\"")]
    ContentType(String),
    /// A file name that would require an encoding.
    #[error("{0:?} is not a file name of letters, digits, dots, underscores, and hyphens")]
    Filename(String),
    /// The header has no boundary.
    #[error("the top-level Content-Type has no boundary")]
    NoBoundary,
    /// No line contains the boundary of the header.
    #[error("no line is \"--{0}\", the boundary of the top-level Content-Type")]
    NoParts(String),
}

/// A problem that makes a consumer read the document differently. Part numbers start at 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Before the first header.
    #[error("there is an empty line before the first header: cloud-init ignores the document, and nodeadm fails")]
    LeadingEmptyLine,
    /// Before the first header.
    #[error("there is a byte order mark before the first header: cloud-init ignores the document")]
    ByteOrderMark,
    /// In the first header.
    #[error("the first header is indented: nodeadm fails")]
    Indented,
    /// In the top-level headers.
    #[error("there is no MIME-Version header: cloud-init ignores the document")]
    NoVersion,
    /// In the top-level headers.
    #[error("the boundary contains characters that require quotes: nodeadm fails")]
    UnquotedBoundary,
    /// After the top-level headers.
    #[error("there is no empty line after the top-level headers: nodeadm fails")]
    NoEmptyLine,
    /// At the end.
    #[error("the closing line \"--{0}--\" is missing: nodeadm fails")]
    NotClosed(String),
    /// At the end.
    #[error("there is text after the closing line \"--{0}--\", which is ignored")]
    AfterEnd(String),
    /// After the headers of a part.
    #[error("parts[{0}] has no empty line between headers and body: nodeadm fails")]
    NoEmptyLineInPart(usize),
    /// In the headers of a part.
    #[error(
        "parts[{0}] has no Content-Type: nodeadm ignores the part, and cloud-init determines the type from its first \
         line"
    )]
    NoContentType(usize),
    /// In the headers of a part.
    #[error("parts[{0}] has an invalid Content-Type: nodeadm fails")]
    ContentType(usize),
    /// In the headers of a part.
    #[error("parts[{0}] is itself a multipart: nodeadm does not read it")]
    Nested(usize),
    /// In the headers of a part.
    #[error("parts[{0}] has the unsupported encoding {1} and is left unchanged")]
    Encoding(usize, String),
    /// In the body of a part.
    #[error("parts[{0}] is declared as base64 but is not valid base64")]
    Base64(usize),
}

/// Prints the parts with LF, a quoted boundary, and a closing line. A body that is not plain ASCII text is
/// base64-encoded, except for nodeadm configuration in UTF-8 without CR.
///
/// # Errors
/// Returns an error if a media type or a file name is not valid.
pub fn print(parts: &[Part]) -> Result<Vec<u8>, MimeError> {
    let printed = parts.iter().map(print_part).collect::<Result<Vec<_>, _>>()?;
    let boundary = free_boundary(&printed);
    let mut text =
        format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\n\n").into_bytes();
    for part in &printed {
        text.extend_from_slice(format!("--{boundary}\n").as_bytes());
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("--{boundary}--\n").as_bytes());
    Ok(text)
}

/// Returns a boundary that no line of a part starts with.
fn free_boundary(parts: &[Vec<u8>]) -> String {
    let is_taken = |boundary: &str| {
        let delimiter = format!("--{boundary}");
        parts
            .iter()
            .flat_map(|part| part.split(|byte| *byte == b'\n'))
            .any(|line| line.starts_with(delimiter.as_bytes()))
    };
    let numbered = (1_u64..).map(|number| format!("{BOUNDARY}-{number}"));
    let mut all = std::iter::once(BOUNDARY.to_owned()).chain(numbered);
    all.find(|boundary| !is_taken(boundary)).unwrap_or_else(|| BOUNDARY.to_owned())
}

fn print_part(part: &Part) -> Result<Vec<u8>, MimeError> {
    let mut text = Vec::new();
    let as_base64 = part.is_base64 || !is_plain(part);
    if let Some(wrong) = part.wrong_headers().into_iter().next() {
        return Err(wrong);
    }
    if let Some(content_type) = &part.content_type {
        let charset = if content_type.starts_with("text/") && !as_base64 { "; charset=\"us-ascii\"" } else { "" };
        text.extend_from_slice(format!("Content-Type: {content_type}{charset}\n").as_bytes());
    }
    if as_base64 {
        text.extend_from_slice(b"Content-Transfer-Encoding: base64\n");
    }
    if let Some(filename) = &part.filename {
        text.extend_from_slice(format!("Content-Disposition: attachment; filename=\"{filename}\"\n").as_bytes());
    }
    text.push(b'\n');
    if as_base64 {
        text.extend_from_slice(STANDARD.encode(&part.body).as_bytes());
    } else {
        text.extend_from_slice(&part.body);
    }
    Ok(text)
}

/// Returns whether both consumers leave the bytes unchanged.
fn is_plain(part: &Part) -> bool {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b' '..=b'~');
    let is_node_config = part.content_type.as_deref() == Some(NODE_CONFIG);
    // A configuration that looks like base64 would be decoded.
    let is_utf8 = || std::str::from_utf8(&part.body).is_ok_and(|text| !text.contains(['\r', '\0']));
    if is_node_config { is_utf8() && node_config(&part.body).is_none() } else { part.body.iter().all(is_text) }
}

/// Decodes nodeadm configuration from base64, which nodeadm accepts without an encoding header.
#[must_use]
pub fn node_config(body: &[u8]) -> Option<Vec<u8>> {
    let decoded = decode(body)?;
    (!decoded.is_empty()).then_some(decoded)
}

/// Decodes base64 with whitespace.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}

/// Returns a media type that is not a multipart.
fn is_printable_type(text: &str) -> bool {
    is_media_type(text) && !["multipart/", "message/"].iter().any(|nested| text.starts_with(nested))
}

fn is_filename(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_media_type(text: &str) -> bool {
    let is_token = |token: &str| {
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// Parses a multipart, or returns `None` for other content.
///
/// # Errors
/// Returns an error if the multipart has no parts.
pub fn parse(bytes: &[u8]) -> Result<Option<Multipart>, MimeError> {
    let mut problems = Vec::new();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.len() < bytes.len() {
        problems.push(Problem::ByteOrderMark);
    }
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let empty = lines.iter().take_while(|line| trimmed(line).is_empty()).count();
    let headers = Headers::read(&lines[empty..]);
    let Some(content_type) = headers.get("content-type").filter(|value| is_multipart(value)) else { return Ok(None) };
    let boundary = parameter(&content_type, "boundary").ok_or(MimeError::NoBoundary)?;
    let first = lines.get(empty).is_some_and(|line| line.starts_with(b" ") || line.starts_with(b"\t"));
    let is_unquoted = !boundary.is_quoted && boundary.text.contains(|letter| "()<>@,;:\\\"/[]?= ".contains(letter));
    let found = [
        (empty > 0, Problem::LeadingEmptyLine),
        (first, Problem::Indented),
        (headers.get("mime-version").is_none(), Problem::NoVersion),
        (is_unquoted, Problem::UnquotedBoundary),
        (!headers.has_end, Problem::NoEmptyLine),
    ];
    problems.extend(found.into_iter().filter(|(is_found, _)| *is_found).map(|(_, problem)| problem));
    let mut parts = Vec::new();
    for (index, body) in bodies(&lines[empty + headers.lines..], &boundary.text, &mut problems)?.iter().enumerate() {
        parts.push(read_part(index, body, &mut problems));
    }
    Ok(Some(Multipart { parts, problems }))
}

/// Returns the lines of each part.
fn bodies<'l>(
    lines: &'l [&'l [u8]],
    boundary: &str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<&'l [&'l [u8]]>, MimeError> {
    let delimiter = format!("--{boundary}");
    let end = format!("--{boundary}--");
    let is = |line: &[u8], expected: &str| line.trim_ascii_end() == expected.as_bytes();
    let is_delimiter = |line: &&[u8]| is(line, &delimiter);
    let close = lines.iter().position(|line| is(line, &end)).or_else(|| last_delimiter(lines, is_delimiter));
    match close {
        None => problems.push(Problem::NotClosed(boundary.to_owned())),
        Some(close) if lines[close + 1..].iter().any(|line| !trimmed(line).is_empty()) => {
            problems.push(Problem::AfterEnd(boundary.to_owned()));
        }
        Some(_) => {}
    }
    let mut parts = lines[..close.unwrap_or(lines.len())].split(is_delimiter);
    // Text before the first delimiter is not a part.
    parts.next();
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { Err(MimeError::NoParts(boundary.to_owned())) } else { Ok(parts) }
}

/// The last line if it is a second delimiter. Karpenter and nodeadm accept it as the closing line, because their parser
/// reports the end of the text before it reads a header of the next part. Without a line end, nodeadm fails.
fn last_delimiter(lines: &[&[u8]], is_delimiter: impl Fn(&&[u8]) -> bool) -> Option<usize> {
    let (last, others) = lines.split_last()?;
    let closes = last.ends_with(b"\n") && is_delimiter(last) && others.iter().any(is_delimiter);
    closes.then_some(others.len())
}

fn read_part(index: usize, lines: &[&[u8]], problems: &mut Vec<Problem>) -> Part {
    let headers = Headers::read(lines);
    if !headers.has_end {
        problems.push(Problem::NoEmptyLineInPart(index));
    }
    let given = headers.get("content-type");
    let content_type = given.as_deref().map(media_type);
    match (&content_type, &given) {
        (None, _) => problems.push(Problem::NoContentType(index)),
        (Some(kind), _) if is_multipart(kind) => problems.push(Problem::Nested(index)),
        (Some(kind), Some(given)) if !is_media_type(kind) || has_empty_parameter(given) => {
            problems.push(Problem::ContentType(index));
        }
        _ => {}
    }
    // The line break before a delimiter belongs to the delimiter.
    let body = lines[headers.lines..].concat();
    let body = body.strip_suffix(b"\n").unwrap_or(&body);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    let encoding = headers.get("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
    let decoded = if encoding == "base64" { decode(body) } else { None };
    match encoding.as_str() {
        "" | "7bit" | "8bit" | "binary" => {}
        "base64" if decoded.is_some() => {}
        "base64" => problems.push(Problem::Base64(index)),
        _ => problems.push(Problem::Encoding(index, encoding)),
    }
    let disposition = headers.get("content-disposition");
    let filename = disposition.and_then(|value| parameter(&value, "filename")).map(|value| value.text);
    Part { content_type, filename, is_base64: decoded.is_some(), body: decoded.unwrap_or_else(|| body.to_vec()) }
}

/// A block of headers.
struct Headers {
    fields: Vec<(String, String)>,
    /// The number of lines of the block, including the empty line after it.
    lines: usize,
    /// Whether it ends with an empty line.
    has_end: bool,
}

impl Headers {
    fn read(lines: &[&[u8]]) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let text = String::from_utf8_lossy(trimmed(line));
            if text.is_empty() {
                return Self { fields, lines: index + 1, has_end: true };
            }
            let continues = line.starts_with(b" ") || line.starts_with(b"\t");
            match (fields.last_mut(), text.split_once(':')) {
                (Some((_, value)), _) if continues => *value = format!("{value} {text}"),
                (_, Some((name, value))) if is_header_name(name) => {
                    fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                _ => return Self { fields, lines: index, has_end: false },
            }
        }
        Self { fields, lines: lines.len(), has_end: false }
    }

    /// Returns the value of the first field with this name, as both consumers read it.
    fn get(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns the line without surrounding whitespace.
fn trimmed<'l>(line: &&'l [u8]) -> &'l [u8] {
    line.trim_ascii()
}

fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_multipart(value: &str) -> bool {
    media_type(value).starts_with("multipart/")
}

fn has_empty_parameter(value: &str) -> bool {
    let mut parameters = value.split(';').skip(1).map(str::trim).filter(|parameter| !parameter.is_empty());
    parameters.any(|parameter| parameter.split_once('=').is_none_or(|(_, value)| value.trim().is_empty()))
}

/// Returns the value of a header parameter.
struct Parameter {
    text: String,
    is_quoted: bool,
}

fn parameter(value: &str, name: &str) -> Option<Parameter> {
    let lower = value.to_ascii_lowercase();
    let start = lower.match_indices(name).find_map(|(index, _)| {
        let before = lower[..index].trim_end();
        let rest = value[index + name.len()..].trim_start().strip_prefix('=')?;
        before.ends_with(';').then(|| rest.trim_start())
    })?;
    let (text, is_quoted) = match start.strip_prefix('"') {
        Some(quoted) => (quoted.split('"').next().unwrap_or_default(), true),
        None => (start.split([';', ' ', '\t']).next().unwrap_or_default(), false),
    };
    (!text.is_empty()).then(|| Parameter { text: text.to_owned(), is_quoted })
}

#[cfg(test)]
#[path = "mime_tests.rs"]
mod tests;
