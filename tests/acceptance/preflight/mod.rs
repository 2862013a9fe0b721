//! Preflight checks end to end: standard setups give no finding, and what is found reaches the user where it belongs.

mod healthy;
mod plans;
mod table;
mod unreachable;
