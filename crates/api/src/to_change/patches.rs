//! The edits of single values, and copies.

use stagecoach_change as change;

use crate::pr_automation::{DataPatch, FileCopy, HelmValues, KustomizeImage, PatchOp, YamlPatch};

impl PatchOp {
    fn to_change(self) -> change::PatchOp {
        match self {
            Self::Set => change::PatchOp::Set,
            Self::Delete => change::PatchOp::Delete,
            Self::Append => change::PatchOp::Append,
        }
    }
}

impl YamlPatch {
    pub(super) fn to_change(&self) -> change::YamlPatch {
        change::YamlPatch {
            file: self.file.clone(),
            path: self.path.clone(),
            op: self.op.unwrap_or_default().to_change(),
            value: self.value.clone(),
            document: self.document.and_then(|document| usize::try_from(document).ok()),
            templated: self.templated,
        }
    }
}

impl DataPatch {
    pub(super) fn to_change(&self) -> change::DataPatch {
        change::DataPatch {
            file: self.file.clone(),
            path: self.path.clone(),
            op: self.op.unwrap_or_default().to_change(),
            value: self.value.clone(),
            templated: self.templated,
        }
    }
}

impl HelmValues {
    pub(super) fn to_change(&self) -> change::HelmValues {
        let values = self.values.iter().map(|(path, value)| (path.clone(), value.clone()));
        change::HelmValues {
            file: self.file.clone(),
            values: values.collect(),
            templated: self.templated,
        }
    }
}

impl KustomizeImage {
    pub(super) fn to_change(&self) -> change::KustomizeImage {
        change::KustomizeImage {
            file: self.file.clone(),
            name: self.name.clone(),
            new_name: self.new_name.clone(),
            new_tag: self.new_tag.clone(),
            digest: self.digest.clone(),
            templated: self.templated,
        }
    }
}

impl FileCopy {
    pub(super) fn to_change(&self) -> change::FileCopy {
        change::FileCopy {
            from: self.from.clone(),
            to: self.to.clone(),
            at: self.ref_.clone(),
            templated: self.templated,
        }
    }
}
