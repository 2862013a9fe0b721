//! Invalid uses of the derive macro, and the locations of their errors.

#[test]
fn wrong_uses_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/derive/*.rs");
}
