use super::super::fake::FakeParameters;
use super::*;

const FOLDER: &str = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard";
const WINDOWS: &str = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.33";

fn world() -> FakeParameters {
    let old = format!("{FOLDER}/amazon-eks-node-al2023-x86_64-standard-1.33-v20250904");
    let values = [
        (format!("{FOLDER}/recommended/image_id"), "ami-new"),
        (format!("{FOLDER}/recommended/release_version"), "1.33.5-20251016"),
        (format!("{old}/image_id"), "ami-old"),
        (format!("{old}/release_version"), "1.33.4-20250904"),
        (WINDOWS.to_owned(), r#"{"image_id":"ami-win","release_version":"1.33-2025.10.16"}"#),
    ];
    FakeParameters { values: values.map(|(name, value)| (name, value.to_owned())).into(), ..FakeParameters::default() }
}

fn asked(ami_type: &str, release_version: Attr<String>) -> NodeAmi {
    NodeAmi { ami_type: ami_type.into(), kubernetes_version: "1.33".into(), release_version, ..NodeAmi::default() }
}

fn found(ami: &NodeAmi) -> (Option<&str>, Option<&str>) {
    (ami.image_id.text(), ami.release_version.text())
}

#[tokio::test]
async fn recommended_one_is_found() {
    let world = world();
    let ami = read(&world, asked("AL2023_x86_64_STANDARD", Attr::Null)).await.expect("an AMI");
    assert_eq!(found(&ami), (Some("ami-new"), Some("1.33.5-20251016")));
    assert_eq!((ami.architecture.text(), &ami.available), (Some("x86_64"), &Attr::Null));
    assert_eq!(world.asked.lock().unwrap().len(), 2);
    let windows = read(&world, asked("WINDOWS_CORE_2022_x86_64", Attr::Null)).await.expect("an AMI");
    assert_eq!(found(&windows), (Some("ami-win"), Some("1.33-2025.10.16")));
}

#[tokio::test]
async fn pinned_one_is_found_also_when_it_is_the_recommended_one() {
    for (ami_type, release, image) in [
        ("AL2023_x86_64_STANDARD", "1.33.4-20250904", "ami-old"),
        ("AL2023_x86_64_STANDARD", "1.33.5-20251016", "ami-new"),
        ("WINDOWS_CORE_2022_x86_64", "1.33-2025.10.16", "ami-win"),
    ] {
        let ami = read(&world(), asked(ami_type, release.into())).await.expect("an AMI");
        assert_eq!(found(&ami), (Some(image), Some(release)));
    }
}

#[tokio::test]
async fn available_ones_are_listed_when_asked_for() {
    let asked = |ami_type: &str| NodeAmi { include_available: Attr::Known(true), ..asked(ami_type, Attr::Null) };
    let amazon = read(&world(), asked("AL2023_x86_64_STANDARD")).await.expect("an AMI");
    let releases: Vec<_> = amazon.available.known_elements().filter_map(|known| known.release_version.text()).collect();
    assert_eq!(releases, ["1.33.5-20251016", "1.33.4-20250904"]);
    let windows = read(&world(), asked("WINDOWS_CORE_2022_x86_64")).await.expect("an AMI");
    assert_eq!(windows.available.known_elements().count(), 1);
}

#[tokio::test]
async fn unpublished_ami_error_has_attribute_path() {
    for (ami_type, release, attribute, expected) in [
        ("AL2023_x86_64_STANDARD", "1.33.1-20240101".into(), "release_version", "1.33.5-20251016, 1.33.4-20250904"),
        ("WINDOWS_CORE_2022_x86_64", "1.33-2024.01.01".into(), "release_version", "1.33-2025.10.16"),
        ("AL2_x86_64", Attr::Null, "kubernetes_version", "does not publish an AMI of type AL2_x86_64"),
        ("AL2_x86_64", "1.33.1-20240101".into(), "kubernetes_version", "does not publish an AMI of type AL2_x86_64"),
    ] {
        let errors = read(&world(), asked(ami_type, release)).await.expect_err("nothing published");
        let messages: Vec<_> = errors.iter().collect();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].path, Some(Path::attribute(attribute)));
        assert!(messages[0].detail.contains(expected), "{messages:?}");
    }
}

#[test]
fn kubernetes_version_must_be_major_and_minor() {
    let block = <NodeAmi as framework::model::Model>::block();
    let validators = &block.attribute("kubernetes_version").expect("an attribute").validators;
    let is_taken = |text: &str| {
        let mut found = Diagnostics::new();
        validators
            .iter()
            .for_each(|it| it.check(&text.into(), &Path::attribute("kubernetes_version"), false, &mut found));
        found.is_empty()
    };
    assert!(is_taken("1.33") && is_taken("1.30"));
    // The string to which Terraform converts the number 1.30.
    for wrong in ["1.3", "1.33.2", "v1.33", "2.10", "1.+3", ""] {
        assert!(!is_taken(wrong), "{wrong}");
    }
}
