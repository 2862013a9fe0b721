//! Permissions that policies grant to a role or the caller.

use super::facts::{Decision, Facts, Role, RolePolicies, Skip, Wish, both};
use super::subject::{Phase, Subject};

/// The policies of the role of a node group or a Fargate profile.
///
/// Terraform core plans again during apply as soon as the role exists, while the policy attachments are still being
/// created concurrently. A plan therefore does not evaluate the policies of a role that was created since the run
/// started; the checks before the first write do.
///
/// # Errors
/// Returns an error if the policies are not read yet or cannot be read, if the role does not exist, and in a plan if
/// the role was created by the same run.
pub fn policies<'f>(subject: &Subject, facts: &'f Facts, arn: &str) -> Result<&'f RolePolicies, Skip> {
    let (role, policies) = both(facts.role(arn), facts.role_policies(arn))?;
    let is_complete = |role: &&Role| subject.phase == Phase::Now || !role.is_new;
    role.filter(is_complete).and(policies).ok_or(Skip::Absent)
}

/// Returns whether a role lacks a permission: no AWS managed policy that is known to grant it is attached, and the IAM
/// policy simulator finds no other grant. An explicit denial is ignored, because the simulator cannot evaluate its
/// conditions for nodes, and a separate check covers the permissions boundary.
///
/// # Errors
/// Returns an error if the simulation result is not read yet or cannot be read.
pub fn lacks(facts: &Facts, arn: &str, policies: &RolePolicies, enough: &[&str], action: &str) -> Result<bool, Skip> {
    if policies.is_empty() || enough.iter().any(|name| policies.has(name)) {
        return Ok(false);
    }
    Ok(decision(facts, arn, action)? == Some(Decision::ImplicitDeny))
}

/// Returns the result of the IAM policy simulator for an action on all resources, or `None` if the role does not exist.
///
/// # Errors
/// Returns an error if the simulation result is not read yet or cannot be read.
pub fn decision(facts: &Facts, arn: &str, action: &str) -> Result<Option<Decision>, Skip> {
    let wish =
        Wish { principal: arn.to_owned(), action: action.to_owned(), resource: "*".to_owned(), context: Vec::new() };
    Ok(facts.allowed(wish)?.copied())
}

/// An action of the caller on a resource.
#[derive(Debug, Clone)]
pub struct RequestedAction<'a> {
    /// The action, such as `iam:PassRole`.
    pub action: &'a str,
    /// An ARN.
    pub resource: String,
    /// A condition key of the action, or an empty string.
    pub key: &'a str,
    /// The possible values of the key. One allowed value is sufficient.
    pub values: &'a [&'a str],
}

/// Returns the role or user of the caller if its policies do not allow an action with any value. Results that the
/// simulator cannot determine, such as for the root user or with unknown conditions, are not denials.
///
/// # Errors
/// Returns an error if the simulation result is not read yet or cannot be read, or if there is no principal to
/// simulate.
pub fn caller_is_denied(facts: &Facts, act: &RequestedAction) -> Result<Option<String>, Skip> {
    let caller = facts.caller(())?.and_then(|caller| caller.principal.clone()).ok_or(Skip::Absent)?;
    let contexts = act.values.iter().map(|value| vec![(act.key.to_owned(), (*value).to_owned())]);
    let contexts = if act.values.is_empty() { vec![Vec::new()] } else { contexts.collect() };
    let mut principal = caller.clone();
    for context in contexts {
        let wish = |principal: &str| Wish {
            principal: principal.to_owned(),
            action: act.action.to_owned(),
            resource: act.resource.clone(),
            context: context.clone(),
        };
        let decision = match facts.allowed(wish(&caller))? {
            Some(decision) => decision,
            // The ARN of an assumed role does not contain the role path, which IAM requires to identify the role.
            None => {
                principal.clone_from(&facts.role(caller.as_str())?.ok_or(Skip::Absent)?.arn);
                if principal == caller {
                    return Err(Skip::Absent);
                }
                facts.allowed(wish(&principal))?.ok_or(Skip::Absent)?
            }
        };
        if [Decision::Allowed, Decision::Undecided].contains(decision) {
            return Ok(None);
        }
    }
    Ok(Some(principal))
}
