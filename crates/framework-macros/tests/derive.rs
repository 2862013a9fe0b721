//! What the derive refuses, and where its errors point.

#[test]
fn wrong_uses_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/derive/*.rs");
}
