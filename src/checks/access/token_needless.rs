//! Pods with rights at the API server that never call it.

use super::name;
use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Diagnostic,
    document::{Node, Origins},
    graph::Member,
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, Program, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::token_needless(run);

const EXECUTOR_ACCOUNT: &str = "spark.kubernetes.authenticate.executor.serviceAccountName";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let found = match program.role {
            Role::HistoryServer | Role::Master | Role::Worker => of_daemon(platform, program),
            _ if program.is_on_kubernetes() => of_executors(platform, program),
            _ => None,
        };
        if let Some((member, finding)) = found {
            findings.push(member.object.identity(), finding);
        }
    }
}

type Found<'a> = (&'a Member, Diagnostic);

fn of_daemon<'a>(platform: &Platform<'a>, program: &Program<'a>) -> Option<Found<'a>> {
    let node = program.pod?.at(["spec", "serviceAccountName"])?;
    let account = ServiceAccount {
        namespace: program.namespace()?,
        name: node.as_str()?,
    };
    let what = program.member.object.identity().to_string();
    let has = has_token(platform, account, program.pod);
    has.then(|| {
        (
            program.member,
            finds(&what, account, &node.origins, program.member),
        )
    })
}

/// The account that is named for executors alone. (Where only the driver's is, W0810 tells.)
fn of_executors<'a>(platform: &Platform<'a>, program: &Program<'a>) -> Option<Found<'a>> {
    let of_application = program
        .application()
        .and_then(|it| it.at(["executor", "serviceAccount"]))
        .and_then(|it| Some((it.as_str()?, &it.origins, program.member)));
    let property = program.properties.get(EXECUTOR_ACCOUNT);
    let of_property = property.map(|it| (it.value.as_str(), &it.origins, it.member));
    let (name, origins, member) = of_application.or(of_property)?;
    let account = ServiceAccount {
        namespace: program.executor_namespace()?,
        name,
    };
    let pod = program
        .application()
        .map_or(program.executor.as_ref(), |it| {
            it.at(["executor", "template"])
        });
    let what = format!("the executors of {}", program.member.object.identity());
    has_token(platform, account, pod).then(|| (member, finds(&what, account, origins, member)))
}

/// Whether a pod gets a token of an account that is bound by its name.
fn has_token(platform: &Platform<'_>, account: ServiceAccount<'_>, pod: Option<&Node>) -> bool {
    const FIELD: &str = "automountServiceAccountToken";
    let of_pod = pod.and_then(|it| it.at(["spec", FIELD]));
    let of_account = || platform.account(account)?.object.node().get(FIELD);
    let is_off = of_pod.or_else(of_account).and_then(Node::as_bool) == Some(false);
    let mut grants = platform.rbac().grants(account);
    !is_off && grants.any(|it| it.subject.str_at(["kind"]) == Some("ServiceAccount"))
}

fn finds(
    what: &str,
    account: ServiceAccount<'_>,
    origins: &Origins,
    member: &Member,
) -> Diagnostic {
    let title = format!("{what} could call the API server as {}", name(account));
    let place = place(origins, member);
    CHECK
        .finds(title)
        .at_value(place, "something is granted to it")
}
