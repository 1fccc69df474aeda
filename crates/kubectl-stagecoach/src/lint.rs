//! `lint`: all manifests of a folder together, before anything is applied. Asks no cluster.
//!
//! `files` reads, `object` takes documents for what they are, the checks are one file each and pure, `report` writes.

mod approvals;
mod automations;
mod configuration;
mod faults;
mod files;
mod finding;
mod object;
mod observers;
mod pipelines;
mod recipes;
mod references;
mod report;
mod repositories;
mod rules;
mod sarif;
mod shape;
mod templates;
mod values;

use std::process::ExitCode;

pub(crate) use self::files::LintError;
use self::{
    files::Found,
    finding::{Finding, Level},
    object::Objects,
    recipes::Recipes,
};
use crate::{
    arguments::{FindingFormat, Lint},
    error::Error,
    output::Output,
    schema::Schemas,
};

pub(crate) fn run(arguments: &Lint, namespace: Option<&str>, output: &mut Output) -> Result<ExitCode, Error> {
    let Found {
        files,
        mut skipped,
        too_large,
        ..
    } = files::read(&arguments.paths)?;
    let schemas = Schemas::new();
    let (objects, mut findings) = Objects::of(&files, &schemas, namespace, &mut skipped);
    findings.extend(too_large.into_iter().map(Finding::too_large));
    findings.extend(check(&objects, &schemas));
    findings.sort_by(|one, other| one.order().cmp(&other.order()));
    findings.dedup();
    for skipped in &skipped {
        output.note(format_args!("{skipped}, so it is skipped"));
    }
    match arguments.output {
        FindingFormat::Text => {
            for finding in &findings {
                output.result(&report::line(finding, output.paint()))?;
            }
            output.note(report::summary(&objects, files.len(), &findings));
        }
        FindingFormat::Json => output.json(&report::view(&findings, &skipped))?,
        FindingFormat::Sarif => output.json(&sarif::view(&findings))?,
    }
    let counts = |level: Level| match level {
        Level::Error => true,
        Level::Warning => !arguments.warnings_ok,
        Level::Note => false,
    };
    let bad = findings.iter().any(|finding| counts(finding.level));
    Ok(if bad { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Everything that is wrong with the objects.
fn check(objects: &Objects<'_>, schemas: &Schemas) -> Vec<Finding> {
    let mut findings = shape::twice(objects);
    for object in objects.all() {
        findings.extend(shape::check(object, schemas));
        findings.extend(references::check(object, objects));
    }
    let mut recipes = Recipes::of(objects);
    findings.extend(automations::check(&mut recipes));
    findings.extend(repositories::check(objects, &recipes));
    findings.extend(pipelines::check(objects, &recipes));
    findings.extend(values::check(objects, &recipes));
    findings.extend(observers::check(objects));
    findings.extend(approvals::check(objects));
    findings
}
