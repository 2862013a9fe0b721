//! Statuses of objects as reported by an API, with one enum per kind of object, so that every status is handled
//! explicitly.

/// Defines the statuses of an object. `Unknown` is a status that the API reports and this version does not recognize;
/// every match must handle it.
#[macro_export]
macro_rules! statuses {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis enum $name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)+
            /// A status that this version does not recognize.
            Unknown(String),
        }

        impl $name {
            /// Returns the status as the API writes it.
            #[must_use]
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        /// The status of a response that does not contain a status.
        impl Default for $name {
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }
    };
}

pub use crate::statuses;

#[cfg(test)]
mod tests {
    statuses! {
        /// Example statuses.
        TestStatus { Active = "ACTIVE", }
    }

    #[test]
    fn status_keeps_the_text_of_the_api() {
        assert_eq!(TestStatus::from("ACTIVE"), TestStatus::Active);
        assert_eq!(TestStatus::from("NEWER"), TestStatus::Unknown("NEWER".to_owned()));
        for text in ["ACTIVE", "NEWER", ""] {
            assert_eq!(TestStatus::from(text).to_string(), text);
        }
    }
}
