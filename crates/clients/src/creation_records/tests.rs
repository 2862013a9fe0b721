use rstest::rstest;

use super::*;

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("profile", "eu-west-1", "blue", name)
}

fn data_directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(directory.path().join(".terraform")).expect("a data directory");
    directory
}

fn open(directory: &Path, variables: &[(&str, &str)]) -> CreationRecords {
    CreationRecords::open(&Environment::fixed(variables.iter().copied()), directory)
}

fn write(records: &CreationRecords, name: &str, token: &str) -> CreationRecord {
    records.write(&key(name), token, &[name]).expect("a record")
}

fn files(directory: &Path) -> usize {
    std::fs::read_dir(directory.join(".terraform/ekscompute/creations")).map_or(0, Iterator::count)
}

#[test]
fn record_is_available_after_writer_exits() {
    let directory = data_directory();
    let records = open(directory.path(), &[]);
    let record = write(&records, "a", "token");
    let other = open(directory.path(), &[]);
    assert!(other.unfinished(&key("a")).is_none(), "its writer is alive");
    drop(record);
    let found = other.unfinished(&key("a")).expect("the record");
    assert_eq!((found.token(), found.request()), ("token", Some(vec!["a".to_owned()])));
    assert!(records.unfinished(&key("a")).is_none(), "it is in use");
    assert!(other.unfinished(&key("b")).is_none());
}

#[test]
fn returned_object_is_proved_no_more() {
    let directory = data_directory();
    let records = open(directory.path(), &[]);
    write(&records, "a", "token").returned();
    assert!(records.unfinished(&key("a")).is_none());
    assert_eq!(records.of_kind("profile", &key("a").cluster, |_| true).len(), 1);
    records.forget(&key("a"));
    assert_eq!(files(directory.path()), 0);
}

#[rstest]
#[case::other_workspace(&[("TF_WORKSPACE", "other")])]
#[case::other_data_directory(&[("TF_DATA_DIR", "data")])]
fn another_state_does_not_see_a_record(#[case] variables: &[(&str, &str)]) {
    let directory = data_directory();
    std::fs::create_dir(directory.path().join("data")).expect("a directory");
    drop(write(&open(directory.path(), &[]), "a", "token"));
    let other = open(directory.path(), variables);
    assert!(other.unfinished(&key("a")).is_none());
    other.forget(&key("a"));
    assert!(open(directory.path(), &[]).unfinished(&key("a")).is_some());
}

#[test]
fn another_backend_or_directory_does_not_see_a_record() {
    let directory = data_directory();
    drop(write(&open(directory.path(), &[]), "a", "token"));
    let data = directory.path().join(".terraform");
    std::fs::write(data.join("terraform.tfstate"), r#"{"backend":{"type":"s3","config":{"key":"x"}}}"#)
        .expect("a file");
    assert!(open(directory.path(), &[]).unfinished(&key("a")).is_none());
    std::fs::remove_file(data.join("terraform.tfstate")).expect("the file");
    let elsewhere = tempfile::tempdir().expect("a directory");
    let shared = data.to_string_lossy().into_owned();
    assert!(open(elsewhere.path(), &[("TF_DATA_DIR", &shared)]).unfinished(&key("a")).is_none());
    assert!(open(directory.path(), &[("TF_DATA_DIR", &shared)]).unfinished(&key("a")).is_some());
}

#[test]
fn workspace_is_the_selected_one() {
    let directory = data_directory();
    std::fs::write(directory.path().join(".terraform/environment"), "staging\n").expect("a file");
    drop(write(&open(directory.path(), &[]), "a", "token"));
    assert!(open(directory.path(), &[("TF_WORKSPACE", "default")]).unfinished(&key("a")).is_none());
    assert!(open(directory.path(), &[("TF_WORKSPACE", "staging")]).unfinished(&key("a")).is_some());
}

#[test]
fn without_a_data_directory_nothing_is_recorded() {
    let directory = tempfile::tempdir().expect("a directory");
    let records = open(directory.path(), &[]);
    assert!(records.write(&key("a"), "token", &()).is_none());
    assert!(records.unfinished(&key("a")).is_none());
    assert_eq!(std::fs::read_dir(directory.path()).expect("the directory").count(), 0);
}

#[test]
fn incomplete_record_is_removed() {
    let directory = data_directory();
    let records = open(directory.path(), &[]);
    write(&records, "a", "token").file.overwrite(b"{\"origin\":").expect("written");
    assert!(records.unfinished(&key("a")).is_none());
    assert_eq!(files(directory.path()), 0);
}

#[test]
fn each_record_is_taken_once() {
    let directory = data_directory();
    let records = open(directory.path(), &[]);
    for name in ["gpu-1", "gpu-2", "cpu-1"] {
        drop(write(&records, name, name));
    }
    let take = || records.take("profile", &key("").cluster, |record| record.name().starts_with("gpu-"));
    let (one, two) = (take().expect("a record"), take().expect("a record"));
    assert_ne!(one.name(), two.name());
    assert!(take().is_none());
    drop(one);
    assert!(take().is_some());
}

#[cfg(unix)]
#[test]
fn record_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = data_directory();
    drop(write(&open(directory.path(), &[]), "a", "token"));
    let folder = directory.path().join(".terraform/ekscompute/creations");
    let file = std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("an entry");
    let mode = |path: &Path| std::fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&file.path())), (0o700, 0o600));
}
