//! Observers: is the schedule one, can the expressions be used, is there something to do. Read as the operator reads them. Pure.

use croner::Cron;
use stagecoach_api::{Observer, observer::Order as Ordered};
use stagecoach_versions::{Order, Rules};

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
};

/// Fields of a crontab.
const FIELDS: usize = 5;

/// What is wrong with the observers.
pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in objects.of_kind("Observer") {
        let Some(observer) = object.read::<Observer>() else {
            continue;
        };
        findings.extend(schedule(object, &observer.spec.crontab));
        findings.extend(expressions(object, &observer));
        if observer.spec.actions.is_empty() {
            let message = "spec.actions is empty: write what to do about a newer version".to_owned();
            findings.push(object.finding("spec.actions", Level::Error, "NoActions", message));
        }
    }
    findings
}

fn schedule(object: &Object<'_>, crontab: &str) -> Option<Finding> {
    let why = if crontab.split_whitespace().count() == FIELDS {
        crontab.parse::<Cron>().err()?.to_string()
    } else {
        "it has five fields (minute, hour, day of month, month, day of week), as in */5 * * * *".to_owned()
    };
    let message = format!("spec.crontab is {crontab:?}: {why}");
    Some(object.finding("spec.crontab", Level::Error, "InvalidCrontab", message))
}

fn expressions(object: &Object<'_>, observer: &Observer) -> Vec<Finding> {
    let target = &observer.spec.target;
    let order = match target.order {
        Ordered::Semver => Order::Semver,
        Ordered::Latest => Order::Latest,
        Ordered::Renovate => Order::Renovate { ignore_unstable: false },
    };
    let filter = target.git.as_ref().and_then(|git| git.filter.as_ref());
    let filter = filter
        .and_then(|filter| filter.regex.as_deref())
        .map(without_look_around);
    [
        ("spec.target.format", order, target.format.as_deref()),
        ("spec.target.git.filter.regex", Order::Latest, filter.as_deref()),
    ]
    .into_iter()
    .filter_map(|(path, order, expression)| {
        let error = Rules::new(order, expression).err()?;
        Some(object.finding(path, Level::Error, error.reason(), format!("{path}: {error}")))
    })
    .collect()
}

/// An expression whose looks ahead and behind are plain groups. The original looks around in filters; this version reads none, so
/// only the rest is held against what can be read.
fn without_look_around(expression: &str) -> String {
    let groups = ["(?=", "(?!", "(?<=", "(?<!"];
    groups
        .iter()
        .fold(expression.to_owned(), |text, group| text.replace(group, "(?:"))
}
