//! The Spark operator, as far as it is in sight.

use super::{Arguments, Platform};
use crate::{
    document::{Node, Origins},
    graph::Member,
    kubernetes::Container,
    spark::OperatorVersion,
    values::ImageParts,
};

/// The controller of the Spark operator.
#[derive(Clone, Debug)]
pub struct Operator<'a> {
    /// The object that runs it.
    pub member: &'a Member,
    /// Its container.
    pub container: Container<'a>,
    /// Its release, when the spec or the tag of its image tells it.
    pub version: Option<OperatorVersion>,
    /// The namespaces that it watches, with what says so; none when it watches all.
    pub namespaces: Option<(Vec<String>, Origins)>,
}

impl Operator<'_> {
    /// Whether it was told to speak to batch schedulers.
    #[must_use]
    pub fn has_batch_schedulers(&self) -> bool {
        let arguments = self.container.node.list_at(["args"]).iter();
        let mut arguments = arguments.filter_map(Node::as_str);
        arguments.any(|it| {
            let flag = it
                .trim_start_matches('-')
                .strip_prefix("enable-batch-scheduler");
            // A flag of Go: alone it is true.
            matches!(flag, Some("" | "=true" | "=1"))
        })
    }
}

impl<'a> Platform<'a> {
    /// The operator's controller, when exactly one is in sight.
    #[must_use]
    pub fn operator(&self) -> Option<Operator<'a>> {
        let members = self.of_kind("apps", "Deployment");
        let mut operators = members.filter_map(|member| {
            let template = member.object.pod_template()?;
            let container = template.containers().find(is_controller)?;
            let arguments = Arguments::of(container);
            let namespaces = arguments.values("--namespaces").last();
            Some(Operator {
                member,
                container,
                version: self.release(container),
                namespaces: namespaces
                    .map(|(list, origins)| {
                        (
                            list.split(',').map(str::to_owned).collect(),
                            origins.clone(),
                        )
                    })
                    .filter(|(list, _): &(Vec<String>, _)| !list.iter().all(String::is_empty)),
            })
        });
        let first = operators.next()?;
        operators.next().is_none().then_some(first)
    }

    /// The namespaces that the operator watches, with what says so; none when it watches all, or when
    /// none is in sight. An operator that somebody else runs watches what the spec says of it.
    #[must_use]
    pub fn watched_namespaces(&self) -> Option<(Vec<String>, Origins)> {
        if let Some(operator) = self.operator() {
            return operator.namespaces;
        }
        let stated = self.offers.operator.as_ref().filter(|it| it.is_existing)?;
        let mut origins = Origins::none();
        let names = stated.job_namespaces.iter().map(|it| {
            origins.extend(&it.origins);
            it.value.clone()
        });
        Some((names.collect(), origins))
    }

    fn release(&self, container: Container<'_>) -> Option<OperatorVersion> {
        let stated = self.offers.operator.as_ref().map(|it| *it.version);
        stated.or_else(|| ImageParts::of(container.image()?).tag?.parse().ok())
    }
}

/// Whether a container runs the controller: the image has one program with two commands.
fn is_controller(container: &Container<'_>) -> bool {
    let image = container.image().unwrap_or_default();
    let words = container
        .node
        .list_at(["args"])
        .iter()
        .filter_map(Node::as_str);
    image.contains("spark-operator") && words.take(2).eq(["controller", "start"])
}
