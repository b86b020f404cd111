//! The query of a page. Any site can write a link, so a malformed or repeated parameter counts as absent.

/// The value of a parameter that occurs exactly once.
#[must_use]
pub fn once(query: &str, name: &str) -> Option<String> {
    let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Some(value.into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_counts_as_absent() {
        assert_eq!(once("a=1&next=%2Fsettings&b", "next").as_deref(), Some("/settings"));
        assert_eq!(once("next", "next").as_deref(), Some(""));
        for none in ["", "a=next", "next=/a&next=/b", "next=/a&next=/a"] {
            assert_eq!(once(none, "next"), None, "{none}");
        }
    }
}
