//! What is found: names, lists, files, and what it costs.

use http::Method;
use stagecoach_scm::{EntryKind, TreeEntry};
use stagecoach_testbed::Proxy;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn branches_tags_and_commits_have_names() -> Result<()> {
    let room = Room::new().await?;
    let released = room.head.clone();
    room.server.tag(REPOSITORY, "v1", released.as_str(), None).await?;
    room.server
        .tag(REPOSITORY, "v1-signed", released.as_str(), Some("a release"))
        .await?;
    let next = room
        .commit("feature/x", &[("catalog/app.yaml", GitMode::File, b"version: 2\n")])
        .await?;
    let remote = room.remote();
    for (name, expected) in [
        ("main", Some(&released)),
        ("HEAD", Some(&released)),
        ("refs/heads/main", Some(&released)),
        ("v1", Some(&released)),
        ("v1-signed", Some(&released)),
        ("feature/x", Some(&next)),
        (released.as_str(), Some(&released)),
        ("x", None),
        ("v2", None),
        (&"a".repeat(40), None),
    ] {
        assert_eq!(remote.resolve(name).await?.as_ref(), expected, "{name}");
    }
    // What no branch and no tag is at.
    let moved = room.commit("main", &[("new", GitMode::File, b"")]).await?;
    let behind = room.commit("main", &[("newer", GitMode::File, b"")]).await?;
    assert_eq!(
        remote.resolve("main").await?,
        Some(behind),
        "a branch that moved is seen"
    );
    assert_eq!(remote.resolve(moved.as_str()).await?, Some(moved.clone()));
    assert_eq!(one(&remote, &moved, "new").await?, "");
    assert_eq!(one(&remote, &next, "catalog/app.yaml").await?, "version: 2\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_files_are_as_they_were_committed() -> Result<()> {
    let room = Room::new().await?;
    let remote = room.remote();
    let listed = remote.list_files(&room.head).await?;
    let seen: Vec<_> = listed
        .iter()
        .map(|TreeEntry { path, kind, .. }| (path.as_str(), *kind))
        .collect();
    let expected = [
        ("README.md", EntryKind::File),
        ("catalog/app.yaml", EntryKind::File),
        ("catalog/latest", EntryKind::Symlink),
        ("catalog/logo.png", EntryKind::File),
        ("catalog/run.sh", EntryKind::Executable),
    ];
    assert_eq!(seen, expected);
    let paths = [
        "catalog/logo.png",
        "catalog/run.sh",
        "gone",
        "catalog/../README.md",
        ":(top)README.md",
    ];
    let files = remote.read_files(&room.head, paths.map(str::to_owned).to_vec()).await?;
    let logo = files["catalog/logo.png"].clone().unwrap();
    assert_eq!(&*logo.bytes, b"\x89PNG\r\n\0\xff\n");
    let entry = listed.iter().find(|entry| entry.path == "catalog/logo.png").unwrap();
    assert_eq!(logo.blob, entry.blob);
    for path in &paths[2..] {
        assert_eq!(files[*path], None, "{path}");
    }
    for (path, kind) in [("catalog/latest", "symbolic link"), ("catalog", "folder")] {
        let error = remote.read_files(&room.head, vec![path.to_owned()]).await.unwrap_err();
        assert_eq!(error.reason(), "NotAFile");
        assert!(error.to_string().contains(&format!("{path} is a {kind}")), "{error}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_one_go_and_once() -> Result<()> {
    let room = Room::new().await?;
    let many: Vec<String> = (0..500).map(|number| format!("many/{number}")).collect();
    let files: Vec<GitFile<'_>> = many
        .iter()
        .map(|path| (path.as_str(), GitMode::File, path.as_bytes()))
        .collect();
    let head = room.commit("main", &files).await?;
    let proxy = Proxy::start(room.server.url()).await?;
    let fetches =
        || proxy.count(|request| request.method == Method::POST && request.path.ends_with("/git-upload-pack"));
    let address = format!("{}/{REPOSITORY}.git", proxy.url());
    let remote = Mirrors::new(room.options()).remote(&address, None)?;
    remote.list_files(&head).await?;
    let listed = fetches();
    let paths: Vec<&str> = many.iter().map(String::as_str).collect();
    let found = read(&remote, &head, &paths).await?;
    assert!(found.iter().all(|(path, text)| text.as_ref() == Some(path)));
    let all = fetches();
    assert!(all - listed <= 2, "{} questions for 500 files", all - listed);
    read(&remote, &head, &paths).await?;
    remote.list_files(&head).await?;
    assert_eq!(fetches(), all, "what is there is not fetched again");
    // Another asker of the same repository, with a cache that an ended process left.
    drop(remote);
    let again = Mirrors::new(room.options()).remote(&address, None)?;
    read(&again, &head, &paths).await?;
    assert_eq!(fetches(), all, "a mirror outlives its process");
    Ok(())
}

/// Servers differ in what they give: no parts of a repository, or nothing but what a name is at.
#[tokio::test(flavor = "multi_thread")]
async fn every_server_gives_what_it_can() -> Result<()> {
    for (filter, old) in [("true", true), ("false", true), ("false", false)] {
        let room = Room::new().await?;
        room.server
            .configure(REPOSITORY, "uploadpack.allowFilter", filter)
            .await?;
        let before = room.head.clone();
        let head = room
            .commit("main", &[("catalog/app.yaml", GitMode::File, b"version: 2\n")])
            .await?;
        if old {
            room.server.grow_old();
        }
        let remote = room.remote();
        let case = format!("filter {filter}, old {old}");
        assert_eq!(remote.resolve("main").await?.as_ref(), Some(&head), "{case}");
        assert_eq!(remote.list_files(&head).await?.len(), FILES.len(), "{case}");
        assert_eq!(one(&remote, &head, "catalog/app.yaml").await?, "version: 2\n", "{case}");
        assert_eq!(one(&remote, &head, "README.md").await?, "templates\n", "{case}");
        let next = room
            .commit("main", &[("catalog/app.yaml", GitMode::File, b"version: 3\n")])
            .await?;
        assert_eq!(remote.resolve("main").await?.as_ref(), Some(&next), "{case}");
        assert_eq!(one(&remote, &next, "catalog/app.yaml").await?, "version: 3\n", "{case}");
        let old_commit = remote.resolve(before.as_str()).await;
        if old {
            let error = old_commit.unwrap_err();
            assert_eq!(error.reason(), "GitCommitRefused", "{case}");
            assert!(error.to_string().contains("name a branch or a tag"), "{error}");
        } else {
            assert_eq!(old_commit?, Some(before), "{case}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_an_end_and_named_files_are_read_all_the_same() -> Result<()> {
    let room = Room::new().await?;
    let many: Vec<String> = (0..=100_000)
        .map(|number| format!("many/{}/{}", number / 1000, number % 1000))
        .collect();
    let files: Vec<GitFile<'_>> = many
        .iter()
        .map(|path| (path.as_str(), GitMode::File, &b"x"[..]))
        .collect();
    let head = room.commit("main", &files).await?;
    let remote = room.remote();
    let error = remote.list_files(&head).await.unwrap_err();
    assert_eq!(error.reason(), "TooManyFiles", "{error}");
    assert_eq!(one(&remote, &head, "many/100/0").await?, "x");
    Ok(())
}
