//! What the policies of a role allow.

use super::facts::{Decision, Facts, RolePolicies, Skip, Wish, both};

/// The age in seconds from which a role has all its policies.
const SETTLED: i64 = 120;

/// The policies of a role. Those of a role that was just made may come a moment later in the same apply: of it nothing
/// is said.
///
/// # Errors
/// When they are not read yet or cannot be read, and when there is no such role or it is that young.
pub fn policies<'f>(facts: &'f Facts, arn: &str) -> Result<&'f RolePolicies, Skip> {
    let (role, policies) = both(facts.role(arn), facts.role_policies(arn))?;
    role.filter(|role| role.age >= SETTLED).and(policies).ok_or(Skip::Absent)
}

/// Whether a role lacks a permission: no AWS policy is attached that is known to grant it, and IAM's simulator finds
/// nothing else that does. A denial is not a lack: its conditions may not hold for nodes, which the simulator cannot
/// know, and the boundary has a check of its own.
///
/// # Errors
/// When the simulator has not been asked yet or may not be asked.
pub fn lacks(facts: &Facts, arn: &str, policies: &RolePolicies, enough: &[&str], action: &str) -> Result<bool, Skip> {
    if policies.is_empty() || enough.iter().any(|name| policies.has(name)) {
        return Ok(false);
    }
    Ok(decision(facts, arn, action)? == Some(Decision::ImplicitDeny))
}

/// What IAM's simulator says of an action on every resource; none when there is no such role.
///
/// # Errors
/// When it has not been asked yet or may not be asked.
pub fn decision(facts: &Facts, arn: &str, action: &str) -> Result<Option<Decision>, Skip> {
    let wish = Wish { principal: arn.to_owned(), action: action.to_owned(), resource: "*".to_owned() };
    Ok(facts.allowed(wish)?.copied())
}
