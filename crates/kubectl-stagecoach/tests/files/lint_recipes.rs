//! What `lint` finds in recipes and pipelines, and whose fault it says it is.

use anyhow::Result;

use crate::lint::{CONTEXT, after, folder, lines, replaced};

fn alone(file: &str, from: &str, to: &str, wanted: &str) -> Result<()> {
    let found = after(file, |text| text.replacen(from, to, 1))?;
    assert!(found.len() == 1 && found[0].contains(wanted), "{wanted}\n{found:#?}");
    Ok(())
}

#[test]
fn a_repository_is_named_somewhere_and_is_one_of_its_forge() -> Result<()> {
    let folder = folder()?;
    let (pipeline, automation) = (folder.read("b/pipeline.yaml"), folder.read("b/automation.yaml"));
    folder.write(
        "b/automation.yaml",
        &automation.replace("  identifier: acme/gitops\n", ""),
    )?;
    let criteria = "criteria: {repository: acme/other, prAutomationRef";
    folder.write(
        "b/pipeline.yaml",
        &pipeline.replace("criteria: {prAutomationRef", criteria),
    )?;
    assert_eq!(lines(&folder.run(&["lint", "b"])?), Vec::<String>::new());
    folder.write(
        "b/pipeline.yaml",
        &pipeline.replacen("criteria: {prAutomationRef", criteria, 1),
    )?;
    assert_eq!(lines(&folder.run(&["lint", "b"])?).len(), 1);

    let identifier = |to: &str, wanted: &str| alone("b/automation.yaml", "identifier: acme/gitops", to, wanted);
    let at = "b/automation.yaml:6: error: PrAutomation shop: spec.identifier: ";
    identifier(
        "identifier: gitops",
        &format!("{at}\"gitops\" is no repository: it needs an owner and a name"),
    )?;
    identifier(
        "identifier: acme/sub/gitops",
        &format!("{at}\"acme/sub/gitops\" has more than an owner and a name"),
    )?;
    let fine = after(
        "b/automation.yaml",
        replaced(
            "identifier: acme/gitops",
            "identifier: https://git.example.com/acme/gitops.git",
        ),
    )?;
    assert_eq!(fine, Vec::<String>::new());
    Ok(())
}

#[test]
fn an_overlay_without_a_template_is_yaml_that_can_be_laid_over() -> Result<()> {
    let overlay = |yaml: &'static str, wanted| {
        let found = after("b/automation.yaml", |text| {
            text.replace(
                "  configuration:",
                &format!("    yamlOverlays:\n    - {{file: a.yaml, yaml: {yaml}}}\n  configuration:"),
            )
        })?;
        assert_eq!(found.len(), usize::from(wanted), "{yaml}: {found:#?}");
        let place = "b/automation.yaml:14: error: PrAutomation shop: spec.updates.yamlOverlays[0].yaml: ";
        assert!(found.iter().all(|line| line.starts_with(place)), "{found:#?}");
        Ok::<_, anyhow::Error>(())
    };
    overlay("\"a: b: c\"", true)?;
    overlay("\"- a\"", true)?;
    overlay("\"a: {{ context.version }}: c\", templated: false", true)?;
    overlay("\"a: {{ context.version }}\"", false)?;
    overlay("\"a: {b: 1}\"", false)
}

#[test]
fn a_name_that_never_has_a_value_is_told_at_its_field() -> Result<()> {
    let folder = folder()?;
    let automation = folder.read("b/automation.yaml");
    folder.write(
        "b/automation.yaml",
        &automation.replace("shop {{ context.version }}", "{{ context.x.y }} {{ version }}"),
    )?;
    let wanted = "b/automation.yaml:7: error: PrAutomation shop: spec.title, line 1, column 22, near `{{ context.x.y }} {{ version }} to {{ context`: `version` never has a value: all values are in `context`; write context.version";
    assert_eq!(lines(&folder.run(&["lint", "b"])?), [wanted]);
    folder.write("b/context.yaml", "# none\n")?;
    assert_eq!(lines(&folder.run(&["lint", "b"])?), [wanted]);
    Ok(())
}

#[test]
fn what_no_context_gives_is_the_recipes_fault() -> Result<()> {
    let folder = folder()?;
    let automation = folder.read("b/automation.yaml");
    let second = CONTEXT.replace("name: release,", "name: second,");
    folder.write("b/second.yaml", &second)?;
    let typo = automation.replace("shop {{ context.version }}", "shop {{ context.versoin }}");
    folder.write("b/automation.yaml", &typo)?;
    let found = lines(&folder.run(&["lint", "b"])?);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("b/automation.yaml:7: error: PrAutomation shop: spec.title, line 1"),
        "{found:#?}"
    );
    assert!(found[0].ends_with("; is context.version meant?"), "{found:#?}");
    // One context gives it, so the other one lacks it.
    folder.write("b/second.yaml", &(second.clone() + "    versoin: x\n"))?;
    let found = lines(&folder.run(&["lint", "b"])?);
    assert_eq!(found.len(), 1, "{found:#?}");
    let wanted = "b/context.yaml:6: error: PipelineContext infra/release: PrAutomation shop (stages dev, prod): spec.title, line 1";
    assert!(found[0].starts_with(wanted), "{found:#?}");
    // What may be absent is not asked for so strictly.
    let optional = automation
        .replace("shop {{ context.version }}", "shop {{ context.note }}")
        .replace(
            "  configuration:",
            "  configuration:\n  - {name: note, type: STRING, optional: true}",
        );
    folder.write("b/automation.yaml", &optional)?;
    folder.write("b/second.yaml", &(second + "    note: x\n"))?;
    let found = lines(&folder.run(&["lint", "b"])?);
    assert!(
        found.len() == 1 && found[0].starts_with("b/automation.yaml:7: error: "),
        "{found:#?}"
    );
    Ok(())
}

#[test]
fn what_is_wrong_with_the_values_that_are_asked_for_is_told_once() -> Result<()> {
    let entry = |to: &str, wanted: &str| alone("b/automation.yaml", "{name: version, type: STRING}", to, wanted);
    let at = "b/automation.yaml:15: error: PrAutomation shop: spec.configuration[1]";
    let more = |text: &str| format!("{{name: version, type: STRING}}\n  - {text}");
    entry(
        &more("{name: num, type: INT, default: abc}"),
        &format!("{at}.default: the default \"abc\" of \"num\" does not match type INT"),
    )?;
    entry(
        &more("{name: e, type: ENUM, values: [a], default: b}"),
        &format!("{at}.default: the default \"b\" of \"e\" does not match type ENUM: it must be one of a"),
    )?;
    entry(
        &more("{name: e, type: ENUM, default: b}"),
        &format!("{at}.values is empty: list what the value may be"),
    )?;
    entry(
        &more("{name: version, type: STRING}"),
        &format!("{at}.name: spec.configuration[0] is called \"version\" too"),
    )?;
    entry(
        &more("{name: o, type: STRING, optional: true, condition: {field: versoin, operation: EQ, value: x}}"),
        "b/automation.yaml:15: warning: PrAutomation shop: spec.configuration[1].condition.field is \"versoin\", which no entry of \
         spec.configuration is called: is version meant?",
    )?;
    entry(
        "{name: version, type: STRING, validation: {regex: '('}}",
        "b/automation.yaml:14: error: PrAutomation shop: spec.configuration[0].validation.regex",
    )
}

#[test]
fn a_script_is_told_with_the_line_inside() -> Result<()> {
    alone(
        "b/automation.yaml",
        "  configuration:",
        "  lua:\n    script: |\n      local x = 1\n      if then\n  configuration:",
        "b/automation.yaml:16: error: PrAutomation shop: spec.lua: script:",
    )
}

#[test]
fn every_cycle_of_a_pipeline_is_told() -> Result<()> {
    let found = after("b/pipeline.yaml", |text| {
        text.replace("  edges:", "  - {name: a}\n  - {name: b}\n  edges:\n  - {from: a, to: b}\n  - {from: b, to: a}\n  - {from: prod, to: dev}")
    })?;
    assert_eq!(found.len(), 2, "{found:#?}");
    let wanted = ["dev -> prod -> dev", "a -> b -> a"];
    assert!(
        wanted.iter().all(|cycle| found.iter().any(|line| line.contains(cycle))),
        "{found:#?}"
    );
    Ok(())
}

#[test]
fn criteria_and_expectations_are_told_at_their_fields() -> Result<()> {
    let service = "- {serviceRef: {name: shop-prod}, criteria: {prAutomationRef: {name: shop}}}";
    let pipeline = |to: &str, wanted: &str| alone("b/pipeline.yaml", service, to, wanted);
    pipeline(
        "- serviceRef: {name: shop-prod}\n      criteria:\n        serviceRef: {name: shop-dev}",
        "b/pipeline.yaml:13: error: Pipeline infra/shop: stage \"prod\": criteria.serviceRef of ServiceDeployment infra/shop-prod",
    )?;
    pipeline(
        "- serviceRef: {name: shop-prod}\n      criteria:\n        ai: {prompt: x}",
        "b/pipeline.yaml:13: error: Pipeline infra/shop: stage \"prod\": criteria.ai of",
    )?;
    let expect = "- serviceRef: {name: shop-prod}\n      expect:\n        version: '{{ context.version | foo }}'";
    pipeline(
        expect,
        "b/pipeline.yaml:13: error: Pipeline infra/shop: spec.stages[1].services[0].expect.version, line 1, column 22, near",
    )?;
    let expect = "- serviceRef: {name: shop-prod}\n      expect:\n        version: 'v{{ version }}'";
    pipeline(
        expect,
        "expect.version, line 1, column 5, near `v{{ version }}`: `version` never has a value",
    )
}
