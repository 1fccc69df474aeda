//! Arithmetic. Sprig's filters take anything for a number, 0 where it is none; Liquid's refuse what is none.

use super::super::convert::{cast_float, cast_int, truncated};
use super::super::decimal::Decimal;
use super::super::value::Value;
use super::{ANY, Call, Filter, Outcome};
use crate::template::{convert, print};

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "atoi" => Filter::new(1, |call| Ok(Value::Int(call.text(0).parse().unwrap_or(0)))),
        "int" | "int64" => Filter::new(1, |call| Ok(Value::Int(cast_int(call.arg(0))))),
        "float64" => Filter::new(1, |call| Ok(Value::Float(cast_float(call.arg(0))))),
        "toDecimal" => Filter::new(1, |call| {
            Ok(Value::Int(
                i64::from_str_radix(&print::verbose(call.arg(0)), 8).unwrap_or(0),
            ))
        }),
        "add1" => Filter::new(1, |call| Ok(Value::Int(cast_int(call.arg(0)).wrapping_add(1)))),
        "add" => Filter::new(ANY, |call| Ok(whole(call, i64::wrapping_add))),
        "mul" => Filter::new(ANY, |call| Ok(whole(call, i64::wrapping_mul))),
        "max" | "biggest" => Filter::new(ANY, |call| Ok(whole(call, i64::max))),
        "min" => Filter::new(ANY, |call| Ok(whole(call, i64::min))),
        "sub" => Filter::new(2, |call| {
            Ok(Value::Int(cast_int(call.arg(0)).wrapping_sub(cast_int(call.arg(1)))))
        }),
        "div" => Filter::new(2, |call| divided(call, i64::checked_div)),
        "mod" => Filter::new(2, |call| divided(call, i64::checked_rem)),
        "add1f" => Filter::new(1, |call| Ok(Value::Float(cast_float(call.arg(0)) + 1.0))),
        "addf" => Filter::new(ANY, |call| Ok(exact(call, Decimal::add, |a, b| a + b))),
        "subf" => Filter::new(ANY, |call| Ok(exact(call, Decimal::sub, |a, b| a - b))),
        "mulf" => Filter::new(ANY, |call| Ok(exact(call, Decimal::mul, |a, b| a * b))),
        "divf" => Filter::new(ANY, |call| {
            if call.args.iter().skip(1).any(|divisor| cast_float(divisor) == 0.0) {
                return call.refuse("divides by zero");
            }
            Ok(exact(call, Decimal::div, |a, b| a / b))
        }),
        "maxf" => Filter::new(ANY, |call| Ok(floating(call, f64::max))),
        "minf" => Filter::new(ANY, |call| Ok(floating(call, f64::min))),
        "floor" => Filter::new(1, |call| Ok(Value::Float(cast_float(call.arg(0)).floor()))),
        "ceil" => Filter::new(1, |call| Ok(Value::Float(cast_float(call.arg(0)).ceil()))),
        "round" => Filter::new(ANY, round),
        "until" => Filter::new(1, |call| {
            let count = call.int(0)?;
            steps(call, 0, count, if count < 0 { -1 } else { 1 })
        }),
        "untilStep" => Filter::new(3, |call| {
            let (from, to, by) = (call.int(0)?, call.int(1)?, call.int(2)?);
            steps(call, from, to, by)
        }),
        "seq" => Filter::new(ANY, seq),
        "abs" => Filter::new(1, |call| Ok(Value::Float(call.float(0)?.abs()))),
        "plus" => Filter::new(2, |call| Ok(liquid(call, i64::wrapping_add, |a, b| a + b))),
        "minus" => Filter::new(2, |call| Ok(liquid(call, i64::wrapping_sub, |a, b| a - b))),
        "times" => Filter::new(2, |call| Ok(liquid(call, i64::wrapping_mul, |a, b| a * b))),
        "divided_by" => Filter::new(2, divided_by),
        "modulo" => Filter::new(2, |call| Ok(Value::Float(call.float(0)? % call.float(1)?))),
        _ => return None,
    })
}

fn whole(call: &Call<'_>, operation: fn(i64, i64) -> i64) -> Value {
    Value::Int(call.args.iter().map(cast_int).reduce(operation).unwrap_or(0))
}

fn floating(call: &Call<'_>, operation: fn(f64, f64) -> f64) -> Value {
    Value::Float(call.args.iter().map(cast_float).reduce(operation).unwrap_or(0.0))
}

fn divided(call: &Call<'_>, operation: fn(i64, i64) -> Option<i64>) -> Outcome {
    match operation(cast_int(call.arg(0)), cast_int(call.arg(1))) {
        Some(result) => Ok(Value::Int(result)),
        None => call.refuse("divides by zero"),
    }
}

/// Decimal arithmetic; numbers that are too long for it are added as they are.
fn exact(call: &Call<'_>, operation: fn(Decimal, Decimal) -> Option<Decimal>, plain: fn(f64, f64) -> f64) -> Value {
    let decimals = call
        .args
        .iter()
        .map(|value| Decimal::new(cast_float(value)))
        .collect::<Option<Vec<_>>>();
    let result = decimals.and_then(|decimals| {
        let (first, rest) = decimals.split_first()?;
        rest.iter().try_fold(*first, |sum, next| operation(sum, *next))
    });
    match result {
        Some(result) => Value::Float(result.float()),
        None => floating(call, plain),
    }
}

/// Rounded to so many digits; from which fraction on it goes up is the third argument, a half where it is absent.
fn round(call: &mut Call<'_>) -> Outcome {
    let places = i32::try_from(call.int(1)?).unwrap_or(i32::MAX);
    let up_from = if call.args.len() > 2 { call.float(2)? } else { 0.5 };
    let power = 10_f64.powi(places);
    let shifted = power * cast_float(call.arg(0));
    let rounded = if shifted.fract() >= up_from {
        shifted.ceil()
    } else {
        shifted.floor()
    };
    Ok(Value::Float(rounded / power))
}

/// Whole numbers from one to before another.
fn steps(call: &mut Call<'_>, from: i64, to: i64, by: i64) -> Outcome {
    let runs = (from < to && by > 0) || (to < from && by < 0);
    if !runs {
        return Value::list(Vec::new());
    }
    let count = from.abs_diff(to).div_ceil(by.unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.budget.steps(count)?;
    call.make(count.saturating_mul(24))?;
    let numbers = std::iter::successors(Some(from), |number| number.checked_add(by)).take(count);
    Value::list(numbers.map(Value::Int).collect())
}

/// `seq end`, `seq from end`, `seq from step end`, as text with spaces.
fn seq(call: &mut Call<'_>) -> Outcome {
    let (from, by, to) = match call.args.len() {
        1 => (1, None, call.int(0)?),
        2 => (call.int(0)?, None, call.int(1)?),
        3 => (call.int(0)?, Some(call.int(1)?), call.int(2)?),
        _ => return Ok(Value::text("")),
    };
    let direction = if to < from { -1 } else { 1 };
    if to < from && by.is_some_and(|by| by > 0) {
        return Ok(Value::text(""));
    }
    let list = steps(call, from, to.saturating_add(direction), by.unwrap_or(direction))?;
    let text = print::verbose(&list);
    Ok(Value::text(text.trim_matches(['[', ']'])))
}

fn liquid(call: &Call<'_>, whole: fn(i64, i64) -> i64, floating: fn(f64, f64) -> f64) -> Value {
    if let (Value::Int(left), Value::Int(right)) = (call.arg(0), call.arg(1)) {
        return Value::Int(whole(*left, *right));
    }
    let number = |index: usize| match call.arg(index) {
        Value::Bool(_) => 0.0,
        other => convert::cast_float(other),
    };
    Value::Float(floating(number(0), number(1)))
}

/// Whole where the divisor is whole.
fn divided_by(call: &mut Call<'_>) -> Outcome {
    let dividend = call.float(0)?;
    match call.arg(1) {
        Value::Int(divisor) => match truncated(dividend).checked_div(*divisor) {
            Some(result) => Ok(Value::Int(result)),
            None => call.refuse("divides by zero"),
        },
        Value::Float(0.0) => call.refuse("divides by zero"),
        Value::Float(divisor) => Ok(Value::Float(dividend / divisor)),
        _ => Err(call.wants(1, "a number")),
    }
}
