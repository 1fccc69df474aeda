//! An automation and a context, ready for work: values checked, defaults filled in, templates bound to them.

use serde_json::Value;

use crate::automation::{Automation, ValueKind};
use crate::changeset::Texts;
use crate::configuration::complete;
use crate::error::{Error, Place};
use crate::path::confine;
use crate::secrets::HIDDEN;
use crate::template::{self, Bindings, Mode};

/// Bytes of a title, a message or a branch: what forges take as the body of a pull request.
const LONGEST_TEXT: usize = 64 << 10;

pub(crate) struct Prepared<'a> {
    automation: &'a Automation,
    context: Value,
    bindings: Bindings,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(automation: &'a Automation, context: &Value) -> Result<Self, Error> {
        let context = complete(&automation.configuration, context)?;
        let bindings = Bindings::new(&context)?;
        Ok(Self {
            automation,
            context,
            bindings,
        })
    }

    /// The context with its defaults.
    pub(crate) fn context(&self) -> &Value {
        &self.context
    }

    /// Renders a lenient template.
    pub(crate) fn render(&self, field: &str, source: &str) -> Result<String, Error> {
        template::render(field, source, &self.bindings, Mode::Lenient)
    }

    /// Renders a path and keeps it inside the repository.
    pub(crate) fn path(&self, field: &str, source: &str) -> Result<String, Error> {
        confine(field, &self.render(field, source)?)
    }

    /// The context with other values for the entries that nobody is to see; none where there is no such value.
    fn masked(&self) -> Option<Value> {
        let entries = self.automation.configuration.iter();
        let secrets = entries.filter(|entry| entry.kind == ValueKind::Password);
        let mut masked = self.context.clone();
        let mut some = false;
        for entry in secrets {
            let value = masked.get_mut(&entry.name);
            if let Some(value) = value.filter(|value| value.as_str() != Some("") && !value.is_null()) {
                *value = Value::from(HIDDEN);
                some = true;
            }
        }
        some.then_some(masked)
    }

    pub(crate) fn texts(&self) -> Result<Texts, Error> {
        let masked = self.masked().as_ref().map(Bindings::new).transpose()?;
        let strict = |field: &str, source: &Option<String>| {
            let Some(source) = source else { return Ok(None) };
            let text = template::render(field, source, &self.bindings, Mode::Strict)?;
            // Whether a text tells a secret shows in what it becomes without: a short secret may stand in any text by chance.
            let without = masked
                .as_ref()
                .map(|masked| template::render(field, source, masked, Mode::Strict));
            if without.is_some_and(|without| without.as_ref() != Ok(&text)) {
                return Err(Error::SecretTold {
                    field: field.to_owned(),
                });
            }
            if text.len() > LONGEST_TEXT {
                return Err(Error::Limit {
                    place: Place::at(field, source, 0),
                    message: format!("the text is longer than {} KiB", LONGEST_TEXT >> 10),
                });
            }
            Ok(Some(text))
        };
        let title = strict("spec.title", &self.automation.title)?;
        let message = strict("spec.message", &self.automation.message)?;
        let branch = strict("spec.branch", &self.automation.branch)?;
        let title = title
            .or_else(|| Some(message.as_ref()?.lines().next()?.to_owned()))
            .unwrap_or_default();
        let title = title.trim().to_owned();
        if title.is_empty() {
            let message = "a pull request needs a title".to_owned();
            return Err(Error::Incomplete {
                field: "spec.title".to_owned(),
                message,
            });
        }
        Ok(Texts {
            message: message
                .filter(|message| !message.trim().is_empty())
                .unwrap_or_else(|| title.clone()),
            title,
            branch: branch
                .map(|branch| branch.trim().to_owned())
                .filter(|branch| !branch.is_empty()),
        })
    }
}
