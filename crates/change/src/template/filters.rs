//! The filters: Sprig's text functions, with the piped value first, and Liquid's where Sprig has none of that name.
//!
//! Called by the evaluation, which pays for every call. What would read the environment, the network, the clock or randomness
//! does not exist, and says so. Missing arguments are zero, as the original fills them in; too many are an error.

mod dicts;
mod durations;
mod encoding;
mod lists;
mod numbers;
pub(crate) mod paths;
mod regexes;
mod semantic;
mod standard;
mod text;
mod types;
mod urls;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::budget::Budget;
use super::value::Value;
use super::{Refusal, convert};

/// What a filter gives back.
type Outcome = Result<Value, Refusal>;

/// A filter: how many arguments it takes at most, the piped value included, and what it does.
#[derive(Clone, Copy)]
pub(super) struct Filter {
    most: usize,
    run: fn(&mut Call<'_>) -> Outcome,
}

/// Takes as many arguments as there are.
const ANY: usize = usize::MAX;

impl Filter {
    fn new(most: usize, run: fn(&mut Call<'_>) -> Outcome) -> Self {
        Self { most, run }
    }

    pub(super) fn apply(self, mut call: Call<'_>) -> Outcome {
        if call.args.len() > self.most {
            let most = self.most - 1;
            let given = call.args.len() - 1;
            return Err(Refusal::Message(format!(
                "`{}` takes at most {most} arguments beside the piped value, not {given}",
                call.name
            )));
        }
        (self.run)(&mut call)
    }
}

/// One call of a filter. Argument 0 is the piped value.
pub(super) struct Call<'c> {
    pub(super) name: &'c str,
    pub(super) args: &'c [Value],
    pub(super) budget: &'c mut Budget,
}

impl<'c> Call<'c> {
    fn arg(&self, index: usize) -> &'c Value {
        self.args.get(index).unwrap_or(&Value::Nil)
    }

    fn text(&self, index: usize) -> Cow<'c, str> {
        convert::text(self.arg(index))
    }

    fn int(&self, index: usize) -> Result<i64, Refusal> {
        convert::int(self.arg(index)).ok_or_else(|| self.wants(index, "a whole number"))
    }

    /// A whole number that may be any size of an index; negative ones are 0.
    fn size(&self, index: usize) -> Result<usize, Refusal> {
        Ok(usize::try_from(self.int(index)?).unwrap_or(0))
    }

    fn float(&self, index: usize) -> Result<f64, Refusal> {
        convert::float(self.arg(index)).ok_or_else(|| self.wants(index, "a number"))
    }

    /// The items of a list, or the values of a map; none of nil.
    fn items(&self, index: usize) -> Result<Cow<'c, [Value]>, Refusal> {
        match self.arg(index) {
            Value::List(list) => Ok(Cow::Borrowed(&list.items)),
            Value::Map(map) => Ok(Cow::Owned(map.entries.values().cloned().collect())),
            Value::Nil => Ok(Cow::Borrowed(&[])),
            _ => Err(self.wants(index, "a list")),
        }
    }

    /// The entries of a map; none of nil.
    fn entries(&self, index: usize) -> Result<Cow<'c, BTreeMap<String, Value>>, Refusal> {
        match self.arg(index) {
            Value::Map(map) => Ok(Cow::Borrowed(&map.entries)),
            Value::Nil => Ok(Cow::Owned(BTreeMap::new())),
            _ => Err(self.wants(index, "a map")),
        }
    }

    /// The refusal of an argument. It names the kind of value that came, not the value: that may be a password.
    fn wants(&self, index: usize, wanted: &str) -> Refusal {
        let place = if index == 0 {
            "as the piped value".to_owned()
        } else {
            format!("as argument {index}")
        };
        let hint = if index == 0 {
            "; the piped value is the first argument"
        } else {
            ""
        };
        Refusal::Message(format!(
            "`{}` takes {wanted} {place}, not {}{hint}",
            self.name,
            self.arg(index).kind()
        ))
    }

    fn refuse<T>(&self, message: &str) -> Result<T, Refusal> {
        Err(Refusal::Message(format!("`{}` {message}", self.name)))
    }

    /// Makes sure that a text of this size may be made, before it is.
    fn make(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.budget.memory(bytes)
    }
}

/// The filter of this name, or why there is none.
pub(super) fn find(name: &str) -> Result<Filter, String> {
    [
        text::find,
        words::find,
        numbers::find,
        lists::find,
        dicts::find,
        encoding::find,
        paths::find,
        regexes::find,
        semantic::find,
        types::find,
        durations::find,
        urls::find,
        standard::find,
    ]
    .iter()
    .find_map(|find| find(name))
    .ok_or_else(|| missing(name))
}

/// Why a filter does not exist.
fn missing(name: &str) -> String {
    let reads = match name {
        "env" | "expandenv" => "reads the environment of the process",
        "getHostByName" => "asks the network",
        "now" | "ago" | "date" | "htmlDate" | "dateInZone" | "date_in_zone" | "htmlDateInZone" => "reads the clock",
        "randAlphaNum"
        | "randAlpha"
        | "randAscii"
        | "randNumeric"
        | "randInt"
        | "randBytes"
        | "shuffle"
        | "uuidv4"
        | "bcrypt"
        | "htpasswd"
        | "encryptAES"
        | "genPrivateKey"
        | "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey" => "uses randomness",
        "toDate" | "mustToDate" | "dateModify" | "date_modify" | "mustDateModify" | "must_date_modify"
        | "unixEpoch" => {
            return format!("the filter `{name}` does not exist here: values are texts and numbers, and no times");
        }
        "decryptAES" | "derivePassword" | "buildCustomCert" => {
            return format!(
                "the filter `{name}` does not exist here: it makes secrets, and a pull request is no place for them"
            );
        }
        _ => return format!("undefined filter `{name}`"),
    };
    format!(
        "the filter `{name}` does not exist here: it {reads}, and a change set depends on its automation and context alone; put the value into the context"
    )
}
