//! The role exists, in the account that uses it.

use crate::derived::account;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_exists",
    finds: "Reports a node role or pod execution role that does not exist, or that belongs to another account.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Role],
    reads: &[Family::Caller, Family::Role],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

const WHY: &str = "EKS cannot pass the role and rejects the request.";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let path = &subject.role_arn.path;
    let caller = facts.caller(())?.ok_or(Skip::Absent)?;
    if let Some(other) = account(arn).filter(|account| *account != caller.account) {
        let summary = "Role belongs to another account";
        let found = format!("{arn} belongs to account {other}, but the caller belongs to account {}.", caller.account);
        let fix = "Use a role in the cluster account, or configure credentials for the other account.";
        verdicts.blocks_plan(path, Finding::new(summary, found, WHY, fix));
        return Ok(());
    }
    if facts.role(arn.as_str())?.is_none() {
        let found = format!("Role {arn} not found.");
        let fix = "Create the role, or correct the ARN. If this configuration creates the role, reference its arn \
                   attribute instead of a literal ARN, so that Terraform creates it first.";
        verdicts.blocks_apply(path, Finding::new("Role does not exist", found, WHY, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::facts::{Caller, Cause, Fact, FactResult, Role, Unreadable};
    use crate::subject::ConfiguredInput;
    use crate::{Outcome, check};
    use framework::model::Attr;
    use framework::path::Path;

    const ARN: &str = "arn:aws:iam::111122223333:role/nodes";

    fn subject(arn: Attr<String>) -> Subject {
        Subject { role_arn: ConfiguredInput::new(Path::attribute("node_role_arn"), arn), ..Subject::default() }
    }

    fn facts(account: &str, role: FactResult<Role>) -> Facts {
        let caller = Caller { account: account.to_owned(), ..Caller::default() };
        Facts::default().with(Fact::Caller((), FactResult::Known(caller))).with(Fact::Role(ARN.to_owned(), role))
    }

    #[rstest]
    #[case::exists(facts("111122223333", FactResult::Known(Role::default())), None)]
    #[case::missing(facts("111122223333", FactResult::Missing), Some("not found"))]
    #[case::other_account(facts("444455556666", FactResult::Missing), Some("belongs to account 444455556666"))]
    fn role_must_exist_in_the_callers_account(#[case] facts: Facts, #[case] found: Option<&str>) {
        let Outcome::Done(verdicts) = check(&CHECK, &subject(ARN.into()), &facts) else { panic!("not done") };
        assert_eq!(verdicts.len(), usize::from(found.is_some()), "{verdicts:?}");
        if let (Some(verdict), Some(found)) = (verdicts.first(), found) {
            assert!(verdict.found.contains(found), "{verdict:?}");
            let effect = if found == "not found" { Effect::BlocksApply } else { Effect::BlocksPlan };
            assert_eq!((verdict.effect, &verdict.path), (effect, &Path::attribute("node_role_arn")));
        }
    }

    #[test]
    fn unknown_role_and_unreadable_facts_end_the_check() {
        let facts = facts("111122223333", FactResult::Missing);
        assert_eq!(check(&CHECK, &subject(Attr::Unknown), &facts), Outcome::Unknown(Vec::new()));
        let why = Unreadable { action: "iam:GetRole", cause: Cause::Denied, message: "no".to_owned() };
        let facts = facts.with(Fact::Role(ARN.to_owned(), FactResult::Unreadable(why.clone())));
        assert_eq!(check(&CHECK, &subject(ARN.into()), &facts), Outcome::Unreadable(Vec::new(), why));
    }
}
