//! The checks that make a [`Graph`](super::Graph) out of what a person wrote. Every one is linear in what it looks at.

use std::collections::{HashMap, HashSet};

use super::{Criterion, Edge, Problem, Stage};

/// Stages by name; the first of a name counts.
pub(super) fn stages(stages: &[Stage], problems: &mut Vec<Problem>) -> HashMap<String, usize> {
    let mut index = HashMap::with_capacity(stages.len());
    for (position, stage) in stages.iter().enumerate() {
        if index.contains_key(&stage.name) {
            problems.push(Problem::DuplicateStage(stage.name.clone()));
        } else {
            index.insert(stage.name.clone(), position);
        }
        for service in &stage.services {
            if let Criterion::Unsupported(message) = &service.criterion {
                problems.push(Problem::Service {
                    stage: stage.name.clone(),
                    message: message.clone(),
                });
            }
        }
    }
    index
}

/// The positions of the stages that each edge joins; one that does not resolve is left out and told.
pub(super) fn edges(
    edges: &[Edge],
    index: &HashMap<String, usize>,
    problems: &mut Vec<Problem>,
) -> Vec<(usize, usize)> {
    let mut ends = Vec::with_capacity(edges.len());
    let mut seen = HashSet::with_capacity(edges.len());
    for edge in edges {
        if !seen.insert((edge.from.as_str(), edge.to.as_str())) {
            problems.push(Problem::DuplicateEdge(edge.from.clone(), edge.to.clone()));
        }
        gates(edge, problems);
        let unknown = |name: &String| Problem::UnknownStage {
            from: edge.from.clone(),
            to: edge.to.clone(),
            missing: name.clone(),
        };
        match (index.get(&edge.from), index.get(&edge.to)) {
            (Some(&from), Some(&to)) => ends.push((from, to)),
            (from, to) => {
                if from.is_none() {
                    problems.push(unknown(&edge.from));
                }
                if to.is_none() && (from.is_some() || edge.from != edge.to) {
                    problems.push(unknown(&edge.to));
                }
            }
        }
    }
    ends
}

fn gates(edge: &Edge, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::with_capacity(edge.gates.len());
    for gate in &edge.gates {
        if !seen.insert(gate.name.as_str()) {
            problems.push(Problem::DuplicateGate {
                from: edge.from.clone(),
                to: edge.to.clone(),
                gate: gate.name.clone(),
            });
        }
    }
}

/// Kahn's algorithm; stages on or behind a cycle are missing from the answer, and the path of one cycle is told.
pub(super) fn order(
    ends: &[(usize, usize)],
    outgoing: &[Vec<usize>],
    problems: &mut Vec<Problem>,
    name: impl Fn(usize) -> String,
) -> Vec<usize> {
    let mut degree = vec![0_usize; outgoing.len()];
    for &(_, to) in ends {
        degree[to] += 1;
    }
    let mut order: Vec<usize> = (0..outgoing.len()).filter(|&stage| degree[stage] == 0).collect();
    let mut next = 0;
    while let Some(&stage) = order.get(next) {
        next += 1;
        for &edge in &outgoing[stage] {
            let (_, to) = ends[edge];
            degree[to] -= 1;
            if degree[to] == 0 {
                order.push(to);
            }
        }
    }
    if order.len() < outgoing.len() {
        let path = cycle(ends, &degree).into_iter().map(name).collect();
        problems.push(Problem::Cycle(path));
    }
    order
}

/// The path of one cycle, its first stage named again at its end. Every stage whose `degree` is left has a predecessor
/// that is left too, so walking backwards must come round; what was walked is then turned into the order of the edges.
fn cycle(ends: &[(usize, usize)], degree: &[usize]) -> Vec<usize> {
    let mut before = vec![None; degree.len()];
    for &(from, to) in ends {
        if degree[from] > 0 && degree[to] > 0 {
            before[to] = Some(from);
        }
    }
    let mut seen_at = vec![None; degree.len()];
    let mut path: Vec<usize> = Vec::new();
    let mut at = degree.iter().position(|&left| left > 0);
    while let Some(stage) = at {
        if let Some(start) = seen_at[stage] {
            path.drain(..start);
            path.reverse();
            // Begin where the manifest begins.
            let first = (0..path.len()).min_by_key(|&place| path[place]).unwrap_or(0);
            path.rotate_left(first);
            path.extend(path.first().copied());
            return path;
        }
        seen_at[stage] = Some(path.len());
        path.push(stage);
        at = before[stage];
    }
    path
}
