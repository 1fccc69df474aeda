//! The chart and the operator agree; and the programs run on any Linux with glibc.

use anyhow::Result;
use stagecoach_system::Binaries;

use super::{helm, render::documents};

/// A flag that the operator does not know would keep every pod from starting.
#[tokio::test]
async fn the_operator_knows_every_flag_that_it_is_given() -> Result<()> {
    let binaries = Binaries::find()?;
    let help = tokio::process::Command::new(binaries.operator())
        .arg("--help")
        .output()
        .await?;
    let help = String::from_utf8(help.stdout)?;
    let values = [
        "operator.managementRepository=a/b",
        "operator.engine=argocd",
        "secretNamespaces={infra}",
    ];
    let text = helm::template(&values, &["templates/operator/deployment.yaml"])
        .await?
        .expect_success();
    let deployment = documents(&text).remove(0);
    let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        .as_array()
        .unwrap()
        .clone();
    assert!(arguments.len() > 10);
    for argument in arguments {
        let flag = argument.as_str().unwrap().split('=').next().unwrap().to_owned();
        assert!(
            help.contains(&format!("{flag} ")),
            "the operator does not know {flag}:\n{help}"
        );
    }
    Ok(())
}

/// What the loader finds for a program, beside itself.
#[tokio::test]
async fn the_programs_need_glibc_and_nothing_else() -> Result<()> {
    let binaries = Binaries::find()?;
    for program in [binaries.operator(), binaries.plugin()] {
        let output = tokio::process::Command::new("ldd").arg(&program).output().await?;
        let text = String::from_utf8(output.stdout)?;
        let libraries = text.lines().filter_map(|line| line.split_whitespace().next());
        let own: Vec<&str> = libraries
            .map(|path| path.rsplit('/').next().unwrap_or(path))
            // Rust unwinds with the library of the compiler, which every image with glibc has.
            .filter(|name| {
                !["linux-vdso.so", "libgcc_s.so", "libc.so", "libm.so", "ld-linux"]
                    .iter()
                    .any(|known| name.starts_with(known))
            })
            .collect();
        assert!(text.contains("libc.so"), "{text}");
        assert_eq!(own, [""; 0], "{} needs more:\n{text}", program.display());
    }
    Ok(())
}
