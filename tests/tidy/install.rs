//! `tools/install.sh` on each platform that it supports. `uname` and the provider are scripts.

use std::path::Path;
use std::process::{Command, Output};

fn script(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("the script is written");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, executable).expect("the script is executable");
}

fn install(directory: &Path, system: &str, machine: &str, program: &str) -> Output {
    script(directory, "uname", &format!("case $1 in -s) echo {system} ;; -m) echo {machine} ;; esac"));
    script(directory, program, "echo terraform-provider-ekscompute 1.2.3-dev");
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").expect("PATH is set"));
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/install.sh"))
        .arg(directory.join("provider"))
        .env("PATH", path)
        .env("HOME", directory.join("home"))
        .env("APPDATA", directory.join("data"))
        .output()
        .expect("the script runs")
}

#[rstest::rstest]
#[case::linux("Linux", "x86_64", "home/.terraform.d", "linux_amd64", "")]
#[case::linux_on_arm("Linux", "aarch64", "home/.terraform.d", "linux_arm64", "")]
#[case::macos("Darwin", "x86_64", "home/.terraform.d", "darwin_amd64", "")]
#[case::macos_on_arm("Darwin", "arm64", "home/.terraform.d", "darwin_arm64", "")]
#[case::git_bash("MINGW64_NT-10.0-26100", "x86_64", "data/terraform.d", "windows_amd64", ".exe")]
#[case::cygwin("CYGWIN_NT-10.0-26100", "x86_64", "data/terraform.d", "windows_amd64", ".exe")]
fn install_writes_both_mirrors(
    #[case] system: &str,
    #[case] machine: &str,
    #[case] data: &str,
    #[case] platform: &str,
    #[case] suffix: &str,
) {
    let directory = tempfile::tempdir().expect("a directory");
    for _ in 0..2 {
        let done = install(directory.path(), system, machine, &format!("provider{suffix}"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let name = format!("terraform-provider-ekscompute_v1.2.3-dev{suffix}");
        let mirror = directory.path().join(data).join("plugins").join(registry);
        let mirror = mirror.join("ekscompute/ekscompute/1.2.3-dev").join(platform);
        let files: Vec<_> = std::fs::read_dir(&mirror)
            .expect("the mirror exists")
            .map(|file| file.expect("a file").file_name())
            .collect();
        assert_eq!(files, [name.as_str()], "{}", mirror.display());
    }
}

#[test]
fn install_rejects_unsupported_platforms() {
    for (system, machine, reason) in [
        ("FreeBSD", "amd64", "unsupported operating system FreeBSD"),
        ("Linux", "riscv64", "unsupported architecture riscv64"),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let done = install(directory.path(), system, machine, "provider");
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && errors.contains(reason), "{errors}");
    }
}
