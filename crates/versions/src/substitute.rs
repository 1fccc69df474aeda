//! Puts what an observer found into the values of an action. Pure.

use serde_json::Value;

/// Replaces names such as `$value` by their texts, in every string of a context, however deep. Keys, numbers and
/// booleans stay; what was put in is not looked at again.
pub fn substitute(context: &Value, replacements: &[(&str, &str)]) -> Value {
    match context {
        Value::String(text) => Value::String(replace(text, replacements)),
        Value::Array(items) => items.iter().map(|item| substitute(item, replacements)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), substitute(value, replacements)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => context.clone(),
    }
}

/// One pass from left to right; where two names begin at the same place the longer one counts.
fn replace(text: &str, replacements: &[(&str, &str)]) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        done.push_str(before);
        let fits = replacements
            .iter()
            .filter(|(name, _)| !name.is_empty() && from.starts_with(name));
        let (taken, put) = fits.max_by_key(|(name, _)| name.len()).copied().unwrap_or(("$", "$"));
        done.push_str(put);
        rest = from.get(taken.len()..).unwrap_or_default();
    }
    done.push_str(rest);
    done
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_vector_of_the_contract() {
        let context = json!({ "version": "$value", "image": "r/x:$value", "l": ["$value-a"], "n": 5 });
        let expected = json!({ "version": "1.2.3", "image": "r/x:1.2.3", "l": ["1.2.3-a"], "n": 5 });
        assert_eq!(substitute(&context, &[("$value", "1.2.3")]), expected);
    }

    #[test]
    fn only_strings_change_and_only_once() {
        let context = json!({ "$value": { "deep": [null, true, "a$value$value"] }, "price": "$5, $valu" });
        let expected = json!({ "$value": { "deep": [null, true, "a$value!$value!"] }, "price": "$5, $valu" });
        assert_eq!(substitute(&context, &[("$value", "$value!")]), expected);
    }

    #[test]
    fn the_longer_name_counts() {
        let names = [
            ("$version", "1.30"),
            ("$versions", "all"),
            ("$chart_version", "9"),
            ("$value", "v"),
        ];
        let context = json!("$version $versions $chart_version $value");
        assert_eq!(substitute(&context, &names), json!("1.30 all 9 v"));
    }
}
