//! Generates the wire types from `proto/`. The compiler is a crate, so the build needs no protoc binary.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../proto");
    let descriptors = protox::compile(["tfplugin6.proto", "plugin.proto"], ["../../proto"])?;
    tonic_prost_build::configure().emit_rerun_if_changed(false).build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
