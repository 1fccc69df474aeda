//! What goes wrong, and how it is told: credentials, addresses, broken mirrors, slow servers, many askers, large ones.

use std::{fs, path::Path, sync::Arc};

use http::{Method, StatusCode};
use stagecoach_scm::Kind;
use stagecoach_testbed::{Fault, Look, Proxy, eventually};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_taken_or_refused_and_shown_to_nobody() -> Result<()> {
    let room = Room::new().await?;
    room.server.require("reader", "s3cret-word");
    let right = room.remote_with(Some(password("reader", "s3cret-word")));
    assert_eq!(right.resolve("main").await?, Some(room.head.clone()));
    assert_eq!(one(&right, &room.head, "README.md").await?, "templates\n");
    let address = room.server.address(REPOSITORY).replace("://", "://reader:wr0ng-word@");
    let in_address = Mirrors::new(room.options()).remote(&address, None)?;
    let wrong = room.remote_with(Some(password("reader", "wr0ng-word")));
    for (remote, remedy) in [
        (wrong, "correct its keys username and password"),
        (in_address, "correct its keys username and password"),
        (room.remote(), "write username and password into a Secret"),
    ] {
        let error = git_error(remote.resolve("main").await.unwrap_err());
        assert_eq!(
            (error.reason(), error.kind()),
            ("GitUnauthorized", Kind::Stalled),
            "{error}"
        );
        let text = format!("{error} {error:?} {}", remote.name());
        assert!(text.contains(remedy), "{text}");
        assert!(!text.contains("wr0ng-word"), "{text}");
    }
    // What is in the mirror is no way around the server.
    room.server.require("reader", "an0ther-word");
    for name in ["main", room.head.as_str()] {
        assert_eq!(
            right.resolve(name).await.unwrap_err().reason(),
            "GitUnauthorized",
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_on_disk_or_in_an_argument() -> Result<()> {
    let room = Room::new().await?;
    room.server.require("reader", "s3cret-word");
    let proxy = Proxy::start(room.server.url()).await?;
    let stop = proxy.stop_at(1, stagecoach_testbed::Point::Before, |request| {
        request.method == Method::POST
    });
    let address = format!("{}/{REPOSITORY}.git", proxy.url());
    let remote = Mirrors::new(room.options()).remote(&address, Some(password("reader", "s3cret-word")))?;
    let head = room.head.clone();
    let asker = tokio::spawn(async move { remote.list_files(&head).await.map(|files| files.len()) });
    let held = stop.reached(SOON).await?;
    let arguments = arguments_in(room.cache.path());
    assert!(!arguments.is_empty(), "git runs while the server is held");
    for line in arguments {
        assert!(!line.contains("s3cret-word") && !line.contains("Basic"), "{line}");
    }
    held.pass();
    assert_eq!(asker.await??, FILES.len());
    for path in files_below(room.cache.path()) {
        let bytes = fs::read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("s3cret-word") && !text.contains("Authorization"),
            "{}",
            path.display()
        );
    }
    Ok(())
}

/// The command lines of the programs that run in a folder or below.
fn arguments_in(folder: &Path) -> Vec<String> {
    let is_there =
        |entry: &fs::DirEntry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    let read = |entry: fs::DirEntry| fs::read(entry.path().join("cmdline")).ok();
    let programs = fs::read_dir("/proc").unwrap().flatten().filter(is_there);
    let lines = programs.filter_map(read).filter(|line| !line.is_empty());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_says_what_to_do() -> Result<()> {
    let room = Room::new().await?;
    let ask = async |address: &str, options: Options| {
        let remote = Mirrors::new(options).remote(address, None).unwrap();
        git_error(remote.resolve("main").await.unwrap_err())
    };
    let error = ask(&room.server.address("infra/none"), room.options()).await;
    assert_eq!(
        (error.reason(), error.kind()),
        ("GitNotFound", Kind::Stalled),
        "{error}"
    );
    let error = ask("http://no-such-host.invalid/a/b.git", room.options()).await;
    assert_eq!(
        (error.reason(), error.kind()),
        ("GitHostUnknown", Kind::Retry),
        "{error}"
    );
    assert!(
        error.to_string().contains("no-such-host.invalid is not known"),
        "{error}"
    );
    let error = ask("http://127.0.0.1:1/a/b.git", room.options()).await;
    assert_eq!(
        (error.reason(), error.kind()),
        ("GitUnavailable", Kind::Retry),
        "{error}"
    );

    let mut without_git = room.options();
    without_git.environment = vec![("PATH".to_owned(), room.cache.path().into())];
    let error = ask(&room.server.address(REPOSITORY), without_git.clone()).await;
    assert_eq!((error.reason(), error.kind()), ("GitMissing", Kind::Stalled), "{error}");
    assert!(
        error.to_string().contains("the program git is not installed"),
        "{error}"
    );
    // Git is there, and ssh is not.
    for program in ["git", "sh"] {
        std::os::unix::fs::symlink(format!("/usr/bin/{program}"), room.cache.path().join(program))?;
    }
    let error = ask("git@127.0.0.1:a/b.git", without_git).await;
    assert!(
        error.to_string().contains("the program ssh is not installed"),
        "{error}"
    );

    let mut unwritable = room.options();
    unwritable.folder = "/proc/none".into();
    let error = ask(&room.server.address(REPOSITORY), unwritable).await;
    assert_eq!(
        (error.reason(), error.kind()),
        ("GitCacheUnusable", Kind::Stalled),
        "{error}"
    );
    assert!(error.to_string().contains("--git-cache"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_fail_say_so() -> Result<()> {
    let room = Room::new().await?;
    let proxy = Proxy::start(room.server.url()).await?;
    let address = format!("{}/{REPOSITORY}.git", proxy.url());
    for (status, reason, kind) in [
        (StatusCode::BAD_GATEWAY, "GitUnavailable", Kind::Retry),
        (StatusCode::FORBIDDEN, "GitUnauthorized", Kind::Stalled),
    ] {
        proxy.break_with(Fault::Answer(status, String::new()), |_| true);
        let remote = Mirrors::new(room.options()).remote(&address, Some(password("u", "p")))?;
        let error = git_error(remote.resolve("main").await.unwrap_err());
        assert_eq!((error.reason(), error.kind()), (reason, kind), "{error}");
    }
    Ok(())
}

/// An address that leads to another server: whoever shows nothing may follow.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_not_taken_along_to_another_server() -> Result<()> {
    let room = Room::new().await?;
    let target = Proxy::start(room.server.url()).await?;
    let url = target.url().to_owned();
    let redirect =
        move |uri: axum::http::Uri| async move { axum::response::Redirect::permanent(&format!("{url}{uri}")) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/{REPOSITORY}.git", listener.local_addr()?);
    let server = axum::serve(listener, axum::Router::new().fallback(redirect));
    let server = tokio::spawn(server.into_future());
    let ask = async |credentials: Option<Credentials>| {
        let remote = Mirrors::new(room.options()).remote(&address, credentials).unwrap();
        remote.resolve("main").await
    };
    let error = git_error(ask(Some(password("reader", "s3cret-word"))).await.unwrap_err());
    assert_eq!(
        (error.reason(), error.kind()),
        ("GitRedirected", Kind::Stalled),
        "{error}"
    );
    assert_eq!(target.requests().len(), 0);
    assert_eq!(ask(None).await?, Some(room.head.clone()));
    assert!(!target.requests().is_empty());
    server.abort();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_mirror_mends() -> Result<()> {
    let room = Room::new().await?;
    let remote = room.remote();
    let read_all = async || {
        assert_eq!(remote.resolve("main").await?, Some(room.head.clone()));
        assert_eq!(remote.list_files(&room.head).await?.len(), FILES.len());
        assert_eq!(one(&remote, &room.head, "catalog/app.yaml").await?, "version: 1\n");
        anyhow::Ok(())
    };
    read_all().await?;
    let mirror = room.mirrors().remove(0);
    // Killed half way, cut short, and gone in parts or whole.
    fs::write(mirror.join("store.git/shallow.lock"), "")?;
    let next = room.commit("main", &[("new", GitMode::File, b"")]).await?;
    assert_eq!(remote.list_files(&next).await?.len(), FILES.len() + 1);
    for file in files_below(&mirror.join("store.git/objects")) {
        if file.extension().is_some_and(|end| end == "pack") {
            fs::remove_file(&file)?;
            fs::write(&file, "PACK")?;
        }
    }
    assert_eq!(one(&remote, &next, "README.md").await?, "templates\n");
    fs::remove_dir_all(mirror.join("store.git/objects"))?;
    assert_eq!(one(&remote, &next, "README.md").await?, "templates\n");
    fs::remove_dir_all(mirror.join("reader.git"))?;
    assert_eq!(remote.list_files(&next).await?.len(), FILES.len() + 1);
    fs::remove_dir_all(&mirror)?;
    assert_eq!(one(&remote, &next, "README.md").await?, "templates\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_left_with_all_children() -> Result<()> {
    let room = Room::new().await?;
    let proxy = Proxy::start(room.server.url()).await?;
    let address = format!("{}/{REPOSITORY}.git", proxy.url());
    let stop = proxy.stop_at(1, stagecoach_testbed::Point::Before, |_| true);
    let mut options = room.options();
    options.deadline = Duration::from_secs(2);
    let mirrors = Mirrors::new(options);
    let remote = mirrors.remote(&address, None)?;
    let error = git_error(remote.resolve("main").await.unwrap_err());
    assert_eq!((error.reason(), error.kind()), ("GitDeadline", Kind::Retry), "{error}");
    assert!(error.to_string().contains("did not end in 2 s"), "{error}");
    gone(room.cache.path()).await?;
    drop(stop);
    // The same where nobody waits any more.
    let stop = proxy.stop_at(1, stagecoach_testbed::Point::Before, |_| true);
    let mut slow = room.options();
    slow.folder = room.cache.path().join("slow");
    let remote = Mirrors::new(slow).remote(&address, None)?;
    let asker = tokio::spawn(async move { remote.resolve("main").await.is_ok() });
    let held = stop.reached(SOON).await?;
    assert!(!arguments_in(room.cache.path()).is_empty());
    asker.abort();
    gone(room.cache.path()).await?;
    drop(held);
    Ok(())
}

/// No program runs there any more, long before it would end by itself.
async fn gone(folder: &Path) -> Result<()> {
    eventually("git and its children to end", Duration::from_secs(10), async || {
        let left = arguments_in(folder);
        Ok(Look::or_not_yet(left.is_empty().then_some(()), format!("{left:?}")))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn many_askers_of_one_mirror_share_one_fetch() -> Result<()> {
    let room = Room::new().await?;
    let proxy = Proxy::start(room.server.url()).await?;
    let mirrors = Mirrors::new(room.options());
    let address = format!("{}/{REPOSITORY}.git", proxy.url());
    let head = Arc::new(room.head.clone());
    let askers = (0..20).map(|_| {
        let (remote, head) = (mirrors.remote(&address, None).unwrap(), Arc::clone(&head));
        tokio::spawn(async move { one(&remote, &head, "catalog/app.yaml").await })
    });
    for asker in askers.collect::<Vec<_>>() {
        assert_eq!(asker.await??, "version: 1\n");
    }
    let asked = proxy.count(|request| request.method == Method::POST);
    assert!(asked <= 4, "{asked} questions for 20 askers");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_becomes_an_option() -> Result<()> {
    let room = Room::new().await?;
    let witness = room.cache.path().join("witness");
    let touch = format!("touch {}", witness.display());
    for name in [
        format!("--upload-pack={touch}"),
        format!("--output={}", witness.display()),
        "-h".to_owned(),
        "main\n--all".to_owned(),
        "+refs/heads/main:refs/heads/x".to_owned(),
    ] {
        assert_eq!(room.remote().resolve(&name).await?, None, "{name}");
    }
    let paths = ["--help", "-r", ":(attr:x)", "a\nb", "--end-of-options"]
        .map(str::to_owned)
        .to_vec();
    let files = room.remote().read_files(&room.head, paths).await?;
    assert!(files.values().all(Option::is_none), "{files:?}");
    for address in [format!("ext::sh -c '{touch}'"), format!("--upload-pack={touch}")] {
        assert!(Mirrors::new(room.options()).remote(&address, None).is_err());
    }
    // Settings of a person: with them git would find no server.
    room.remote().probe().await?;
    for mirror in room.mirrors() {
        fs::write(mirror.join(".gitconfig"), "[http]\n\tproxy = http://127.0.0.1:1\n")?;
    }
    assert_eq!(one(&room.remote(), &room.head, "README.md").await?, "templates\n");
    assert!(!witness.exists());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_and_what_was_used_longest_ago_goes() -> Result<()> {
    let room = Room::new().await?;
    // What does not pack well.
    let noise: Vec<u8> = (0..600_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 31).to_le_bytes())
        .collect();
    let head = room.commit("main", &[("noise", GitMode::File, &noise)]).await?;
    let mut options = room.options();
    options.mirror_bytes = 1 << 20;
    let remote = Mirrors::new(options).remote(&room.server.address(REPOSITORY), None)?;
    assert_eq!(one(&remote, &head, "README.md").await?, "templates\n");
    let outcome = remote.read_files(&head, vec!["noise".to_owned()]).await;
    let error = git_error(outcome.map(drop).unwrap_err());
    assert_eq!(
        (error.reason(), error.kind()),
        ("FileTooLarge", Kind::Stalled),
        "{error}"
    );

    assert!(
        !room.mirrors()[0].join("store.git").exists(),
        "what is too large does not stay"
    );

    let mut options = room.options();
    options.folder = room.cache.path().join("few");
    options.mirrors = 2;
    let mirrors = Mirrors::new(options);
    for repository in ["a/a", "a/b", "a/c"] {
        let head = CommitSha::parse(&room.server.commit(repository, "main", &FILES).await?)?;
        let remote = mirrors.remote(&room.server.address(repository), None)?;
        assert_eq!(one(&remote, &head, "README.md").await?, "templates\n");
    }
    let left = fs::read_dir(room.cache.path().join("few/0/mirrors"))?.count();
    assert_eq!(left, 2);
    Ok(())
}
