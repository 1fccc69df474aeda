//! Rule 22 on generated cases. The promises themselves are in `checks`, which looks at every decision of every test.

use proptest::prelude::*;

use super::generate::{harmless_histories, histories, pipelines};
use super::simulation::Simulation;
use crate::graph::{GateKind, PipelineInput, Supersede};
use crate::status::RunPhase;

/// `PROPTEST_CASES` makes it a soak.
fn config() -> ProptestConfig {
    ProptestConfig {
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

/// A pipeline in which every run can come to a good end: no gate that never opens, and no runs in parallel, where one may
/// take away what another one waits to prove.
fn fair(mut pipeline: PipelineInput) -> PipelineInput {
    if pipeline.supersede == Supersede::Parallel {
        pipeline.supersede = Supersede::Latest;
    }
    for edge in &mut pipeline.edges {
        edge.gates.retain(|gate| !matches!(gate.kind, GateKind::Unsupported(_)));
    }
    pipeline
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rule_22_no_order_of_events_breaks_a_promise(pipeline in pipelines(), history in histories()) {
        let mut s = Simulation::new(pipeline);
        for event in &history {
            s.happen(event);
            prop_assert!(s.world.broken.is_empty(), "{:?}", s.world.broken);
        }
        s.world.faults.clear();
        s.rest();
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rule_22_without_harm_every_run_succeeds_or_is_superseded(
        pipeline in pipelines().prop_map(fair),
        history in harmless_histories(),
    ) {
        let mut s = Simulation::new(pipeline);
        for event in &history {
            s.happen(event);
        }
        s.edit(|pipeline| pipeline.suspend = false);
        s.world.contexts.values_mut().for_each(|context| context.suspend = false);
        let over = |s: &Simulation| {
            let mut runs = s.world.contexts.values().map(|context| context.status.as_ref());
            runs.all(|run| run.is_some_and(|run| run.phase.is_over()))
        };
        for _ in 0..60 {
            s.fair_round();
            if over(&s) {
                break;
            }
        }
        for (name, context) in &s.world.contexts {
            let run = context.status.as_ref().expect("a run");
            prop_assert!(
                matches!(run.phase, RunPhase::Succeeded | RunPhase::Superseded),
                "{name} is {:?}: {}", run.phase, run.message
            );
        }
    }
}
