//! Filters over maps. None changes a map in place: `set` and `merge` give a changed one back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::compare::identical;
use super::super::convert::is_empty;
use super::super::print::verbose;
use super::super::value::Value;
use super::{ANY, Call, Filter, Outcome};
use crate::template::Refusal;

type Entries = BTreeMap<String, Value>;

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "dict" => Filter::new(ANY, dict),
        "get" => Filter::new(2, |call| {
            let value = call.entries(0)?.get(&*call.text(1)).cloned();
            Ok(value.unwrap_or_else(|| Value::text("")))
        }),
        "set" => Filter::new(3, |call| {
            let mut entries = call.entries(0)?.into_owned();
            entries.insert(call.text(1).into_owned(), call.arg(2).clone());
            made(call, entries)
        }),
        "unset" => Filter::new(2, |call| {
            let mut entries = call.entries(0)?.into_owned();
            entries.remove(&*call.text(1));
            made(call, entries)
        }),
        "hasKey" => Filter::new(2, |call| Ok(Value::Bool(call.entries(0)?.contains_key(&*call.text(1))))),
        "keys" => Filter::new(ANY, |call| {
            let mut keys = Vec::new();
            for index in 0..call.args.len() {
                keys.extend(call.entries(index)?.keys().cloned());
            }
            call.make(keys.iter().map(|key| key.len() + 24).sum())?;
            Ok(Value::texts(keys))
        }),
        "values" => Filter::new(1, |call| Value::list(call.entries(0)?.values().cloned().collect())),
        "pluck" => Filter::new(ANY, |call| {
            let key = call.text(0);
            let mut values = Vec::new();
            for index in 1..call.args.len() {
                values.extend(call.entries(index)?.get(&*key).cloned());
            }
            Value::list(values)
        }),
        "pick" => Filter::new(ANY, |call| {
            let keys = named(call);
            let entries = call.entries(0)?;
            let kept = entries.iter().filter(|(key, _)| keys.contains(key.as_str()));
            let kept = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
            made(call, kept)
        }),
        "omit" => Filter::new(ANY, |call| {
            let keys = named(call);
            let mut entries = call.entries(0)?.into_owned();
            entries.retain(|key, _| !keys.contains(key.as_str()));
            made(call, entries)
        }),
        "merge" | "mustMerge" => Filter::new(ANY, |call| merged(call, Wins::Left)),
        "mergeOverwrite" | "mustMergeOverwrite" => Filter::new(ANY, |call| merged(call, Wins::Right)),
        "dig" => Filter::new(ANY, dig),
        "deepCopy" | "mustDeepCopy" => Filter::new(1, |call| Ok(call.arg(0).clone())),
        "deepEqual" => Filter::new(2, |call| Ok(Value::Bool(identical(call.arg(0), call.arg(1))))),
        _ => return None,
    })
}

fn made(call: &mut Call<'_>, entries: Entries) -> Outcome {
    call.make(96 * entries.len())?;
    Value::map(entries)
}

fn named<'c>(call: &Call<'c>) -> std::collections::BTreeSet<Cow<'c, str>> {
    (1..call.args.len()).map(|index| call.text(index)).collect()
}

/// Keys and values in turn; a last key alone gets an empty text.
fn dict(call: &mut Call<'_>) -> Outcome {
    let mut entries = Entries::new();
    for pair in call.args.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
        entries.insert(pair.first().map(verbose).unwrap_or_default(), value);
    }
    made(call, entries)
}

/// Whose value counts where both maps have one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wins {
    Left,
    Right,
}

fn merged(call: &mut Call<'_>, wins: Wins) -> Outcome {
    let mut result = call.entries(0)?.into_owned();
    for index in 1..call.args.len() {
        let other = call.entries(index)?;
        call.budget.steps(other.len())?;
        merge(call, &mut result, &other, wins)?;
    }
    made(call, result)
}

/// Maps are merged into one another; an empty value never takes the place of another.
fn merge(call: &mut Call<'_>, into: &mut Entries, from: &Entries, wins: Wins) -> Result<(), Refusal> {
    for (key, value) in from {
        call.budget.step()?;
        let merged = match (into.get(key), value) {
            (Some(Value::Map(left)), Value::Map(right)) => {
                let mut both = left.entries.clone();
                call.budget.memory(96 * both.len())?;
                merge(call, &mut both, &right.entries, wins)?;
                Value::map(both)?
            }
            (Some(left), _) if !is_empty(left) && (wins == Wins::Left || is_empty(value)) => continue,
            _ => value.clone(),
        };
        into.insert(key.clone(), merged);
    }
    Ok(())
}

/// Keys, then what to give where one is missing, then the map.
fn dig(call: &mut Call<'_>) -> Outcome {
    let Some((_, [keys @ .., otherwise])) = call.args.split_last() else {
        return call.refuse("takes keys, a default, and a map");
    };
    if keys.is_empty() {
        return call.refuse("takes keys, a default, and a map");
    }
    let mut value = call.arg(call.args.len() - 1).clone();
    for key in keys {
        let Value::Map(map) = &value else {
            return call.refuse("meets a value on its way that is not a map");
        };
        let Some(inner) = map.entries.get(&verbose(key)) else {
            return Ok(otherwise.clone());
        };
        value = inner.clone();
    }
    Ok(value)
}
