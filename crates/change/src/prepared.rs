//! An automation and a context, ready for work: values checked, defaults filled in, templates bound to them.

use serde_json::Value;

use crate::automation::{Automation, ValueKind};
use crate::changeset::Texts;
use crate::configuration::complete;
use crate::error::Error;
use crate::path::confine;
use crate::template::{self, Bindings, Mode};

pub(crate) struct Prepared<'a> {
    automation: &'a Automation,
    context: Value,
    bindings: Bindings,
    secrets: Vec<String>,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(automation: &'a Automation, context: &Value) -> Result<Self, Error> {
        let context = complete(&automation.configuration, context)?;
        let bindings = Bindings::new(&context)?;
        Ok(Self {
            automation,
            bindings,
            secrets: secrets(automation, &context),
            context,
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
            source
                .as_deref()
                .map(|source| template::render(field, source, &self.bindings, Mode::Strict))
                .transpose()
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

    /// The error without the values of PASSWORD entries, which paths and regular expressions may hold once they are rendered.
    pub(crate) fn hide(&self, error: Error) -> Error {
        error.map_rendered(|text| self.hidden(text))
    }

    /// A text without those values.
    pub(crate) fn hidden(&self, text: String) -> String {
        self.secrets
            .iter()
            .fold(text, |text, secret| text.replace(secret.as_str(), "<hidden>"))
    }
}

fn secrets(automation: &Automation, context: &Value) -> Vec<String> {
    let passwords = automation
        .configuration
        .iter()
        .filter(|entry| entry.kind == ValueKind::Password);
    let values = passwords.filter_map(|entry| context.get(&entry.name)?.as_str());
    values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
}
