//! Preflight checks end to end: standard setups give no finding, and what is found reaches the user where it belongs.

mod half_finished;
mod healthy;
mod plans;
mod table;
mod unreachable;
