//! What a renderer gives back.

use super::{Finding, Place};
use crate::mime::{self, Part};

/// The most bytes that EC2 takes, before base64.
pub const MAX_BYTES: usize = 16_384;

/// A userdata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The userdata; empty when there is nothing to say, which is then left out of the launch template.
    pub bytes: Vec<u8>,
    /// The media type of the whole: `multipart/mixed`, `application/toml`, `text/x-powershell`,
    /// `application/node.eks.aws`; empty with `bytes`.
    pub content_type: &'static str,
    /// What it is made of, in order: MIME's parts with their bodies as the consumer reads them, or one for the whole.
    pub parts: Vec<Part>,
    /// Warnings only.
    pub warnings: Vec<Finding>,
}

impl Rendered {
    /// Nothing to say.
    #[must_use]
    pub fn nothing(warnings: Vec<Finding>) -> Self {
        Self { bytes: Vec::new(), content_type: "", parts: Vec::new(), warnings }
    }

    /// A MIME multipart of the parts, or nothing where there are none.
    ///
    /// # Errors
    /// When a part cannot be printed; the finding is about the whole.
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

    /// One text alone.
    #[must_use]
    pub fn plain(content_type: &'static str, text: String, warnings: Vec<Finding>) -> Self {
        let body = text.into_bytes();
        let part =
            Part { content_type: Some(content_type.to_owned()), filename: None, is_base64: false, body: body.clone() };
        Self { bytes: body, content_type, parts: vec![part], warnings }
    }
}
