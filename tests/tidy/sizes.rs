//! Files and functions that a reader can hold in mind.

use crate::assert_none;
use crate::source::code;

const FILE: usize = 500;
const FUNCTION: usize = 80;

const FOLDERS: [&str; 3] = ["src", "crates", "xtask/src"];

#[test]
fn files_are_short() {
    let long = FOLDERS.iter().flat_map(|folder| code(folder)).filter_map(|file| {
        let lines = file.lines_without_tests();
        (lines > FILE).then(|| format!("{}: {lines} lines", file.path))
    });
    assert_none("a file has more than 500 lines without its tests", &long.collect::<Vec<_>>());
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for file in FOLDERS.iter().flat_map(|folder| code(folder)) {
        let functions = file.functions().into_iter().filter(|function| function.lines > FUNCTION);
        long.extend(functions.map(|function| {
            format!("{}:{}: {} has {} lines", file.path, function.line, function.name, function.lines)
        }));
    }
    assert_none("a function has more than 80 lines", &long);
}
