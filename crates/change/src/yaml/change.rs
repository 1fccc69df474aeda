//! What is to become of a tree: the one description that the editor writes, the check holds the result against, and data takes.

use serde_json::Value;

use super::source::Source;

/// What becomes of a node. Ids are those of the tree that is edited.
#[derive(Clone, Debug)]
pub(crate) enum Change<'n> {
    /// It becomes this.
    Become(New<'n>),
    /// Some of its entries change, in their order, and new ones follow them.
    Keys(Vec<Entry<'n>>, Vec<(Name<'n>, New<'n>)>),
    /// Some of its items change, in their order, and new ones follow them.
    Items(Vec<(usize, Self)>, Vec<New<'n>>),
    /// It goes, with its key or its dash.
    Gone,
}

/// An entry of a mapping that changes.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'n> {
    pub(crate) key: usize,
    pub(crate) value: usize,
    pub(crate) change: Change<'n>,
}

/// A value that is to be written.
#[derive(Clone, Debug)]
pub(crate) enum New<'n> {
    /// As data: written as the text around it is written.
    Data(Value),
    /// As it stands in an overlay.
    Laid(Laid<'n>),
}

/// A value with the text that it has in an overlay.
#[derive(Clone, Copy)]
pub(crate) struct Laid<'n> {
    pub(crate) source: &'n Source<'n>,
    pub(crate) id: usize,
    /// The column of its key or dash.
    pub(crate) column: usize,
    pub(crate) value: &'n Value,
}

impl std::fmt::Debug for Laid<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

impl New<'_> {
    pub(crate) fn value(&self) -> &Value {
        match self {
            Self::Data(value) => value,
            Self::Laid(laid) => laid.value,
        }
    }
}

/// A key that is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Name<'n> {
    pub(crate) text: String,
    /// As an overlay writes it.
    pub(crate) written: Option<&'n str>,
}

impl Change<'_> {
    /// Does the same to data. False where data and tree do not fit.
    pub(crate) fn apply(&self, source: &Source<'_>, id: usize, data: &mut Value) -> bool {
        match (self, data) {
            (Self::Become(new), data) => {
                *data = new.value().clone();
                true
            }
            (Self::Keys(entries, new), Value::Object(map)) => {
                for Entry { key, value, change } in entries {
                    let Some(name) = source.scalar(*key) else { return false };
                    if matches!(change, Self::Gone) {
                        if map.remove(&*name).is_none() {
                            return false;
                        }
                    } else if !map
                        .get_mut(&*name)
                        .is_some_and(|data| change.apply(source, *value, data))
                    {
                        return false;
                    }
                }
                map.extend(new.iter().map(|(name, new)| (name.text.clone(), new.value().clone())));
                true
            }
            (Self::Items(items, new), Value::Array(list)) => {
                let ids: Vec<usize> = source.tree.children(id).collect();
                // From the end, as those behind a place move when it goes.
                for (item, change) in items.iter().rev() {
                    let Some(index) = ids.iter().position(|id| id == item).filter(|index| *index < list.len()) else {
                        return false;
                    };
                    if matches!(change, Self::Gone) {
                        list.remove(index);
                    } else if !change.apply(source, *item, &mut list[index]) {
                        return false;
                    }
                }
                list.extend(new.iter().map(|new| new.value().clone()));
                true
            }
            _ => false,
        }
    }
}
