//! What `robots.txt` allows this check to follow (RFC 9309).

use std::borrow::Cow;

use url::Url;

/// The name by which `robots.txt` addresses this check; it stands in User-Agent, too.
const AGENT: &str = "unframed-verify";
/// The most rules that are kept, and the most stars of all of them: what follows a star is looked for in the whole path.
const MOST: usize = 10_000;
const MOST_STARS: usize = 1_000;

/// The rules that apply to this check.
#[derive(Default)]
pub struct Robots {
    rules: Vec<Rule>,
}

struct Rule {
    allows: bool,
    pattern: String,
}

/// The rules of groups while they are read.
#[derive(Default)]
struct Group {
    rules: Vec<Rule>,
    stars: usize,
}

impl Group {
    fn add(&mut self, rule: Rule) {
        let stars = self.stars + rule.pattern.matches('*').count();
        if self.rules.len() < MOST && stars <= MOST_STARS {
            self.stars = stars;
            self.rules.push(rule);
        }
    }
}

impl Robots {
    /// The rules of the groups for this check, or else of the groups for all.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (mut own, mut all) = (Group::default(), Group::default());
        let (mut for_own, mut for_all, mut in_rules, mut addressed) = (false, false, false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if in_rules {
                        (for_own, for_all, in_rules) = (false, false, false);
                    }
                    let token =
                        value.split(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_')).next();
                    let is_own = token.is_some_and(|token| token.eq_ignore_ascii_case(AGENT));
                    addressed |= is_own;
                    for_own |= is_own;
                    for_all |= value == "*";
                }
                "allow" | "disallow" => {
                    in_rules = true;
                    // An empty `Disallow:` forbids nothing.
                    if value.is_empty() {
                        continue;
                    }
                    for (applies, rules) in [(for_own, &mut own), (for_all, &mut all)] {
                        if applies {
                            rules.add(Rule { allows: key == "allow", pattern: normal(value).into_owned() });
                        }
                    }
                }
                _ => {}
            }
        }
        Self { rules: if addressed { own.rules } else { all.rules } }
    }

    /// The rules of a site whose `robots.txt` cannot be read.
    pub(super) fn closed() -> Self {
        Self { rules: vec![Rule { allows: false, pattern: "/".to_owned() }] }
    }

    /// Whether a URL may be followed: the longest rule decides, and of two equally long ones the kinder.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        let path =
            url.query().map_or(Cow::from(url.path()), |query| format!("{}?{query}", url.path()).into());
        let path = normal(&path);
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &path));
        matching.max_by_key(|rule| (rule.pattern.len(), rule.allows)).is_none_or(|rule| rule.allows)
    }
}

/// Whether a path begins as a pattern says, where `*` stands for anything and a final `$` for the end.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let Some((first, others)) = pattern.split_once('*') else {
        return path.strip_prefix(pattern).is_some_and(|rest| !to_end || rest.is_empty());
    };
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let (between, last) = others.rsplit_once('*').unwrap_or(("", others));
    for part in between.split('*') {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    if to_end { rest.ends_with(last) } else { rest.contains(last) }
}

/// One spelling for paths and patterns: bytes that need no escape are plain, others have one in capitals.
fn normal(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') {
        return Cow::from(text);
    }
    let (mut bytes, mut plain) = (text.bytes(), String::new());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let escaped = if byte == b'%' { digit(ahead.next()).zip(digit(ahead.next())) } else { None };
        if let Some((high, low)) = escaped {
            bytes = ahead;
            let value = u8::try_from(high * 16 + low).unwrap_or_default();
            if value.is_ascii_alphanumeric() || b"-._~".contains(&value) {
                plain.push(char::from(value));
            } else {
                plain.push_str(&format!("%{value:02X}"));
            }
        } else if byte.is_ascii_graphic() {
            plain.push(char::from(byte));
        } else {
            plain.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::from(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(robots: &str, path: &str) -> bool {
        Robots::parse(robots).allows(&Url::parse("https://a.example").unwrap().join(path).unwrap())
    }

    #[test]
    fn the_longest_rule_decides() {
        let robots = "User-agent: *\nDisallow: /private\nAllow: /private/open\nDisallow: /*.pdf$\nDisallow: /a?b=\n\
                      Allow: /same\nDisallow: /same\nDisallow:\nDisallow: /\u{e4}\n Disallow : /%7Eada # x\n";
        for (path, allowed) in [
            ("/", true),
            ("/private", false),
            ("/privately", false),
            ("/private/open/1", true),
            ("/x/y.pdf", false),
            ("/x/y.pdf?z", true),
            ("/a?b=c", false),
            ("/a", true),
            ("/same", true),
            ("/%c3%a4", false),
            ("/~ada", false),
        ] {
            assert_eq!(allows(robots, path), allowed, "{path}");
        }
    }

    #[test]
    fn the_groups_that_address_this_check_replace_those_for_all() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-Agent: Unframed-Verify/1.0\nDisallow: /a\n\
                      Sitemap: x\nUser-agent: unframed-verify\nDisallow: /b\nUser-agent: last\nDisallow: /c";
        for (path, allowed) in [("/", true), ("/a", false), ("/b", false), ("/c", true)] {
            assert_eq!(allows(robots, path), allowed, "{path}");
        }
        // An empty line does not end a group.
        assert!(!allows("User-agent: unframed-verify\n\nUser-agent: other\nDisallow: /", "/a"));
        assert!(allows("User-agent: unframed-verify\nDisallow:\n\nUser-agent: *\nDisallow: /", "/a"));
        assert!(!allows("\u{feff}user-agent:*\ndisallow:/", "/a"));
        assert!(allows("", "/a") && allows("<html>Disallow: /", "/a"));
        assert!(!Robots::closed().allows(&Url::parse("https://a.example/a").unwrap()));
    }

    #[test]
    fn stars_match_as_often_as_they_stand() {
        for (pattern, path, matched) in [
            ("*", "/", true),
            ("/*/b/*c", "/a/b/xcx", true),
            ("/*/b/*c", "/a/b", false),
            ("/a**b$", "/axb", true),
            ("/a*b$", "/abc", false),
            ("/a*ab$", "/ab", false),
            ("/$", "/", true),
            ("/$", "/a", false),
            ("/a*", "/a", true),
        ] {
            assert_eq!(matches(pattern, path), matched, "{pattern} {path}");
        }
        // Rules without an end take no time without an end.
        let many = format!("User-agent: *\n{}", "Disallow: /*a*a*a*a*b$\n".repeat(20_000));
        assert!(allows(&many, &format!("/{}", "a".repeat(2000))));
        let plain = "Disallow: /x\n".repeat(2 * MOST_STARS);
        let robots = Robots::parse(&format!("{many}{plain}"));
        let (starred, plain) = (MOST_STARS / 5, 2 * MOST_STARS);
        assert_eq!(robots.rules.len(), starred + plain, "one kind of rule takes no place from the other");
        let long = format!("Disallow: /{}b\n", "*a".repeat(480));
        let robots = Robots::parse(&format!("User-agent: *\n{}Disallow: /*b\n", long.repeat(1_000)));
        let stars: usize = robots.rules.iter().map(|rule| rule.pattern.matches('*').count()).sum();
        assert_eq!((robots.rules.len(), stars), (3, 961), "the stars of all patterns together are bounded");
        assert!(!robots.allows(&Url::parse("https://a.example/ab").unwrap()));
    }
}
