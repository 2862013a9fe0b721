use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::*;

fn part(content_type: &str, body: &str) -> Part {
    Part { content_type: Some(content_type.to_owned()), filename: None, is_base64: false, body: body.into() }
}

fn read(text: &str) -> Multipart {
    parse(text.as_bytes()).expect("can be read").expect("is a multipart")
}

#[test]
fn print_is_as_expected_to_the_byte() {
    let script =
        Part { filename: Some("tools.sh".to_owned()), ..part("text/x-shellscript", "#!/bin/bash\nmkdir /opt/a\n") };
    let accent = part("text/x-shellscript", "#!/bin/bash\necho é\n");
    let printed = print(&[script, accent, part(NODE_CONFIG, "kind: \"é\"\n")]).expect("is printed");
    let expected = "MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"EKSCOMPUTE\"

--EKSCOMPUTE
Content-Type: text/x-shellscript; charset=\"us-ascii\"
Content-Disposition: attachment; filename=\"tools.sh\"

#!/bin/bash
mkdir /opt/a

--EKSCOMPUTE
Content-Type: text/x-shellscript
Content-Transfer-Encoding: base64

IyEvYmluL2Jhc2gKZWNobyDDqQo=
--EKSCOMPUTE
Content-Type: application/node.eks.aws

kind: \"é\"

--EKSCOMPUTE--
";
    assert_eq!(String::from_utf8(printed).as_deref(), Ok(expected));
}

#[test]
fn boundary_is_in_no_line_of_a_body() {
    let printed = print(&[part("text/plain", "a\n--EKSCOMPUTE--\n"), part("text/plain", "--EKSCOMPUTE-1")]).unwrap();
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains("boundary=\"EKSCOMPUTE-2\""), "{printed}");
    assert_eq!(read(&printed).parts[0].body, b"a\n--EKSCOMPUTE--\n");
}

#[rstest]
#[case("text")]
#[case("text/plain; charset=utf-8")]
#[case("text/plain\nX: y")]
#[case("multipart/mixed")]
#[case("message/rfc822")]
fn invalid_content_type_is_rejected(#[case] content_type: &str) {
    assert_eq!(print(&[part(content_type, "")]), Err(MimeError::ContentType(content_type.to_owned())));
}

#[rstest]
#[case("")]
#[case("a\"b")]
#[case("a\nb")]
fn invalid_filename_is_rejected(#[case] filename: &str) {
    let part = Part { filename: Some(filename.to_owned()), ..part("text/plain", "") };
    assert_eq!(print(&[part]), Err(MimeError::Filename(filename.to_owned())));
}

const WHOLE: &str = "MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"//\"

--//
Content-Type: text/x-shellscript; charset=\"us-ascii\"

#!/bin/bash
true

--//--
";

#[test]
fn boundary_of_slashes_is_read() {
    assert_eq!(
        read(WHOLE),
        Multipart { parts: vec![part("text/x-shellscript", "#!/bin/bash\ntrue\n")], problems: vec![] }
    );
}

#[test]
fn delimiter_as_last_line_closes_the_multipart() {
    assert_eq!(read(&WHOLE.replace("--//--\n", "--//\n")), read(WHOLE));
    let is_not_closed = |text: &str| read(text).problems.contains(&Problem::NotClosed("//".to_owned()));
    assert!(is_not_closed(&WHOLE.replace("--//--\n", "--//")), "no line end");
    assert!(is_not_closed(&WHOLE.replace("--//--\n", "--//\n\n")), "an empty part");
}

#[rstest]
#[case::no_version(("MIME-Version: 1.0\n", ""), Problem::NoVersion)]
#[case::empty_line(("MIME", "\nMIME"), Problem::LeadingEmptyLine)]
#[case::byte_order_mark(("MIME", "\u{feff}MIME"), Problem::ByteOrderMark)]
#[case::indented(("MIME", "  MIME"), Problem::Indented)]
#[case::unquoted(("\"//\"", "//"), Problem::UnquotedBoundary)]
#[case::no_empty_line(("\n\n--//\n", "\n--//\n"), Problem::NoEmptyLine)]
#[case::not_closed(("--//--\n", ""), Problem::NotClosed("//".to_owned()))]
#[case::after_end(("--//--\n", "--//--\nContent-Type: text/plain\n"), Problem::AfterEnd("//".to_owned()))]
#[case::no_empty_line_in_part(("\"us-ascii\"\n\n", "\"us-ascii\"\n"), Problem::NoEmptyLineInPart(0))]
#[case::no_content_type(("Content-Type: text", "X: text"), Problem::NoContentType(0))]
#[case::empty_parameter(("\"us-ascii\"", ""), Problem::ContentType(0))]
#[case::nested(("text/x-shellscript", "multipart/mixed"), Problem::Nested(0))]
#[case::encoding(("\"us-ascii\"\n", "\"us-ascii\"\nContent-Transfer-Encoding: x-own\n"), Problem::Encoding(0, "x-own".to_owned()))]
#[case::base64(("\"us-ascii\"\n", "\"us-ascii\"\nContent-Transfer-Encoding: base64\n"), Problem::Base64(0))]
fn each_problem_is_found(#[case] (from, to): (&str, &str), #[case] problem: Problem) {
    let broken = read(&WHOLE.replacen(from, to, 1));
    assert_eq!(broken.problems, [problem]);
    assert_eq!(broken.parts.len(), 1);
    assert!(broken.parts[0].body.starts_with(b"#!/bin/bash\ntrue"), "{broken:?}");
}

#[test]
fn crlf_folded_headers_and_their_case_are_read() {
    let text = "mime-version:1.0\r\ncontent-TYPE: multipart/mixed;\r\n BOUNDARY = B\r\n\r\n--B \r\n\
                CONTENT-type: Text/X-ShellScript\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; FileName=\"a b.sh\"\r\n\r\n#!\r\n\r\n--B--\r\n";
    let expected = Part { filename: Some("a b.sh".to_owned()), ..part("text/x-shellscript", "#!\r\n") };
    assert_eq!(read(text), Multipart { parts: vec![expected], problems: vec![] });
}

#[test]
fn line_that_only_begins_with_the_boundary_is_body() {
    let text = WHOLE.replace("true\n", "--//x\n");
    assert_eq!(read(&text).parts, [part("text/x-shellscript", "#!/bin/bash\n--//x\n")]);
}

#[test]
fn whole_without_boundary_or_parts_is_an_error() {
    assert_eq!(parse(b"Content-Type: multipart/mixed\n\n"), Err(MimeError::NoBoundary));
    assert_eq!(parse(b"Content-Type: multipart/mixed; boundary=B\n\ntext\n"), Err(MimeError::NoParts("B".to_owned())));
}

#[rstest]
#[case("")]
#[case("\n\n")]
#[case("#!/bin/bash\n")]
#[case("Content-Type: text/plain\n\nx\n")]
#[case("apiVersion: node.eks.aws/v1alpha1\n")]
fn anything_else_is_no_multipart(#[case] text: &str) {
    assert_eq!(parse(text.as_bytes()), Ok(None));
}

fn any_part() -> impl Strategy<Value = Part> {
    let content_type = proptest::sample::select(vec![
        "text/x-shellscript",
        "text/cloud-config",
        NODE_CONFIG,
        "application/octet-stream",
    ]);
    let text = "(--EKSCOMPUTE(-1)?(--)?|[ -~]|[\r\n\té]){0,40}".prop_map(String::into_bytes);
    let body = proptest::prop_oneof![text, vec(any::<u8>(), 0..60)];
    (content_type, option::of("[A-Za-z0-9._-]{1,12}"), body).prop_map(|(content_type, filename, body)| Part {
        content_type: Some(content_type.to_owned()),
        filename,
        is_base64: false,
        body,
    })
}

proptest! {
    #[test]
    fn printed_parts_round_trip_byte_for_byte(parts in vec(any_part(), 1..5)) {
        let printed = print(&parts).unwrap();
        prop_assert!(printed.len() < 3 || !printed.contains(&b'\r'));
        let read = parse(&printed).unwrap().unwrap();
        prop_assert_eq!(&read.problems, &[]);
        let bodies = |parts: &[Part]| {
            parts.iter().map(|part| (part.content_type.clone(), part.filename.clone(), part.body.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(bodies(&read.parts), bodies(&parts));
        prop_assert_eq!(print(&parts), Ok(printed));
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in vec(any::<u8>(), 0..200), text in "(--B(--)?\n|[a-zA-Z:;=\" \n-]|Content-Type: multipart/x; boundary=B\n){0,40}") {
        let _ = parse(&bytes);
        let _ = parse(text.as_bytes());
    }
}
