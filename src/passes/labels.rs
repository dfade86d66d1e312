//! The label by which everybody sees that kiln made an object.

use super::Facts;
use crate::manifests::Manifests;

/// Labels every object that kiln rendered. Raw manifests stay as their authors wrote them.
pub fn run(manifests: &mut Manifests, _: &Facts<'_>) {
    let rendered = manifests.objects.iter_mut();
    for manifest in rendered.filter(|it| it.template.is_some()) {
        let object = &mut manifest.object;
        object.set_label("app.kubernetes.io/managed-by", "kiln");
    }
}
