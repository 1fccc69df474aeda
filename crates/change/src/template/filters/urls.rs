//! Addresses taken apart and put together, as Go's `net/url` does (RFC 3986). Nothing is asked.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::super::Refusal;
use super::super::value::Value;
use super::{Call, Filter, Outcome};

/// What stands for itself in a path.
const PATH: &AsciiSet = &UNRESERVED
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');
/// What stands for itself behind `#`.
const FRAGMENT: &AsciiSet = &PATH.remove(b'?').remove(b'!').remove(b'(').remove(b')').remove(b'*');
/// What stands for itself in a host.
const HOST: &AsciiSet = &FRAGMENT
    .remove(b'[')
    .remove(b']')
    .remove(b'<')
    .remove(b'>')
    .remove(b'"')
    .remove(b'\'');
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "urlParse" => Filter::new(1, parse),
        "urlJoin" => Filter::new(1, join),
        _ => return None,
    })
}

fn parse(call: &mut Call<'_>) -> Outcome {
    let text = call.text(0);
    call.make(text.len().saturating_mul(4))?;
    let parts = match Parts::of(&text) {
        Ok(parts) => parts,
        // The address is not repeated: it may hold a password.
        Err(why) => return call.refuse(&format!("takes an address, and {why}")),
    };
    let entries = [
        ("scheme", parts.scheme),
        ("userinfo", parts.userinfo),
        ("host", parts.host),
        ("hostname", parts.hostname),
        ("path", parts.path),
        ("query", parts.query),
        ("opaque", parts.opaque),
        ("fragment", parts.fragment),
    ];
    let entries = entries.map(|(key, value)| (key.to_owned(), Value::text(value)));
    Value::map(BTreeMap::from(entries))
}

#[derive(Default)]
struct Parts {
    scheme: String,
    userinfo: String,
    host: String,
    hostname: String,
    path: String,
    query: String,
    opaque: String,
    fragment: String,
}

impl Parts {
    fn of(text: &str) -> Result<Self, &'static str> {
        if text.chars().any(|c| c.is_ascii_control()) {
            return Err("it has control characters");
        }
        let mut parts = Self::default();
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        parts.fragment = decoded(fragment)?;
        let rest = parts.take_scheme(rest)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut parts.query);
        if !rest.starts_with('/') && !parts.scheme.is_empty() {
            rest.clone_into(&mut parts.opaque);
            return Ok(parts);
        }
        let first = rest.split('/').next().unwrap_or_default();
        if first.contains(':') {
            return Err("its first part has a colon");
        }
        let has_host = rest.starts_with("//") && !(parts.scheme.is_empty() && rest.starts_with("///"));
        let path = match rest.strip_prefix("//").filter(|_| has_host) {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                parts.take_authority(authority)?;
                path
            }
            None => rest,
        };
        parts.path = decoded(path)?;
        Ok(parts)
    }

    /// What stands behind the scheme.
    fn take_scheme<'t>(&mut self, text: &'t str) -> Result<&'t str, &'static str> {
        let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let end = text.find(|c| !is_of_scheme(c)).unwrap_or(text.len());
        let (scheme, rest) = text.split_at(end);
        match rest.strip_prefix(':') {
            Some(_) if scheme.is_empty() => Err("its scheme is missing"),
            Some(rest) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                self.scheme = scheme.to_ascii_lowercase();
                Ok(rest)
            }
            _ => Ok(text),
        }
    }

    fn take_authority(&mut self, authority: &str) -> Result<(), &'static str> {
        let (userinfo, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if userinfo.contains(|c: char| !c.is_ascii() || " \"<>\\^`{|}[]@".contains(c)) {
            return Err("its user has characters that must be escaped");
        }
        userinfo.clone_into(&mut self.userinfo);
        let bracketed = host.starts_with('[');
        let name_end = if bracketed {
            host.find(']').map(|end| end + 1)
        } else {
            host.find(':')
        };
        let (name, port) = match name_end {
            Some(end) => host.split_at(end),
            None if bracketed => return Err("its host lacks a bracket"),
            None => (host, ""),
        };
        let is_port = port.is_empty()
            || port
                .strip_prefix(':')
                .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()));
        if !is_port {
            return Err("its port is no number");
        }
        if name.contains(|c: char| " \\^`{|}".contains(c)) {
            return Err("its host has characters that no host has");
        }
        let name = decoded(name)?;
        self.host = format!("{name}{port}");
        name.trim_start_matches('[')
            .trim_end_matches(']')
            .clone_into(&mut self.hostname);
        Ok(())
    }
}

fn decoded(text: &str) -> Result<String, &'static str> {
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err("a % in it is not followed by two hexadecimal digits");
        }
    }
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| "it is no text when unescaped")?;
    Ok(text.into_owned())
}

fn join(call: &mut Call<'_>) -> Outcome {
    let entries = call.entries(0)?;
    let part = |key: &str| match entries.get(key) {
        None => Ok(""),
        Some(Value::Text(text)) => Ok(&**text),
        Some(other) => Err(Refusal::Message(format!(
            "`urlJoin` takes texts in its map, and {key} is {}",
            other.kind()
        ))),
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (query, opaque, fragment) = (part("query")?, part("opaque")?, part("fragment")?);
    let userinfo = part("userinfo")?;
    let size = [scheme, host, path, query, opaque, fragment, userinfo].map(str::len);
    call.make(size.into_iter().sum::<usize>().saturating_mul(3))?;
    if userinfo.contains(['/', '?', '#', '@']) {
        return call.refuse("takes a userinfo in which /, ?, # and @ are escaped");
    }
    let mut text = String::new();
    if !scheme.is_empty() {
        text = format!("{scheme}:");
    }
    if opaque.is_empty() {
        let has_authority = !(host.is_empty() && userinfo.is_empty());
        if has_authority || !(scheme.is_empty() || path.is_empty()) {
            text.push_str("//");
        }
        if !userinfo.is_empty() {
            text.push_str(userinfo);
            text.push('@');
        }
        text.extend(utf8_percent_encode(host, HOST));
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            text.push('/');
        }
        if text.is_empty() && path.split('/').next().is_some_and(|first| first.contains(':')) {
            text.push_str("./");
        }
        text.extend(utf8_percent_encode(path, PATH));
    } else {
        text.push_str(opaque);
    }
    for (mark, rest) in [
        ('?', query.to_owned()),
        ('#', utf8_percent_encode(fragment, FRAGMENT).to_string()),
    ] {
        if !rest.is_empty() {
            text.push(mark);
            text.push_str(&rest);
        }
    }
    Ok(Value::text(text))
}
