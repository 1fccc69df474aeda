//! PrAutomations as the other checks meet them: read once, with what can be held against values, and whether that is worth
//! while. Pure.

use std::collections::BTreeMap;

use stagecoach_api::{PrAutomation, PrAutomationSpec};
use stagecoach_change as change;

use super::object::{Object, Objects};

/// A PrAutomation.
pub(super) struct Recipe<'o, 'f> {
    pub(super) object: &'o Object<'f>,
    pub(super) spec: PrAutomationSpec,
    pub(super) change: change::Automation,
    /// What values are held against: its configuration without what is wrong with that itself.
    pub(super) usable: Vec<change::ConfigurationEntry>,
    /// Whether nothing is wrong with it whatever the values.
    pub(super) is_sound: bool,
}

/// All of them.
pub(super) struct Recipes<'o, 'f>(Vec<Recipe<'o, 'f>>, BTreeMap<&'o str, usize>);

impl<'o, 'f> Recipes<'o, 'f> {
    /// Reads them. What cannot be read is told elsewhere.
    pub(super) fn of(objects: &'o Objects<'f>) -> Self {
        let (mut recipes, mut names) = (Vec::new(), BTreeMap::new());
        for object in objects.of_kind("PrAutomation") {
            let Some(automation) = object.read::<PrAutomation>() else {
                continue;
            };
            let spec = automation.spec;
            let change = spec.to_change();
            names.entry(object.name.as_str()).or_insert(recipes.len());
            recipes.push(Recipe {
                object,
                usable: change.configuration.clone(),
                spec,
                change,
                is_sound: true,
            });
        }
        Self(recipes, names)
    }

    pub(super) fn all(&self) -> &[Recipe<'o, 'f>] {
        &self.0
    }

    pub(super) fn all_mut(&mut self) -> &mut [Recipe<'o, 'f>] {
        &mut self.0
    }

    /// The first one of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Recipe<'o, 'f>> {
        self.0.get(*self.1.get(name)?)
    }
}
