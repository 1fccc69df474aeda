//! Lengths of time, as Go writes them.

use super::super::value::Value;
use super::{Call, Filter, Outcome};

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Nanoseconds of the units that Go reads, the longer names first.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];

/// What `durationRound` calls a length that is longer than this.
const ROUND: &[(&str, u64)] = &[
    ("y", 365 * 24 * HOUR),
    ("mo", 30 * 24 * HOUR),
    ("d", 24 * HOUR),
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
];

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "duration" => Filter::new(1, duration),
        "durationRound" => Filter::new(1, |call| {
            let length = match call.arg(0) {
                Value::Int(nanoseconds) => nanoseconds.unsigned_abs(),
                Value::Text(text) => parsed(text).unwrap_or(0),
                _ => 0,
            };
            let unit = ROUND.iter().find(|(_, longer)| length > *longer);
            Ok(Value::text(unit.map_or_else(
                || "0s".to_owned(),
                |(unit, long)| format!("{}{unit}", length / long),
            )))
        }),
        _ => return None,
    })
}

/// Seconds as hours, minutes and seconds.
fn duration(call: &mut Call<'_>) -> Outcome {
    let seconds = match call.arg(0) {
        Value::Int(seconds) => *seconds,
        Value::Text(text) => text.parse().unwrap_or(0),
        _ => 0,
    };
    // Go's lengths of time end at 292 years, and begin again with negative ones.
    if i64::try_from(SECOND)
        .ok()
        .and_then(|second| seconds.checked_mul(second))
        .is_none()
    {
        return call.refuse("takes a number of seconds of at most 292 years");
    }
    let sign = if seconds < 0 { "-" } else { "" };
    let all = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    Ok(Value::text(match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        (_, _) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }))
}

/// Nanoseconds of a text such as `-1h30m`, without the sign; none where it is no such text.
fn parsed(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut length: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() && rest != "0" {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let end = behind
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        length = length.checked_add(nanoseconds(number, *unit)?)?;
        rest = behind;
    }
    Some(length)
}

/// A decimal number of a unit.
fn nanoseconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut part = 0;
    let mut digit = unit;
    for figure in fraction.chars() {
        digit /= 10;
        part += u64::from(figure.to_digit(10)?) * digit;
    }
    whole.checked_mul(unit)?.checked_add(part)
}
