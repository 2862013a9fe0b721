//! The AMI release belongs to the Kubernetes version and the AMI type.

use crate::derived::{ami_type, kubernetes_version, template};
use crate::facts::{Facts, Family, RecommendedRelease, Release, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;
use render::kubernetes_version::parse_release;

pub(super) const CHECK: Check = Check {
    name: "release_version",
    finds: "Reports a release_version that is not an AMI release, or that belongs to another Kubernetes version or \
            operating system than the node group. Also reports a Windows release more than four months older than the \
            latest.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::AmiType, Input::Version, Input::ReleaseVersion],
    reads: &[Family::Cluster, Family::RecommendedRelease, Family::Template],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

/// The format of a release: `1.33.4-20250904`, `1.47.0-8b2fd5a6`, or `1.33-2025.10.16`.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    AmazonLinux { minor: (u32, u32) },
    Bottlerocket,
    Windows { minor: (u32, u32), months: i32, day: i32 },
}

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let release = subject.release_version.need()?;
    let path = &subject.release_version.path;
    let ami_type = ami_type(subject)?;
    let (system, name) = match ami_type {
        Some(ami_type) => (ami_type.system, ami_type.name),
        None if subject.ami_type.get()?.is_some()
            || template(subject, facts)?.is_some_and(|own| own.image_id.is_some()) =>
        {
            // A custom AMI has no releases: EKS reports its ID as the release.
            return Ok(());
        }
        None => (OperatingSystem::AmazonLinux2023, "the Amazon Linux AMI type that EKS selects"),
    };
    let Some(form) = read(release) else {
        let found = format!("release_version is {release:?}.");
        let why = "Releases have the format 1.33.4-20250904 for Amazon Linux, 1.47.0-8b2fd5a6 for Bottlerocket, and \
                   1.33-2025.10.16 for Windows. EKS rejects any other value.";
        let fix = "Remove the argument to use the latest release, or set a release of the AMI type.";
        verdicts.blocks_plan(path, Finding::new("Invalid AMI release", found, why, fix));
        return Ok(());
    };
    let why = "EKS accepts only releases of the Kubernetes version and AMI type of the node group.";
    if !fits(&form, system) {
        let found = format!("release_version {release} is not a release of {name}.");
        let fix = "Remove the argument to use the latest release, or set a release of this AMI type.";
        verdicts.blocks_plan(path, Finding::new("AMI release is for another operating system", found, why, fix));
        return Ok(());
    }
    // Existing node groups keep their version, which can differ from the cluster version, and is part of the plan.
    if !subject.is_new() && subject.version.get()?.is_none() {
        return Ok(());
    }
    let version = kubernetes_version(subject, facts)?;
    let of = match form {
        Form::AmazonLinux { minor } | Form::Windows { minor, .. } => Some(minor),
        Form::Bottlerocket => None,
    };
    if let Some((of, known)) = of.zip(parse_release(version)).filter(|(of, known)| of != known) {
        let is_left_out = subject.version.value.is_null();
        let is = if is_left_out { "the cluster version is" } else { "version is" };
        let found = format!("release_version {release} is for Kubernetes {}.{}, but {is} {version}.", of.0, of.1);
        let fix = format!(
            "Set release_version to a release of {version}. To use the latest release instead, remove it from the \
             arguments and from ignore_changes."
        );
        // The same run may upgrade the cluster by one minor version, or roll it back by one.
        let may_come = is_left_out && of.0 == known.0 && of.1.abs_diff(known.1) == 1;
        let effect = if may_come { Effect::BlocksApply } else { Effect::BlocksPlan };
        verdicts.push(effect, path, Finding::new("AMI release is for another Kubernetes version", found, why, fix));
        return Ok(());
    }
    if let (Some(ami_type), Form::Windows { months, day, .. }) = (ami_type, form) {
        let newest = Release { ami_type: ami_type.name.to_owned(), version: version.to_owned() };
        age(subject, facts.recommended_release(newest)?.ok_or(Skip::Absent)?, (months, day), verdicts);
    }
    Ok(())
}

/// Reports a Windows release whose month and day are far behind the latest release.
fn age(subject: &Subject, newest: &RecommendedRelease, (months, day): (i32, i32), verdicts: &mut CheckFindings) {
    let path = &subject.release_version.path;
    if let Some(Form::Windows { months: newest_months, day: newest_day, .. }) = read(&newest.version)
        && (months + 4, day) < (newest_months, newest_day)
    {
        let release = subject.release_version.value.text().unwrap_or_default();
        let found = format!("release_version is {release}, and the latest release is {}.", newest.version);
        let why = "AWS sets Windows AMIs to private about four months after their release. After that, nodes cannot be \
                   launched.";
        let fix = format!("Set release_version to {}, or remove the argument.", newest.version);
        verdicts.warning(path, Finding::new("Windows AMI release is outdated", found, why, fix));
    }
}

fn fits(form: &Form, system: OperatingSystem) -> bool {
    match system {
        OperatingSystem::AmazonLinux2 | OperatingSystem::AmazonLinux2023 => matches!(form, Form::AmazonLinux { .. }),
        OperatingSystem::Bottlerocket => *form == Form::Bottlerocket,
        OperatingSystem::Windows => matches!(form, Form::Windows { .. }),
    }
}

fn read(release: &str) -> Option<Form> {
    let (front, back) = release.split_once('-')?;
    let numbers = front.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
    match (numbers.as_slice(), back.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<i32>>>().as_deref()) {
        ([major, minor], Some([year, month, day])) => Some(Form::Windows {
            minor: (*major, *minor),
            months: year.checked_mul(12)?.checked_add(*month)?,
            day: *day,
        }),
        ([major, minor, _], _) if is_date(back) => Some(Form::AmazonLinux { minor: (*major, *minor) }),
        ([_, _, _], _) if back.len() == 8 && back.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Some(Form::Bottlerocket)
        }
        _ => None,
    }
}

/// Returns whether the string is a date, such as `20250904`. The end of a Bottlerocket release rarely looks like one.
fn is_date(text: &str) -> bool {
    let within = |part: Option<&str>, most: u32| {
        part.and_then(|part| part.parse().ok()).is_some_and(|part: u32| (1..=most).contains(&part))
    };
    text.len() == 8
        && text.starts_with("20")
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && within(text.get(4..6), 12)
        && within(text.get(6..), 31)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{IMAGE, World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::Template;
    use crate::subject::Changed;
    use framework::model::Attr;

    fn of(ami_type: &str, version: &str, release: &str) -> World {
        node_group().of_ami_type(ami_type).plan(|subject| {
            subject.version.value = Attr::from(version);
            subject.release_version.value = Attr::from(release);
        })
    }

    #[rstest]
    #[case::amazon_linux("AL2023_x86_64_STANDARD", "1.33.4-20250904", None)]
    #[case::bottlerocket("BOTTLEROCKET_x86_64", "1.47.0-8b2fd5a6", None)]
    #[case::windows("WINDOWS_CORE_2022_x86_64", "1.33-2025.06.16", None)]
    #[case::older_version(
        "AL2023_x86_64_STANDARD",
        "1.32.9-20250904",
        Some("is for Kubernetes 1.32, but version is 1.33")
    )]
    #[case::other_system("BOTTLEROCKET_x86_64", "1.33.4-20250904", Some("not a release of BOTTLEROCKET_x86_64"))]
    #[case::bottlerocket_on_linux("AL2023_x86_64_STANDARD", "1.47.0-8b2fd5a6", Some("not a release of AL2023"))]
    #[case::older_windows("WINDOWS_CORE_2022_x86_64", "1.32-2025.10.16", Some("is for Kubernetes 1.32"))]
    #[case::of_no_known_form("AL2023_x86_64_STANDARD", "latest", Some("release_version is \"latest\""))]
    #[case::of_kubernetes_alone("AL2023_x86_64_STANDARD", "1.33.4", Some("Invalid AMI release"))]
    #[case::no_day("AL2023_x86_64_STANDARD", "1.33.4-20251304", Some("not a release of AL2023"))]
    #[case::hash_of_digits("BOTTLEROCKET_x86_64", "1.47.0-20991304", None)]
    fn release_must_fit(#[case] ami_type: &str, #[case] release: &str, #[case] words: Option<&str>) {
        match words {
            Some(words) => {
                fires(&CHECK, &of(ami_type, "1.33", release), Effect::BlocksPlan, "release_version", &[words])
            }
            None => is_silent(&CHECK, &of(ami_type, "1.33", release)),
        }
    }

    #[test]
    fn windows_releases_age() {
        let old = of("WINDOWS_CORE_2022_x86_64", "1.33", "1.33-2025.06.15");
        fires(
            &CHECK,
            &old,
            Effect::Warns,
            "release_version",
            &["1.33-2025.06.15", "Set release_version to 1.33-2025.10.16"],
        );
        let fresh = of("WINDOWS_CORE_2022_x86_64", "1.33", "1.33-2025.06.16");
        is_silent(&CHECK, &fresh.plan(|subject| subject.version.value = Attr::Null));
    }

    #[test]
    fn release_must_match_eks_defaults() {
        let of = |release: &str| node_group().plan(|subject| subject.release_version.value = Attr::from(release));
        is_silent(&CHECK, &of("1.33.4-20250904"));
        let path = "release_version";
        fires(&CHECK, &of("1.32.9-20250904"), Effect::BlocksApply, path, &["the cluster version is 1.33"]);
        fires(&CHECK, &of("1.34.1-20251016"), Effect::BlocksApply, path, &["the cluster version is 1.33"]);
        fires(&CHECK, &of("1.35.0-20251016"), Effect::BlocksPlan, path, &["the cluster version is 1.33"]);
        fires(&CHECK, &of("1.47.0-8b2fd5a6"), Effect::BlocksPlan, path, &["the Amazon Linux AMI type"]);
        let own = Template { image_id: Some(IMAGE.to_owned()), ..Template::default() };
        is_silent(&CHECK, &of("1.47.0-8b2fd5a6").template(own));
        is_silent(&CHECK, &of(IMAGE).of_ami_type("CUSTOM"));
        let older = Changed::Only([Input::ReleaseVersion].into());
        is_silent(&CHECK, &of("1.32.9-20250904").plan(|subject| subject.changed = older));
    }

    #[test]
    fn years_are_counted() {
        let months = |release| match read(release) {
            Some(Form::Windows { months, .. }) => months,
            other => panic!("{other:?}"),
        };
        assert_eq!(months("1.33-2026.01.02") - months("1.33-2025.11.02"), 2);
    }
}
