//! Paths of fields as people write them.

/// The steps of a path, in any of the notations that people copy from somewhere: `data."a.b"[0]`,
/// `data["a.b"]`, `{.data.a\.b}`, or a JSON pointer.
#[must_use]
pub fn steps(path: &str) -> Vec<String> {
    if let Some(pointer) = path.strip_prefix('/') {
        let unescape = |step: &str| step.replace("~1", "/").replace("~0", "~");
        return pointer.split('/').map(unescape).collect();
    }
    let path = path.trim_start_matches(['{', '$']).trim_end_matches('}');
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut quote = None;
    let mut characters = path.chars().peekable();
    while let Some(it) = characters.next() {
        match (it, quote) {
            ('\\', None) => step.extend(characters.next()),
            ('"' | '\'', None) => quote = Some(it),
            (_, Some(open)) if it == open => quote = None,
            ('.' | '[' | ']', None) => {
                if !step.is_empty() {
                    steps.push(std::mem::take(&mut step));
                }
            }
            // As a review writes what lies inside of a text: `data."a.conf": spark.cores`.
            (':', None) if characters.peek() == Some(&' ') => {
                characters.next();
                if !step.is_empty() {
                    steps.push(std::mem::take(&mut step));
                }
            }
            _ => step.push(it),
        }
    }
    if !step.is_empty() {
        steps.push(step);
    }
    steps
}
