//! Converts a Fargate profile to the input of the preflight checks.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use clients::check_runner::{check_before_write, check_during_plan};
use clients::context::Clients;
use framework::blocks::Blocks;
use framework::diagnostics::Diagnostics;
use framework::model::Attr;
use framework::path::Path;
use framework::resource::Plan;
use preflight::subject::{ConfiguredInput, Selector};
use preflight::{Kind, Phase, Subject};

use super::model::{self, FargateProfile};

/// The check of the profile quota, which the plan performs itself to include the planned profiles of the run.
const COUNTED: &str = "fargate_profile_quota";

/// Checks a profile that is created. Other changes cannot fail. A replacement is planned a second time as a create, and
/// is checked then.
pub(super) async fn check(clients: &Clients, cancellation: &CancellationToken, plan: &mut Plan<FargateProfile>) {
    if !plan.is_create() {
        return;
    }
    let mut skip: BTreeSet<_> = plan.config.skip_preflight.known_elements().cloned().collect();
    skip.insert(COUNTED.to_owned());
    let subject = located(clients, &plan.planned, subject(&plan.config));
    plan.diagnostics.extend(check_during_plan(clients, &subject, &skip, cancellation).await);
}

/// Checks a profile that is about to be created.
///
/// # Errors
/// Returns an error if EKS would reject the profile or its pods could not start. Another resource of the same run could
/// have fixed the cause.
pub(super) async fn before_write(
    clients: &Clients,
    cancellation: &CancellationToken,
    planned: &FargateProfile,
) -> Result<(), Diagnostics> {
    let skip = planned.skip_preflight.known_elements().cloned().collect();
    let subject = Subject { phase: Phase::Now, ..located(clients, planned, subject(planned)) };
    check_before_write(clients, &subject, &skip, cancellation).await
}

fn located(clients: &Clients, planned: &FargateProfile, subject: Subject) -> Subject {
    let region = planned.region.text().unwrap_or(clients.aws().region());
    Subject { partition: clients.aws().partition_of(region).to_owned(), region: region.to_owned(), ..subject }
}

/// Returns the configured input. Values that EKS selects are null.
fn subject(config: &FargateProfile) -> Subject {
    let text = |name: &str, value: &Attr<String>| ConfiguredInput::new(Path::attribute(name), value.clone());
    let selectors = match &config.selector.0 {
        Blocks::Unknown => Attr::Unknown,
        Blocks::Known(selectors) => Attr::Known(selectors.iter().map(selector).collect()),
    };
    Subject {
        kind: Kind::FargateProfile,
        cluster: text("cluster_name", &config.cluster_name),
        name: text("fargate_profile_name", &config.fargate_profile_name),
        role_arn: text("pod_execution_role_arn", &config.pod_execution_role_arn),
        subnets: ConfiguredInput::new(Path::attribute("subnet_ids"), config.subnet_ids.clone().map(|set| set.0)),
        selectors: ConfiguredInput::new(Path::attribute("selector"), selectors),
        ..Subject::default()
    }
}

fn selector(selector: &model::Selector) -> Selector {
    Selector { namespace: selector.namespace.clone(), labels: selector.labels.clone().map(|labels| labels.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use framework::blocks::SetBlock;
    use framework::model::{Map, Set};

    #[test]
    fn profile_is_looked_at_as_configured() {
        let labels = Map::of([("app".to_owned(), "web".to_owned())]);
        let config = FargateProfile {
            cluster_name: "blue".into(),
            pod_execution_role_arn: Attr::Unknown,
            subnet_ids: Set::of(["subnet-1".to_owned()]),
            selector: SetBlock::of([model::Selector { namespace: "apps".into(), labels }]),
            ..FargateProfile::default()
        };
        let subject = subject(&config);
        assert!(subject.is_new() && subject.kind == Kind::FargateProfile);
        assert!(subject.role_arn.value.is_unknown());
        assert_eq!(subject.role_arn.path, Path::attribute("pod_execution_role_arn"));
        assert_eq!(subject.known_subnets().collect::<Vec<_>>(), ["subnet-1"]);
        let selector = Selector { namespace: "apps".into(), labels: Attr::Known(1) };
        assert_eq!(subject.selectors.value, Attr::Known(vec![selector]));
    }

    #[test]
    fn check_that_the_plan_makes_itself_exists() {
        assert!(preflight::CHECKS.iter().any(|check| check.name == COUNTED));
    }
}
