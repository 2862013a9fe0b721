//! What does not belong into the repository, whatever the language.

use crate::assert_none;
use crate::source::{Source, files};

fn lines_with(file: &Source, wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| wrong(line));
    lines.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())).collect()
}

fn all_lines_with(wrong: impl Fn(&str) -> bool) -> Vec<String> {
    // This file names what it looks for.
    let others = files("").into_iter().filter(|file| file.path != "tests/tidy/words.rs");
    others.flat_map(|file| lines_with(&file, &wrong)).collect()
}

#[test]
fn no_path_of_one_machine() {
    let places = ["/home/", "/Users/", "/root/", "/work/", "/tmp/w/"];
    let wrong = all_lines_with(|line| places.iter().any(|place| line.contains(place)));
    assert_none("a path that exists on one machine only", &wrong);
}

#[test]
fn no_note_to_self() {
    let notes = ["TODO", "FIXME", "XXX", "<<<<<<<", ">>>>>>>"];
    let wrong = all_lines_with(|line| notes.iter().any(|note| line.contains(note)));
    assert_none("an unfinished place", &wrong);
}

#[test]
fn no_test_is_switched_off() {
    let wrong = all_lines_with(|line| line.trim_start().starts_with("#[ignore"));
    assert_none("a test is ignored: assert what is broken as it is, with a comment", &wrong);
}

#[test]
fn modules_have_names_that_say_something() {
    let empty = ["helper", "helpers", "util", "utils", "common", "misc"];
    let wrong = [files("src"), files("crates")]
        .concat()
        .into_iter()
        .filter(|file| file.path.split(['/', '.']).any(|part| empty.contains(&part)));
    assert_none("a module is named after nothing", &wrong.map(|file| file.path).collect::<Vec<_>>());
}

#[test]
fn text_ends_with_one_newline() {
    let wrong = files("")
        .into_iter()
        .filter(|file| !file.text.is_empty() && (!file.text.ends_with('\n') || file.text.ends_with("\n\n")));
    assert_none("a file does not end with one newline", &wrong.map(|file| file.path).collect::<Vec<_>>());
}
