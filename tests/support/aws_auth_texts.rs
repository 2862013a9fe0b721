//! Texts of `mapRoles` as people and tools write them, which the editor is tried on at every level.

/// What ARNs of roles begin with.
pub(crate) const P: &str = "arn:aws:iam::111122223333:role/";

/// As EKS writes the entry of a node group.
pub(crate) const OF_EKS: &str = "- groups:
  - system:bootstrappers
  - system:nodes
  rolearn: arn:aws:iam::111122223333:role/ng-a
  username: system:node:{{EC2PrivateDNSName}}
";

/// Line ends of Windows.
pub(crate) const CRLF: &str = "- rolearn: arn:aws:iam::111122223333:role/old\r\n  username: old\r\n  groups:\r\n  - g1\r\n- rolearn: arn:aws:iam::111122223333:role/keep\r\n  username: keep\r\n  groups: [g2]\r\n";
/// JSON, without a last line end.
pub(crate) const JSON: &str = "[{\"rolearn\":\"arn:aws:iam::111122223333:role/a\",\"username\":\"a\",\"groups\":[\"g1\"]},\n {\"rolearn\":\"arn:aws:iam::111122223333:role/b\",\"username\":\"b\",\"groups\":[]}]";
/// Comments, foreign fields, odd spellings, an entry in braces.
pub(crate) const COMMENTED: &str = r#"# managed by platform; do not reorder
    - rolearn: "arn:aws:iam::111122223333:role/ng-a"   # nodes
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:nodes
    # human access below
    - username: dev   # keep me
      userid: AROAEXAMPLE
      owner: team-x
      groups:
        - dev-readers   # r/o
        - dev-temp      # until 2031
      rolearn: ARN:AWS:IAM::111122223333:ROLE/Dev
    - {rolearn: 'arn:aws:iam::111122223333:role/ci', username: ci, groups: [ci-deployers]}
"#;
/// A role with its path, which never matches.
pub(crate) const PATHS: &str =
    "- rolearn: arn:aws:iam::111122223333:role/teams/dev/app\n  username: app\n  groups:\n  - apps\n";
/// A document marker, and tabs after values.
pub(crate) const TABS: &str =
    "---\n- rolearn: arn:aws:iam::111122223333:role/a\t\n  username: u\t# c\n  groups:\n  - g\t\n";
/// Everything in quotes.
pub(crate) const QUOTED: &str =
    "- \"groups\":\n  - \"g\"\n  \"rolearn\": \"arn:aws:iam::111122223333:role/a\"\n  \"username\": \"u\"\n";
