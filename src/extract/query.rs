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

/// The values of these parameters, each of which occurs once or not at all, and no other parameter.
///
/// # Errors
/// The name of a parameter that is unknown or occurs twice.
pub fn exactly<const N: usize>(query: &str, names: [&str; N]) -> Result<[Option<String>; N], String> {
    let mut found = [const { None }; N];
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = names.iter().position(|known| *known == name).and_then(|at| found.get_mut(at));
        match place {
            Some(place @ None) => *place = Some(value.into_owned()),
            _ => return Err(name.into_owned()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    #[test]
    fn a_repeated_parameter_counts_as_absent() {
        assert_eq!(once("a=1&next=%2Fsettings&b", "next").as_deref(), Some("/settings"));
        assert_eq!(once("next", "next").as_deref(), Some(""));
        for none in ["", "a=next", "next=/a&next=/b", "next=/a&next=/a"] {
            assert_eq!(once(none, "next"), None, "{none}");
        }
    }

    #[test]
    fn a_strict_query_has_only_known_parameters_each_once() {
        let read = |query| exactly(query, ["after", "limit"]);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(read(""), Ok([None, None]));
        assert_eq!(read("limit=5&after=a%2Eb"), Ok([text("a.b"), text("5")]));
        assert_eq!(read("limit=5&x=1"), Err("x".to_owned()));
        assert_eq!(read("limit=5&limit=5"), Err("limit".to_owned()));
        assert_eq!(read("&"), Ok([None, None]));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_parameter_is_read_as_it_was_written(name in text(), value in text(), other in text()) {
            let written = |pairs: &[(&str, &str)]| {
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
            };
            prop_assert_eq!(once(&written(&[(&name, &value)]), &name), Some(value.clone()));
            prop_assert_eq!(once(&written(&[(&name, &value), (&name, &other)]), &name), None);
            let both = once(&written(&[(&name, &value), (&other, "x")]), &name);
            prop_assert_eq!(both.is_none(), name == other);
            let _ = once(&other, &name);
        }
    }
}
