//! Act: makes what was planned. An object that is there already was made by a pass before a crash.

use kube::Api;
use kube::api::PostParams;
use stagecoach_api::PipelineContext;
use stagecoach_runtime::{KubeError, managers};

use crate::decide::Plan;
use crate::{Context, Error};

/// What was made of a newer version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fired {
    pub(crate) value: String,
    /// The value before, in words.
    pub(crate) before: String,
    /// What exists now, as sentences name it.
    pub(crate) made: Vec<String>,
}

/// Makes every context of a plan.
pub(crate) async fn act(context: &Context, plan: Option<Plan>) -> Result<Option<Fired>, Error> {
    let Some(plan) = plan else { return Ok(None) };
    let missing = plan
        .contexts
        .iter()
        .find(|new| context.pipelines.find(&new.pipeline).is_none());
    if let Some(missing) = missing {
        return Err(Error::PipelineMissing(missing.pipeline.to_string()));
    }
    let mut made = Vec::new();
    for new in plan.contexts {
        let namespace = new.pipeline.namespace.unwrap_or_default();
        let name = new.object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let label = format!("PipelineContext {namespace}/{name}");
        let api: Api<PipelineContext> = Api::namespaced(context.runtime.client.clone(), &namespace);
        let object = serde_json::from_value(new.object).map_err(kube::Error::SerdeError);
        let object = object.map_err(KubeError::on("make", label.clone()))?;
        let parameters = PostParams {
            field_manager: Some(managers::OBSERVER.to_owned()),
            ..PostParams::default()
        };
        match api.create(&parameters, &object).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            Err(error) => return Err(KubeError::new("make", label, error).into()),
        }
        made.push(label);
    }
    let before = plan.before.unwrap_or_else(|| "nothing".to_owned());
    Ok(Some(Fired {
        value: plan.value,
        before,
        made,
    }))
}
