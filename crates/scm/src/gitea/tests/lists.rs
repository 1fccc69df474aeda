//! The list of a commit's files: what is one, how pages are followed, and where it ends.

use serde_json::{Value, json};

use super::script::{Script, on};
use super::{id, not_found_json, repository};
use crate::{EntryKind, Error, Read as _, TreeEntry};

fn page(number: usize) -> String {
    format!("GET /repos/team/app/git/trees/{}?recursive=true&page={number}", id('a'))
}

fn entry(path: &str, mode: &str) -> Value {
    json!({ "path": path, "mode": mode, "type": "blob", "size": 3, "sha": "b10b", "url": "http://forge/x" })
}

fn tree(total: usize, entries: &[Value]) -> Value {
    json!({ "sha": "abc", "tree": entries, "truncated": total > entries.len(), "page": 1, "total_count": total })
}

async fn listed(answers: Vec<super::script::Exchange>) -> Result<Vec<TreeEntry>, Error> {
    let script = Script::new(answers).await;
    let result = script.forge().list_files(&repository(), &id('a')).await;
    script.played();
    result
}

#[tokio::test]
async fn links_and_submodules_are_told_from_files_and_folders_are_left_out() {
    let entries = [
        entry("a", "100644"),
        entry("deploy", "040000"),
        entry("deploy/run.sh", "100755"),
        entry("link", "120000"),
        entry("module", "160000"),
    ];
    let found = listed(vec![on(&page(1), 200, tree(5, &entries))]).await.unwrap();
    let kinds: Vec<(&str, EntryKind)> = found.iter().map(|entry| (entry.path.as_str(), entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("a", EntryKind::File),
            ("deploy/run.sh", EntryKind::Executable),
            ("link", EntryKind::Symlink),
            ("module", EntryKind::Submodule),
        ]
    );
    assert_eq!((found[0].size, found[0].blob.as_str()), (Some(3), "b10b"));
}

#[tokio::test]
async fn pages_are_followed_to_the_end_and_an_empty_commit_has_none() {
    let found = listed(vec![
        on(&page(1), 200, tree(3, &[entry("a", "100644"), entry("b", "040000")])),
        on(&page(2), 200, tree(3, &[entry("b/c", "100644")])),
    ])
    .await
    .unwrap();
    let paths: Vec<&str> = found.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["a", "b/c"]);
    let nothing = json!({ "sha": "abc", "tree": null, "truncated": false, "page": 1, "total_count": 0 });
    assert_eq!(listed(vec![on(&page(1), 200, nothing)]).await.unwrap(), []);
}

#[tokio::test]
async fn a_list_that_is_cut_short_or_too_long_is_an_error_in_words() {
    let short = listed(vec![
        on(&page(1), 200, tree(3, &[entry("a", "100644")])),
        on(&page(2), 200, tree(3, &[])),
    ])
    .await
    .unwrap_err();
    assert_eq!(short.reason(), "ForgeUnreadable");
    assert!(
        short.to_string().contains("3 files and folders ends after 1"),
        "{short}"
    );
    let long = listed(vec![on(&page(1), 200, tree(100_001, &[entry("a", "100644")]))])
        .await
        .unwrap_err();
    assert_eq!(long.reason(), "TooManyFiles");
    assert!(
        long.to_string()
            .contains("100001 files and folders, and at most 100000"),
        "{long}"
    );
}

#[tokio::test]
async fn a_missing_commit_is_told_from_a_missing_repository() {
    let no_commit = json!({ "message": format!("sha not found [{}]", id('a')) });
    let error = listed(vec![on(&page(1), 400, no_commit)]).await.unwrap_err();
    assert!(error.to_string().contains("commit aaaaaaaa was not found"), "{error}");
    let error = listed(vec![on(&page(1), 404, not_found_json())]).await.unwrap_err();
    assert!(
        error.to_string().contains("repository team/app was not found"),
        "{error}"
    );
}
