//! What the API server refuses, and with which words. The snapshots are there to be read: each message must name the
//! field and tell a person what to do.

use std::fmt::Write as _;

use super::manifests;
use super::server::{self, Write};

#[tokio::test]
async fn bad_manifests_are_refused_with_a_message_that_helps() {
    let server = server::with_crds().await;
    let client = server.client().await.unwrap();
    let mut count = 0;
    for path in manifests::files("bad") {
        let mut seen = String::new();
        for manifest in manifests::of_file(&path) {
            let message = match server::send(&client, &manifest, "default", Write::TryCreate).await {
                Err(kube::Error::Api(status)) => status.message,
                Err(error) => panic!("{}: {error}", manifest.title),
                Ok(_) => panic!("{}: {:?} is accepted", path.display(), manifest.title),
            };
            assert!(
                message.contains("spec"),
                "{:?} does not name a field: {message}",
                manifest.title
            );
            count += 1;
            writeln!(seen, "{}:\n    {message}", manifest.title).unwrap();
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("refused_{name}"), seen);
        });
    }
    assert!(count >= 60, "only {count} bad manifests are left");
}

/// Pairs of documents: the first is made, the second would change what cannot be changed.
#[tokio::test]
async fn what_cannot_be_changed_is_refused_with_a_message_that_helps() {
    let server = server::with_crds().await;
    let client = server.client().await.unwrap();
    server::namespace(&client, "changes").await;
    let mut seen = String::new();
    for path in manifests::files("changes") {
        for pair in manifests::of_file(&path).chunks(2) {
            let [before, after] = pair else {
                panic!("{} has a document without its pair", path.display())
            };
            server::send(&client, before, "changes", Write::Create).await.unwrap();
            server::send(&client, before, "changes", Write::TryReplace)
                .await
                .unwrap();
            let message = match server::send(&client, after, "changes", Write::TryReplace).await {
                Err(kube::Error::Api(status)) => status.message,
                other => panic!("{}: {other:?}", after.title),
            };
            server::delete(&client, before, "changes").await.unwrap();
            writeln!(seen, "{}:\n    {message}", after.title).unwrap();
        }
    }
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("refused_changes", seen);
    });
}
