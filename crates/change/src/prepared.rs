//! An automation and a context, ready for work: values checked, defaults filled in, templates bound to them.

use serde_json::Value;

use crate::automation::Automation;
use crate::changeset::Texts;
use crate::configuration::complete;
use crate::error::{Error, Place};
use crate::path::confine;
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

    pub(crate) fn texts(&self) -> Result<Texts, Error> {
        let strict = |field: &str, source: &Option<String>| {
            let Some(source) = source else { return Ok(None) };
            let text = template::render(field, source, &self.bindings, Mode::Strict)?;
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
