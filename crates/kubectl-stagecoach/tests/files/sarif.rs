//! `lint -o sarif`, as code scanning reads it.

use anyhow::Result;
use serde_json::Value;

use crate::Folder;

#[test]
fn code_scanning_gets_sarif() -> Result<()> {
    let folder = Folder::with(&[(
        "boot strap/pipeline.yaml",
        "apiVersion: deployments.plural.sh/v1alpha1\nkind: Pipeline\nmetadata: {name: shop}\nspec:\n  stages:\n  - name: dev\n    \
         service: x\n  edges:\n  - {from: dev, to: prod}\n",
    )])?;
    let said = folder.run(&["lint", ".", "-o", "sarif"])?;
    assert_eq!(said.code, 1, "{}", said.err);
    let log: Value = serde_json::from_str(&said.out)?;
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "kubectl-stagecoach");
    let rules: Vec<&str> = run["tool"]["driver"]["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    assert_eq!(rules, ["UnknownField", "UnknownStage"]);
    assert_eq!(
        run["tool"]["driver"]["rules"][0]["shortDescription"]["text"],
        "A field that the kind does not have."
    );
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "boot%20strap/pipeline.yaml");
    assert_eq!(
        (&place["region"]["startLine"], &place["region"]["startColumn"]),
        (&7.into(), &5.into())
    );
    assert_eq!(run["results"][0]["level"], "error");
    assert_eq!(
        run["results"][0]["message"]["text"],
        "Pipeline shop: spec.stages[0].service is no field of Pipeline: is services meant? Correct it, or take it out"
    );
    assert_eq!(
        run["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"],
        9
    );
    Ok(())
}
