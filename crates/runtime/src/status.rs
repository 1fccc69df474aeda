//! Status is written once a pass, by server-side apply.
//!
//! The request carries the resource version of the object that the status was built from, so a status that was built
//! from old facts is refused (409) instead of laid over new ones. When nothing changed there is no request.

use std::fmt::Debug;

use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{KubeError, cache::ObjectKey};

/// Writes `next` as the status of `object`, unless it equals `current`. Returns what the server made of it: the object
/// to act on, and to give to [`crate::Cache::remember`]. `None` when there was nothing to write.
pub async fn apply_status<K, S>(
    api: &Api<K>,
    object: &K,
    current: Option<&S>,
    next: &S,
    manager: &'static str,
) -> Result<Option<K>, KubeError>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
    S: Serialize + PartialEq,
{
    if current == Some(next) {
        return Ok(None);
    }
    let name = object.name_any();
    let body = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {
            "name": name,
            "namespace": object.namespace(),
            "resourceVersion": object.resource_version(),
        },
        "status": next,
    });
    api.patch_status(&name, &PatchParams::apply(manager).force(), &Patch::Apply(body))
        .await
        .map(Some)
        .map_err(KubeError::on(
            "write the status of",
            format!("{} {}", K::kind(&()), ObjectKey::of(object)),
        ))
}
