//! Testbeds end with the process that started them, whatever ends it, and do not disturb one another.

use std::{collections::BTreeMap, fs, process::Stdio, time::Duration};

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, api::ListParams};
use stagecoach_testbed::{Look, Needs, Testbed, apply, eventually};
use tokio::process::Command;

const DEADLINE: Duration = Duration::from_mins(2);

/// The children of a process: id and program.
fn children_of(parent: u32) -> BTreeMap<u32, String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // `id (name) state parent …`, and the name may hold blanks and brackets.
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        let found = rest.split_whitespace().nth(1)?.parse::<u32>().ok()?;
        (found == parent).then(|| (id, name.to_owned()))
    })
    .collect()
}

/// Not a test: the process that the test below kills. It starts a testbed and waits for its end.
#[tokio::test]
#[ignore = "started by the test that kills it"]
async fn start_a_testbed_and_wait() -> Result<()> {
    let needs = Needs::control_plane().with_registry();
    // The end of a thread and its runtime must not take the programs with it: only the end of the process may.
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(Testbed::start(&needs))
    });
    let testbed = thread.join().ok().context("the thread that started it panicked")??;
    let maps: Api<ConfigMap> = Api::default_namespaced(testbed.control_plane()?.client().await?);
    maps.list(&ListParams::default()).await?;
    testbed.registry()?.push_image("alive", "1.0.0").await?;
    println!("\ntestbed is up");
    std::future::pending::<()>().await;
    drop(testbed);
    Ok(())
}

#[tokio::test]
async fn all_programs_end_when_their_process_is_killed() -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--ignored", "--exact", "start_a_testbed_and_wait", "--nocapture"]);
    let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let id = process.id().context("it ended at once")?;
    let mut lines = {
        use tokio::io::AsyncBufReadExt as _;
        tokio::io::BufReader::new(process.stdout.take().context("no output")?).lines()
    };
    let up = async {
        while let Some(line) = lines.next_line().await? {
            if line.contains("testbed is up") {
                return Ok(());
            }
        }
        anyhow::bail!("it ended before the testbed was up")
    };
    tokio::time::timeout(DEADLINE, up).await??;
    let programs = children_of(id);
    let names: Vec<&str> = programs.values().map(String::as_str).collect();
    for name in [
        "etcd",
        "kube-apiserver",
        "kube-controller",
        "kube-scheduler",
        "kwok",
        "registry",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }

    process.start_kill()?;
    process.wait().await?;
    eventually("all programs to be gone", Duration::from_secs(10), async || {
        let left: Vec<_> = programs.iter().filter(|(id, name)| is_alive(**id, name)).collect();
        Ok(Look::or_not_yet(left.is_empty().then_some(()), format!("{left:?}")))
    })
    .await
}

/// Whether this id still is this program (and not only a dead one that its new parent has not noticed).
fn is_alive(id: u32, name: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.contains(&format!("({name})")) && !stat.contains(") Z ")
}

#[tokio::test]
async fn two_testbeds_side_by_side_do_not_meet() -> Result<()> {
    let needs = Needs::control_plane().with_registry();
    let (one, two) = tokio::try_join!(Testbed::start(&needs), Testbed::start(&needs))?;
    for (testbed, name) in [(&one, "one"), (&two, "two")] {
        let text = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}");
        apply(&testbed.control_plane()?.client().await?, &text, "default").await?;
        testbed.registry()?.push_image(name, "1.0.0").await?;
    }
    for (testbed, own, other) in [(&one, "one", "two"), (&two, "two", "one")] {
        let maps: Api<ConfigMap> = Api::default_namespaced(testbed.control_plane()?.client().await?);
        assert!(maps.get_opt(own).await?.is_some());
        assert!(maps.get_opt(other).await?.is_none());
        assert!(testbed.registry()?.tags(other).await?.is_empty());
    }
    drop(one);
    let maps: Api<ConfigMap> = Api::default_namespaced(two.control_plane()?.client().await?);
    assert!(
        maps.get_opt("two").await?.is_some(),
        "the end of one is not the end of the other"
    );
    Ok(())
}
