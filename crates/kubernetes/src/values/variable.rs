//! Names of variables of an environment.

super::text!(
    /// The name of a variable: letters, digits, `_`, `-` and `.`, and no digit first, as every release of
    /// Kubernetes takes it (`IsEnvVarName`).
    VariableName,
    "variable-name",
    |text| {
        let is_known = |it: u8| it.is_ascii_alphanumeric() || b"_-.".contains(&it);
        let is_first = text.bytes().next().is_some_and(|it| !it.is_ascii_digit());
        if is_first && text.bytes().all(is_known) && !text.starts_with("..") && text != "." {
            return Ok(());
        }
        Err(format!(
            "`{text}` is not the name of a variable: it takes letters, digits, `_`, `-` and `.`, and begins with no digit"
        ))
    },
    { "description": "The name of a variable: letters, digits, _, - and ., and no digit first." }
);
