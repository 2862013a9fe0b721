//! The ends of values, and values in several lines.

use rstest::rstest;

use super::mask;

#[rstest]
#[case("password=ab,cd", "password=***")]
#[case("password=ab,cd efg", "password=*** efg")]
#[case("password=ab,cd, x", "password=***, x")]
#[case("password=ab&cd", "password=***")]
#[case("password=ab&cd&user=x", "password=***&user=x")]
#[case("password=ab;cd,user:x", "password=***,user:x")]
#[case("password=ab&&echo", "password=***&&echo")]
#[case("{token: a,b, x: 1}", "{token: ***, x: 1}")]
#[case("(token=abc).", "(token=***).")]
#[case("password=ab)cd]ef}gh", "password=***")]
#[case("password=a'b\"c`d", "password=***")]
#[case("password=ab\\cd", "password=***")]
#[case("password=ab\\ cd ef", "password=*** ef")]
#[case("token=abc\\nnext", "token=***\\nnext")]
#[case("\\\"token=abc\\\",\\\"x\\\"", "\\\"token=***\\\",\\\"x\\\"")]
#[case("password='it'\\''s' x", "password='***' x")]
#[case("password='it'\"'\"'s' x", "password='***' x")]
#[case("password: 'it''s' x", "password: '***' x")]
#[case("password='ab'cd x", "password='***' x")]
#[case("\"password='ab'\" x", "\"password='***'\" x")]
#[case("password=b'two words' x", "password=b'***' x")]
#[case("password=$'two words' x", "password=$'***' x")]
#[case("passwords: [\"a b\", 'c'] x", "passwords: [***] x")]
#[case("\"secrets\":{\"a\":\"b\",\"c\":[1]},\"x\":1", "\"secrets\":{***},\"x\":1")]
#[case("token: [abc", "token: ***")]
#[case("<password>abc</password>", "<password>***</password>")]
#[case("['--password', 'a b', 'x']", "['--password', '***', 'x']")]
#[case("[\"--token\",\"abc\",\"x\"]", "[\"--token\",\"***\",\"x\"]")]
#[case("keytool -storepass abc -keypass def", "keytool -storepass *** -keypass ***")]
#[case("password=ab\tcd", "password=***\tcd")]
#[case("Cookie: a=b; session=c", "Cookie: ***")]
fn value_is_masked_to_its_end(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
    assert_eq!(mask(expected), expected);
}

#[rstest]
#[case("password: |\n  a\n\n   b c\nuser: x", "password: ***\n  ***\n\n   ***\nuser: x")]
#[case("  - token: >-\n      a\n    user: x", "  - token: ***\n      ***\n    user: x")]
#[case("\"apiKey\": |+2 # comment\n  a", "\"apiKey\": *** # comment\n  ***")]
#[case("secretValue: !!str &x |\n a\nb", "secretValue: *** &x |\n ***\nb")]
#[case(
    "[   12.3] cloud-init[123]: password: |\n[   12.4] cloud-init[123]:   a b\n[   12.5] cloud-init[123]: user: x",
    "[   12.3] cloud-init[123]: password: ***\n[   12.4] cloud-init[123]:   ***\n[   12.5] cloud-init[123]: user: x"
)]
#[case(
    "[    1.3] cloud-init[1]: password: |\n[    1.4] ena: link up\nx\n[    1.5] cloud-init[1]:   a\ny",
    "[    1.3] cloud-init[1]: password: ***\n[    1.4] ena: link up\nx\n[    1.5] cloud-init[1]:   ***\ny"
)]
#[case(
    "<13>May  4 09:12:46 user-data: password: >\n<13>May  4 09:12:46 user-data:   a\n<13>May  4 09:12:46 user-data: b: c",
    "<13>May  4 09:12:46 user-data: password: ***\n<13>May  4 09:12:46 user-data:   ***\n<13>May  4 09:12:46 user-data: b: c"
)]
#[case(
    "tls_key: |\n  -----BEGIN PRIVATE KEY-----\n  MIIE\n  -----END PRIVATE KEY-----\n  extra\nx: y",
    "tls_key: ***\n  ***\n  ***\n  ***\n  ***\nx: y"
)]
fn block_scalar_is_masked(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
    assert_eq!(mask(expected), expected);
}

#[rstest]
#[case("description: |\n  the token is in the vault\n  run it")]
#[case("Usage: get-token | grep x\n  -v  verbose")]
#[case("failed to read key: |\n  x")]
fn other_block_is_not_masked(#[case] text: &str) {
    let masked = mask(text);
    assert_eq!(masked.lines().skip(1).collect::<Vec<_>>(), text.lines().skip(1).collect::<Vec<_>>());
}
