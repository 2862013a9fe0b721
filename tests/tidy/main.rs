//! The rules of ARCHITECTURE.md that the compiler does not hold, each as a test over the source text.

mod cycles;
#[cfg(unix)]
mod install;
mod language;
mod layers;
mod sizes;
mod source;
mod words;
mod workflows;

/// Fails with every finding at once, so that one run shows all there is to do.
#[track_caller]
fn assert_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
