//! Configuration as the programs read it: names that do not exist, and the JSON syntax.

mod json_syntax;
mod misspellings;
mod syntaxes;
