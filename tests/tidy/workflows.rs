//! `.github/workflows`: what others can change is pinned, and tokens can do no more than a workflow needs.

use crate::assert_none;
use crate::source::files;

#[test]
fn workflow_actions_are_pinned_by_commit() {
    let mut wrong = Vec::new();
    for file in files(".github/workflows") {
        for (number, line) in file.text.lines().enumerate() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let is_commit = |commit: &str| commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_pinned = action
                .split_once('@')
                .and_then(|(_, reference)| reference.split_once(" # v"))
                .is_some_and(|(commit, _)| is_commit(commit));
            if !is_pinned {
                wrong.push(format!("{}:{}: {action}", file.path, number + 1));
            }
        }
    }
    assert_none("an action is not pinned by its commit, with the version as a comment", &wrong);
}

#[test]
fn workflow_tokens_only_read_by_default() {
    let wrong = files(".github/workflows")
        .into_iter()
        .filter(|file| !file.text.contains("\npermissions:\n  contents: read\n\n"))
        .map(|file| file.path);
    assert_none("a workflow does not limit its token to reading", &wrong.collect::<Vec<_>>());
}
