//! Configuration as the programs read it: names that do not exist.

mod misspellings;
