//! Files of properties that nothing in sight loads: somebody prepares them for programs to come.

use std::borrow::Cow;

use super::Program;
use crate::{
    document::Node,
    graph::Member,
    platform::{
        Arguments, Platform, Properties, Role, Text, arguments::file_name, version::of_image,
    },
    spark::conf::{DEFAULTS, are_properties},
    yaml::embedded,
};

/// The files of a `ConfigMap` that set properties of Spark.
pub(super) fn of_config_map<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
) -> impl Iterator<Item = Program<'a>> {
    let data = member.object.node().get("data").into_iter();
    let files = data.flat_map(Node::entries);
    let files = files.filter(|(name, text)| *name == DEFAULTS || are_properties(text));
    files.map(|(name, text)| {
        let mut properties = Properties::default();
        properties.set_all(&Text {
            node: Cow::Borrowed(text),
            member,
            // Spark does not load it by itself, so somebody prepares it.
            is_filled: name != DEFAULTS,
        });
        of_properties(platform, member, properties)
    })
}

fn of_properties<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    properties: Properties<'a>,
) -> Program<'a> {
    let image = properties.get("spark.kubernetes.container.image");
    let version = image.and_then(|it| of_image(platform, &it.value, &it.origins));
    // Whoever mounts the file mounts what lies beside it.
    let template = properties.value("spark.kubernetes.executor.podTemplateFile");
    let template = template.and_then(|path| {
        let data = member.object.node().get("data")?;
        embedded(data.get(file_name(path))?)
    });
    Program {
        role: Role::Properties,
        member,
        version,
        properties,
        is_complete: platform.is_of_spec,
        arguments: Arguments::default(),
        pod: None,
        container: None,
        files: None,
        executor: template,
    }
}
