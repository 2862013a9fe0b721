//! What the renderers print, fed to what reads it on a node, or to what reads as that does.

mod bottlerocket;
mod python;
mod windows;
