use super::*;

fn merged(script: usize) -> Vec<Finding> {
    let node = Node {
        pre_bootstrap_scripts: vec![format!("#!/bin/sh\n{}", "#".repeat(script))],
        ..Node::new(Family::AmazonLinux2023, Mode::Merge)
    };
    render(&node).expect("a userdata").warnings
}

#[test]
fn user_data_size_includes_eks_additions() {
    assert_eq!(merged(11_000), []);
    let found = merged(13_000);
    assert!(matches!(found.as_slice(), [only] if only.text.contains("of which 13010 bytes")), "{found:?}");
    assert_eq!(found[0].place, Place::of("pre_bootstrap_scripts").index(0));
}
