//! What the renderers print, fed to what reads it on a node, or to what reads as that does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod aws_auth;
mod bottlerocket;
mod containerd;
mod expressions;
mod hybrid;
mod kubelet;
mod linux;
mod nodeadm;
mod nvidia_charts;
mod program;
mod published_bootstrap;
mod published_windows;
mod python;
mod windows;
