use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::*;

fn kinds(userdata: &Userdata) -> Vec<Kind> {
    userdata.contents.iter().map(|content| content.kind).collect()
}

fn multipart(content_type: &str, body: &str) -> String {
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"B\"\n\n--B\n{content_type}\n\n{body}\n--B--\n"
    )
}

const CONFIG: &str = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n";

#[rstest]
#[case::shell("#!/bin/bash\necho '<powershell>'\n", Kind::Shell)]
#[case::cloud_config("#cloud-config\nruncmd: []\n", Kind::CloudConfig)]
#[case::boothook("#cloud-boothook\n", Kind::Other)]
#[case::node_config(CONFIG, Kind::NodeConfig)]
#[case::node_config_after_comment(
    "# mine\n---\nkind: NodeConfig\napiVersion: 'node.eks.aws/v1alpha1'\n",
    Kind::NodeConfig
)]
#[case::node_config_json("{\"kind\": \"NodeConfig\", \"apiVersion\": \"node.eks.aws/v1alpha1\"}", Kind::NodeConfig)]
#[case::bottlerocket("[settings.kubernetes]\ncluster-name = \"a\"\n", Kind::Bottlerocket)]
#[case::bottlerocket_table("# mine\n[settings]\nmotd = \"a\"\n", Kind::Bottlerocket)]
#[case::bottlerocket_flat("settings.kubernetes.max-pods = 58\n", Kind::Bottlerocket)]
#[case::bottlerocket_indented("  [[ settings.container-registry.mirrors ]]\n", Kind::Bottlerocket)]
#[case::tasks("version: 1.0\ntasks:\n- task: executeScript\n", Kind::Other)]
fn content_alone_is_recognised(#[case] text: &str, #[case] kind: Kind) {
    let userdata = read(text.as_bytes()).unwrap();
    assert_eq!((userdata.format, userdata.is_base64, kinds(&userdata)), (Format::Plain, false, vec![kind]));
    assert_eq!(userdata.contents[0].part.body, text.as_bytes());
    assert_eq!(userdata.problems, Vec::<String>::new());
}

#[rstest]
#[case::other("settingsfile = 1\n[other]\n", "no software on a node")]
#[case::other_kubernetes("apiVersion: v1\nkind: Pod\n", "no software on a node")]
#[case::indented("    MIME-Version: 1.0\n    Content-Type: multipart/mixed; boundary=\"B\"\n\n    --B\n", "indented")]
#[case::no_type("MIME-Version: 1.0\n\n--B\n", "not a MIME multipart")]
fn text_without_a_reader_is_a_problem(#[case] text: &str, #[case] problem: &str) {
    let userdata = read(text.as_bytes()).unwrap();
    assert_eq!((userdata.format, kinds(&userdata)), (Format::Unknown, vec![Kind::Other]));
    assert!(matches!(userdata.problems.as_slice(), [one] if one.contains(problem)), "{:?}", userdata.problems);
}

#[rstest]
#[case("Content-Type: application/node.eks.aws", CONFIG, Kind::NodeConfig)]
#[case("Content-Type: Application/Node.EKS.aws; charset=\"us-ascii\"", CONFIG, Kind::NodeConfig)]
#[case("Content-Type: application/node.eks.aws+yaml", CONFIG, Kind::Other)]
#[case("Content-Type: text/x-shellscript", "#!/bin/sh\n", Kind::Shell)]
#[case("Content-Type: text/x-shellscript-per-boot", "#!/bin/sh\n", Kind::Shell)]
#[case("Content-Type: text/cloud-config", "a: 1\n", Kind::CloudConfig)]
#[case("Content-Type: text/plain", "#!/bin/sh\n", Kind::Shell)]
#[case("Content-Type: text/plain", "plain\n", Kind::Other)]
fn part_is_recognised_by_its_type(#[case] header: &str, #[case] body: &str, #[case] kind: Kind) {
    let userdata = read(multipart(header, body).as_bytes()).unwrap();
    assert_eq!((userdata.format, kinds(&userdata)), (Format::Mime, vec![kind]));
    assert_eq!(userdata.problems, Vec::<String>::new());
}

#[rstest]
#[case::without_header("Content-Type: application/node.eks.aws")]
#[case::with_header("Content-Type: application/node.eks.aws\nContent-Transfer-Encoding: base64")]
fn node_config_is_taken_out_of_base64(#[case] headers: &str) {
    let userdata = read(multipart(headers, &STANDARD.encode(CONFIG)).as_bytes()).unwrap();
    assert_eq!(userdata.contents[0].part.body, CONFIG.as_bytes());
    assert!(userdata.contents[0].part.is_base64);
}

#[test]
fn tags_are_taken_apart() {
    let text = "<powershell>\n& $boot -EKSClusterName 'a'\n</powershell>\n<script>\r\necho a\r\n</script>\n";
    let userdata = read(text.as_bytes()).unwrap();
    assert_eq!((userdata.format, kinds(&userdata)), (Format::Tags, vec![Kind::PowerShell, Kind::Batch]));
    assert_eq!(userdata.contents[0].part.body, b"\n& $boot -EKSClusterName 'a'\n");
    assert_eq!(userdata.contents[1].part.body, b"\r\necho a\r\n");
    assert_eq!(userdata.problems, Vec::<String>::new());
}

#[rstest]
#[case::not_closed("<powershell>\na\n", "<powershell> is not closed")]
#[case::two("<script>a</script><script>b</script>", "more than one <script>")]
#[case::windows_accent("<powershell>é</powershell>", "parts[0] contains non-ASCII characters: Windows")]
#[case::documents("apiVersion: node.eks.aws/v1alpha1\n---\nkind: NodeConfig\n", "parts[0] has several YAML documents")]
#[case::crlf("#!/bin/bash\r\n", "parts[0] is a script with CRLF")]
fn each_problem_is_found(#[case] text: &str, #[case] problem: &str) {
    let userdata = read(text.as_bytes()).unwrap();
    assert_eq!(userdata.problems.len(), 1, "{userdata:?}");
    assert!(userdata.problems[0].contains(problem), "{userdata:?}");
}

#[rstest]
#[case::no_program("Content-Type: text/x-shellscript", "echo\n", Some("parts[0] is a script that does not start"))]
#[case::accent("Content-Type: text/x-shellscript", "#!/bin/sh\necho é\n", Some("cloud-init changes them"))]
#[case::accent_in_node_config("Content-Type: application/node.eks.aws", "a: é\n", None)]
#[case::accent_in_base64(
    "Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64",
    "IyEvYmluL3NoCmVjaG8gw6kK",
    None
)]
#[case::gzip("Content-Type: application/node.eks.aws", "H4sIAAAAAAAA", Some("compressed with gzip"))]
#[case::of_mime("X: y", "#!/bin/sh\n", Some("parts[0] has no Content-Type"))]
fn each_problem_of_a_part_is_found(#[case] header: &str, #[case] body: &str, #[case] problem: Option<&str>) {
    let userdata = read(multipart(header, body).as_bytes()).unwrap();
    assert_eq!(userdata.problems.len(), usize::from(problem.is_some()), "{userdata:?}");
    assert!(problem.is_none_or(|problem| userdata.problems[0].contains(problem)), "{userdata:?}");
}

#[rstest]
#[case("")]
#[case(" \n\t\n")]
fn white_space_is_empty(#[case] text: &str) {
    let userdata = read(text.as_bytes()).unwrap();
    assert_eq!((userdata.format, userdata.contents), (Format::Empty, vec![]));
}

#[test]
fn whole_in_base64_is_decoded_and_gzip_refused() {
    let userdata = read(STANDARD.encode(multipart("Content-Type: text/plain", "x")).as_bytes());
    assert_eq!(userdata.map(|userdata| (userdata.format, userdata.is_base64)), Ok((Format::Mime, true)));
    // Nothing is known about what this would be in base64.
    let userdata = read(b"abcd").unwrap();
    assert_eq!((userdata.is_base64, userdata.contents[0].part.body.as_slice()), (false, b"abcd".as_slice()));
    let userdata = read(STANDARD.encode(CONFIG).as_bytes()).unwrap();
    assert_eq!((userdata.is_base64, kinds(&userdata)), (true, vec![Kind::NodeConfig]));
    assert_eq!(read(b"H4sIAAAAAAAA"), Err(UserdataError::Compressed));
    assert_eq!(read(b"\x1f\x8b\x08\x00"), Err(UserdataError::Compressed));
    assert!(matches!(unpack(b"H4sIAAAAAAAA"), Err(UserdataError::Gzip(_))));
    assert_eq!(unpack(b"abcd"), Ok(None));
}

#[test]
fn broken_multipart_is_an_error() {
    let error = read(b"Content-Type: multipart/mixed; boundary=B\n\n").unwrap_err();
    assert_eq!(error, UserdataError::Mime(MimeError::NoParts("B".to_owned())));
}

proptest! {
    #[test]
    fn scripts_come_back_to_the_byte(body in vec(any::<u8>(), 0..80)) {
        let script = [b"#!/bin/bash\n", body.as_slice()].concat();
        let part = Part {
            content_type: Some("text/x-shellscript".to_owned()), filename: None, is_base64: false, body: script.clone(),
        };
        let printed = mime::print(&[part]).unwrap();
        for given in [printed.clone(), STANDARD.encode(&printed).into_bytes()] {
            let userdata = read(&given).unwrap();
            prop_assert_eq!(kinds(&userdata), [Kind::Shell]);
            prop_assert_eq!(&userdata.contents[0].part.body, &script);
        }
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "(<powershell>|</powershell>|<script>|settings|\\[|é|[ -~\n]){0,40}") {
        let userdata = read(text.as_bytes());
        prop_assert!(userdata.is_ok() || text.contains("multipart") || text.starts_with("H4sI"));
    }
}
