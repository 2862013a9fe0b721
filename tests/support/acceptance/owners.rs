//! Two states and one object.

use super::cli::Cli;
use super::sandbox::Cluster;
use super::workspace::Workspace;

/// Applies a configuration in two workspaces at the same moment: one owns the object, and the other is told how to import it
/// and destroys nothing. Afterwards the object does not exist.
#[track_caller]
pub(crate) fn assert_one_owner(cluster: &Cluster, workspace: &Workspace) {
    let other = cluster.workspace(Cli::OnPath);
    other.write("main.tf", &workspace.read("main.tf"));
    let running = [workspace, &other].map(Workspace::start_apply);
    let [one, two] = running.map(|run| run.wait());
    assert!(one.succeeded() != two.succeeded(), "{one}\n{two}");
    let (owner, loser, refused) = if one.succeeded() { (workspace, &other, two) } else { (&other, workspace, one) };
    for again in [refused, loser.apply()] {
        let error = again.only_error();
        assert!(error.detail.contains("import {"), "{error:?}");
    }
    loser.destroy().success();
    owner.plan().assert_no_changes();
    owner.destroy().success();
}
