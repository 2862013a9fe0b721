//! The result of a renderer.

use super::{Finding, Place};
use crate::mime::{self, Part};

/// Maximum size of user data in EC2 in bytes, before base64.
pub const MAX_BYTES: usize = 16_384;

/// Rendered user data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The user data. If it is empty, it is omitted from the launch template.
    pub bytes: Vec<u8>,
    /// The media type of the entire user data: `multipart/mixed`, `application/toml`, `text/x-powershell`, or
    /// `application/node.eks.aws`. Empty if `bytes` is empty.
    pub content_type: &'static str,
    /// The contents, in order: the MIME parts with their decoded bodies, or a single part.
    pub parts: Vec<Part>,
    /// The findings, which are only warnings.
    pub warnings: Vec<Finding>,
}

impl Rendered {
    /// Returns empty user data.
    #[must_use]
    pub fn nothing(warnings: Vec<Finding>) -> Self {
        Self { bytes: Vec::new(), content_type: "", parts: Vec::new(), warnings }
    }

    /// Combines the parts into a MIME multipart, or returns `None` without parts.
    ///
    /// # Errors
    /// Returns an error if a part cannot be printed.
    pub fn multipart(parts: Vec<Part>, warnings: Vec<Finding>) -> Result<Self, Vec<Finding>> {
        if parts.is_empty() {
            return Ok(Self::nothing(warnings));
        }
        match mime::print(&parts) {
            Ok(bytes) => Ok(Self { bytes, content_type: "multipart/mixed", parts, warnings }),
            Err(error) => {
                let found = Finding::error(Place::whole(), format!("Unable to combine the parts: {error}."));
                Err(warnings.into_iter().chain([found]).collect())
            }
        }
    }

    /// Returns user data that consists of a single text.
    #[must_use]
    pub fn plain(content_type: &'static str, text: String, warnings: Vec<Finding>) -> Self {
        let body = text.into_bytes();
        let part =
            Part { content_type: Some(content_type.to_owned()), filename: None, is_base64: false, body: body.clone() };
        Self { bytes: body, content_type, parts: vec![part], warnings }
    }
}
