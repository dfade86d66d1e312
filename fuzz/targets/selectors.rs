//! Label selectors: an answer that lacks facts stays true whatever the facts turn out to be.

#![no_main]

use kiln::{
    document::{Map, Node, Origins},
    kubernetes::{Answer, Labels},
};
use libfuzzer_sys::fuzz_target;

/// Few, so that labels and selectors meet.
const KEYS: [&str; 4] = ["app", "component", "kubernetes.io/metadata.name", ""];
const VALUES: [&str; 4] = ["a", "b", "1", ""];
const OPERATORS: [&str; 5] = ["In", "NotIn", "Exists", "DoesNotExist", "Gt"];

type Labelling = Vec<(u8, u8)>;

fn pick(of: &[&'static str], at: u8) -> &'static str {
    of[usize::from(at) % of.len()]
}

fn labels(pairs: &[(u8, u8)]) -> Vec<(&'static str, &'static str)> {
    let pair = |(key, value): &(u8, u8)| (pick(&KEYS, *key), pick(&VALUES, *value));
    pairs.iter().map(pair).collect()
}

fn node(value: impl Into<kiln::document::Value>) -> Node {
    Node::new(value, Origins::none())
}

fn selector(selected: &Labelling, expressions: &[(u8, u8, Vec<u8>)]) -> Node {
    let selected: Map = labels(selected)
        .into_iter()
        .map(|(key, value)| (key.to_owned(), node(value)))
        .collect();
    let expressions = expressions.iter().map(|(key, operator, values)| {
        let mut expression = Node::map();
        expression.insert("key", node(pick(&KEYS, *key)));
        expression.insert("operator", node(pick(&OPERATORS, *operator)));
        let values: Vec<_> = values.iter().map(|it| node(pick(&VALUES, *it))).collect();
        expression.insert("values", node(values));
        expression
    });
    let mut selector = Node::map();
    selector.insert("matchLabels", node(selected));
    selector.insert("matchExpressions", node(expressions.collect::<Vec<_>>()));
    selector
}

// Labels that are known, labels that turn out later, which of all has a value that nobody knows, and a selector.
fuzz_target!(
    |input: (Labelling, Labelling, u8, Labelling, Vec<(u8, u8, Vec<u8>)>)| {
        let (known, others, unknown, selected, expressions) = input;
        let selector = selector(&selected, &expressions);
        let known = labels(&known);
        let partly: Labels = known.iter().copied().collect();
        let later = labels(&others).into_iter();
        let later = later.filter(|(key, _)| !known.iter().any(|(it, _)| it == key));
        let all: Vec<_> = known.iter().copied().chain(later).collect();
        let whole: Labels = all.iter().copied().collect();
        let mut lacking = whole.clone();
        if let Some((key, _)) = all.get(usize::from(unknown)) {
            lacking.insert_unknown(key);
        }
        let truth = whole.match_selector(&selector);
        for guess in [partly.and_others(), lacking] {
            let guess = guess.match_selector(&selector);
            assert!(
                matches!(guess, Answer::Unknown) || guess == truth,
                "{guess:?}, and it is {truth:?}"
            );
        }
    }
);
