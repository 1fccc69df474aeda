//! Objects that this operator owns, written whole by server-side apply.
//!
//! Used for the objects of a deploy engine and for contexts that an observer makes. Objects of other people get
//! `status` and annotations only, never this.

use std::fmt::Debug;

use kube::{
    Api, Resource,
    api::{Patch, PatchParams},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{KubeError, cache::ObjectKey};

/// Creates the object or changes it until it has the fields given; fields of `manager` that are given no longer are
/// removed. `object` must carry its `apiVersion` and `kind` when serialized.
pub async fn apply_object<K>(api: &Api<K>, object: &K, manager: &'static str) -> Result<K, KubeError>
where
    K: Resource + Clone + Debug + Serialize + DeserializeOwned,
{
    let key = ObjectKey::of(object);
    api.patch(&key.name, &PatchParams::apply(manager).force(), &Patch::Apply(object))
        .await
        .map_err(KubeError::on("apply", described(api.resource_url(), &key)))
}

/// `pipelines team/shop` from the URL of the resource and the key.
fn described(url: &str, key: &ObjectKey) -> String {
    format!("{} {key}", crate::cache::plural_of(url))
}
