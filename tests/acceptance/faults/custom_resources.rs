//! Harm at the requests of a custom resource's life, for every noun that is one.

use serde_json::{Value, json};

use super::every_call::{APPLY, DESTROY};
use crate::support::gateway::{Fault, Gateway};
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// A resource behind a gateway.
pub(crate) struct Victim<'v> {
    pub(crate) cluster: &'v Cluster,
    pub(crate) workspace: &'v Workspace,
    /// The address of the only resource.
    pub(crate) address: &'static str,
    /// The path of its object.
    pub(crate) path: &'static str,
    /// Writes the first or the second of two configurations.
    pub(crate) configure: &'v dyn Fn(usize),
    /// Where in the object they differ, and how.
    pub(crate) pointer: &'static str,
    pub(crate) values: [Value; 2],
}

impl Victim<'_> {
    fn behind_a_gateway(&self) -> Gateway {
        let gateway = Gateway::to(self.cluster);
        self.workspace.write("provider.tf", &gateway.provider());
        (self.configure)(0);
        gateway
    }

    fn live(&self) -> (u64, Value) {
        self.cluster.kubernetes("GET", self.path, json!({}))
    }

    /// Applies, which must succeed, and proves that configuration, state and cluster agree.
    #[track_caller]
    fn converge(&self, side: usize) {
        (self.configure)(side);
        let run = self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
        assert_eq!(self.live().1.pointer(self.pointer), Some(&self.values[side]), "{run}");
        assert_eq!(self.workspace.addresses(), [self.address]);
    }

    #[track_caller]
    fn destroy(&self) {
        let run = self.workspace.destroy().success();
        assert_eq!(self.live().0, 404, "{run}");
        assert!(self.workspace.addresses().is_empty());
    }

    /// What the cluster has, the state knows.
    #[track_caller]
    fn assert_not_forgotten(&self) {
        if self.live().0 == 200 {
            assert_eq!(self.workspace.addresses(), [self.address], "it exists and is not in the state");
        }
    }

    /// Before and after each write the provider is killed, or Ctrl-C is pressed while nobody answers.
    #[track_caller]
    pub(crate) fn is_killed_or_interrupted_in_the_middle_of_writes(&self) {
        let gateway = self.behind_a_gateway();
        // The object is created by POST, completed by a PATCH, and confirmed by another one.
        let mut creation = gateway.strikes(self.workspace, APPLY, "POST", 1);
        self.destroy();
        creation.extend(gateway.strikes(self.workspace, APPLY, "PATCH", 2));
        let deletion = gateway.strikes(self.workspace, DESTROY, "DELETE", 1);
        for (begin, end) in creation.into_iter().zip(deletion.into_iter().cycle()) {
            for kill in [true, false] {
                (self.configure)(0);
                gateway.strike(self.workspace, APPLY, begin, kill);
                if !kill {
                    self.assert_not_forgotten();
                }
                self.converge(0);
                gateway.strike(self.workspace, DESTROY, end, kill);
                self.assert_not_forgotten();
                self.destroy();
            }
        }
        self.converge(0);
        (self.configure)(1);
        let update = gateway.strikes(self.workspace, APPLY, "PATCH", 1);
        for ((at, kill), side) in update.into_iter().flat_map(|at| [(at, true), (at, false)]).zip([0, 1, 0, 1]) {
            (self.configure)(side);
            gateway.strike(self.workspace, APPLY, at, kill);
            self.converge(side);
        }
        self.destroy();
    }

    /// Throttling, server errors, and answers that are lost pass by themselves; a refusal is told, and the next apply cures it.
    #[track_caller]
    pub(crate) fn outlives_faults_that_pass_and_refusals(&self) {
        let gateway = self.behind_a_gateway();
        let harm = |method: &'static str| {
            for fault in [Fault::Answer(429, "TooManyRequests"), Fault::Answer(500, "InternalError"), Fault::Lost] {
                gateway.fail("GET", fault);
            }
            for fault in [
                Fault::Answer(429, "TooManyRequests"),
                Fault::Answer(503, "ServiceUnavailable"),
                Fault::Answer(500, "InternalError"),
                Fault::Lost,
                Fault::AnswerLost,
            ] {
                gateway.fail(method, fault);
            }
        };
        // An apply plans once more, and tries the write in that.
        for (side, write) in [(0, "POST"), (1, "PATCH")] {
            (self.configure)(side);
            self.workspace.plan();
            harm(write);
            self.workspace.apply_plan().success();
            assert_eq!(gateway.left(), 0);
            self.converge(side);
        }
        harm("DELETE");
        gateway.fail("DELETE", Fault::Answer(409, "Conflict"));
        self.destroy();

        for (status, reason) in [(422, "Invalid"), (403, "Forbidden")] {
            gateway.reset();
            (self.configure)(0);
            self.workspace.plan().assert_actions(&[(self.address, Action::Create)]);
            gateway.fail("POST", Fault::Answer(status, reason));
            let error = self.workspace.apply_plan().only_error();
            assert!(error.detail.contains(&format!("{reason} on purpose")), "{error:?}");
            assert_eq!(self.live().0, 404, "nothing was made");
        }
        gateway.reset();
        self.converge(0);
        gateway.fail("DELETE", Fault::Answer(403, "Forbidden"));
        let error = self.workspace.destroy().only_error();
        assert!(error.detail.contains("Forbidden on purpose"), "{error:?}");
        assert_eq!(self.workspace.addresses(), [self.address]);
        self.destroy();
    }
}
