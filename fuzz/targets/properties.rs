//! Any text as `spark-defaults.conf`.

#![no_main]

use kiln::{
    document::{Node, Origins, Sourced},
    spark::conf::{Conf, are_properties, read},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let text = Node::new(text.to_owned(), Origins::none());
    are_properties(&text);
    // Of two lines with one key Java takes the last, and so does a map.
    let properties = read(&text).into_iter();
    let conf: Conf = properties
        .map(|(key, value, origins)| (key, Sourced::new(value, origins)))
        .collect();
    let written = conf.to_properties();
    assert_eq!(written.lines.len(), conf.iter().count());
    let again: Conf = read(&written)
        .into_iter()
        .map(|(key, value, origins)| (key, Sourced::new(value, origins)))
        .collect();
    assert!(again.iter().eq(conf.iter()), "{conf:?} became {again:?}");
});
