//! The data source `ekscompute_preflight`: the findings of the preflight checks for a node group or a Fargate profile
//! that does not have to exist.

mod model;
mod subject;

use async_trait::async_trait;

use clients::check_runner::{CheckReport, fatal_diagnostic, run_checks};
use clients::context::Clients;
use clients::facts::facts;
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Map};
use framework::path::Path;
use preflight::CheckFinding;
use preflight::facts::{Cause, Unreadable};
use preflight::settings::{Settings, enabled};

use self::model::{Finding, Preflight};

/// The data source `ekscompute_preflight`.
pub struct PreflightDataSource;

#[async_trait]
impl DataSource for PreflightDataSource {
    type Clients = Clients;
    type Model = Preflight;

    fn validate(&self, config: &Preflight, diagnostics: &mut Diagnostics) {
        if config.pod_execution_role_arn.is_known() && config.node_role_arn.is_known() {
            diagnostics.error_at(
                Path::attribute("pod_execution_role_arn"),
                "Conflicting node group and Fargate profile arguments",
                "pod_execution_role_arn applies to Fargate profiles, and node_role_arn applies to node groups. Use a \
                 separate data source for each.",
            );
        }
    }

    async fn read(
        &self,
        context: &Context<Clients>,
        config: Preflight,
        _diagnostics: &mut Diagnostics,
    ) -> Result<Preflight, Diagnostics> {
        let clients = context.clients()?;
        let region = config.region.text().unwrap_or(clients.aws().region()).to_owned();
        let mut subject = subject::subject(&config);
        subject.partition = clients.aws().partition_of(&region).to_owned();
        subject.region.clone_from(&region);
        let skip = config.skip_preflight.known_elements().cloned().collect();
        // The data source always returns findings, regardless of the mode in the provider block.
        let settings = Settings { skip: clients.preflight().skip.clone(), ..Settings::default() };
        let reader = facts(clients, &region);
        let checks = enabled(&subject, &settings, &skip);
        let found = run_checks(&reader, &subject, &checks).await;
        if let Some(error) = found.unread.iter().find_map(|(_, why)| fatal_diagnostic(why)) {
            return Err(error.into());
        }
        Ok(answer(Preflight { region: region.into(), ..config }, &found))
    }
}

fn answer(config: Preflight, found: &CheckReport) -> Preflight {
    let skipped = found.unread.iter().map(|(check, why)| ((*check).to_owned(), reason(why)));
    Preflight {
        ok: Attr::Known(!found.has_errors() && found.unread.is_empty()),
        findings: List::of(found.verdicts.iter().map(finding)),
        skipped: Map::of(skipped),
        ..config
    }
}

fn reason(why: &Unreadable) -> String {
    let Unreadable { action, cause, message } = why;
    if *cause == Cause::Denied {
        format!("{action} is not allowed: {message}")
    } else {
        format!("{action} failed: {message}")
    }
}

fn finding(verdict: &CheckFinding) -> Finding {
    Finding {
        check: verdict.check.into(),
        severity: verdict.effect.severity().into(),
        blocks: verdict.effect.blocks().map(str::to_owned).into(),
        attribute: verdict.path.to_string().into(),
        summary: verdict.summary.as_str().into(),
        found: verdict.found.as_str().into(),
        why: verdict.why.as_str().into(),
        fix: verdict.fix.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use preflight::subject::ConfiguredInput;
    use preflight::{Effect, Kind, Subject};

    fn verdict(effect: Effect) -> CheckFinding {
        CheckFinding {
            check: "role_exists",
            effect,
            path: Path::attribute("launch_template").index(0).then("version"),
            summary: "summary".to_owned(),
            found: "found".to_owned(),
            items: Vec::new(),
            why: "why".to_owned(),
            fix: "fix".to_owned(),
        }
    }

    #[test]
    fn only_errors_are_not_ok() {
        let with = |effects: &[Effect]| {
            let verdicts = effects.iter().map(|effect| verdict(*effect)).collect();
            answer(Preflight::default(), &CheckReport { verdicts, ..CheckReport::default() })
        };
        assert_eq!(with(&[]).ok, Attr::Known(true));
        let warned = with(&[Effect::Warns]);
        assert_eq!((&warned.ok, warned.findings.known_elements().count()), (&Attr::Known(true), 1));
        let failed = with(&[Effect::Warns, Effect::BlocksApply]);
        assert_eq!(failed.ok, Attr::Known(false));
        let attribute = failed.findings.known_elements().next().and_then(|finding| finding.attribute.text());
        assert_eq!(attribute, Some("launch_template[0].version"));
    }

    #[test]
    fn unreadable_check_is_skipped_with_its_action() {
        let why = Unreadable { action: "iam:GetRole", cause: Cause::Denied, message: "no".to_owned() };
        let found = CheckReport { unread: vec![("role_exists", why)], ..CheckReport::default() };
        let answered = answer(Preflight::default(), &found);
        let skipped: Vec<_> = answered.skipped.known_members().collect();
        assert_eq!(skipped, [(&"role_exists".to_owned(), &"iam:GetRole is not allowed: no".to_owned())]);
        assert_eq!(answered.ok, Attr::Known(false));
    }

    #[test]
    fn role_argument_selects_checked_resource_kind() {
        let nodes = Preflight { node_role_arn: "arn".into(), ..Preflight::default() };
        let pods = Preflight { pod_execution_role_arn: "arn".into(), ..Preflight::default() };
        let role = |subject: &Subject| subject.role_arn.clone();
        let (nodes, pods) = (subject::subject(&nodes), subject::subject(&pods));
        assert_eq!((nodes.kind, role(&nodes)), (Kind::NodeGroup, ConfiguredInput::known("node_role_arn", "arn")));
        assert_eq!(
            (pods.kind, role(&pods)),
            (Kind::FargateProfile, ConfiguredInput::known("pod_execution_role_arn", "arn"))
        );
    }
}
