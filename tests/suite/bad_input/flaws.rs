//! All ways in which a body can be ill-formed.

use url::form_urlencoded;

use super::forms::{Field, Form, Kind};

const FORM: &str = "application/x-www-form-urlencoded";

/// A flaw of a whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    Empty,
    Separators,
    Nul,
    /// Bytes that are no UTF-8, in a field that no form has.
    Bytes,
    JustTooLarge,
    TenMegabytes,
    /// A complete form that says that it is something else.
    Type(&'static str),
    Json,
    Multipart,
}

impl Whole {
    pub const ALL: &[Self] = &[
        Self::Empty,
        Self::Separators,
        Self::Nul,
        Self::Bytes,
        Self::JustTooLarge,
        Self::TenMegabytes,
        Self::Type(""),
        Self::Type("text/plain"),
        Self::Type("application/json"),
        Self::Type("application/x-www-form-urlencoded; charset=nonsense"),
        Self::Type("application/x-www-form-urlencoded; charset=utf-16"),
        Self::Type("nonsense"),
        Self::Json,
        Self::Multipart,
    ];
}

/// A flaw of the value of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Missing,
    Nothing,
    Twice,
    Nul,
    /// Bytes that are no UTF-8, in percent-encoding.
    Encoded,
    /// Bytes that are no UTF-8, as they are.
    Raw,
    Bidi,
    ZeroWidth,
    /// A line break and a header of a mail.
    LineBreak,
    /// Cyrillic letters that look like Latin ones.
    LookAlike,
    Long,
}

impl Value {
    const ALL: [Self; 11] = [
        Self::Missing,
        Self::Nothing,
        Self::Twice,
        Self::Nul,
        Self::Encoded,
        Self::Raw,
        Self::Bidi,
        Self::ZeroWidth,
        Self::LineBreak,
        Self::LookAlike,
        Self::Long,
    ];
}

/// A complete form with one flaw.
#[derive(Clone, Copy)]
pub enum Flaw {
    Whole(Whole),
    Value(&'static Field, Value),
    /// A field that the form does not have.
    UnknownField,
    /// The form token of another account.
    ForeignToken,
}

impl std::fmt::Debug for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(whole) => write!(f, "{whole:?}"),
            Self::Value(field, value) => write!(f, "{value:?} in {}", field.name),
            Self::UnknownField => f.write_str("an unknown field"),
            Self::ForeignToken => f.write_str("another account's token"),
        }
    }
}

/// The body of a request.
pub struct Body {
    /// The `Content-Type`; none if it is empty.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    /// What was typed into each field.
    pub typed: Vec<(String, String)>,
}

/// All flaws of a form.
pub fn flaws(form: &Form) -> Vec<Flaw> {
    let mut flaws: Vec<Flaw> = Whole::ALL.iter().copied().map(Flaw::Whole).collect();
    flaws.push(Flaw::UnknownField);
    for field in form.fields {
        let fits =
            |value: &Value| *value != Value::LookAlike || matches!(field.kind, Kind::Email | Kind::Account);
        flaws.extend(Value::ALL.into_iter().filter(fits).map(|value| Flaw::Value(field, value)));
        if field.kind == Kind::Token {
            flaws.push(Flaw::ForeignToken);
        }
    }
    flaws
}

impl Flaw {
    /// The documented reason why a form with this flaw is taken.
    pub fn is_taken(self, form: &Form) -> Option<&'static str> {
        match self {
            Self::UnknownField => {
                Some("a field that no form has is ignored: extensions of browsers add some")
            }
            Self::Whole(_) if form.fields.is_empty() => {
                Some("the link is the whole form: its button sends no field, and no body is read")
            }
            Self::Whole(_) | Self::ForeignToken => None,
            Self::Value(field, value) => field.kind.takes(value),
        }
    }

    /// Whether the activity of the account lists it as a wrong proof.
    pub fn is_wrong_proof(self) -> bool {
        let Self::Value(field, value) = self else { return false };
        let empty = matches!(value, Value::Missing | Value::Nothing);
        let unreadable = matches!(value, Value::Twice | Value::Encoded | Value::Raw);
        match field.kind {
            Kind::Proof => !empty && !unreadable,
            Kind::Question => !unreadable,
            _ => false,
        }
    }

    /// Spoils a complete form.
    pub fn spoil(self, complete: &[(String, String)], foreign_token: &str, tag: &str) -> Body {
        let mut typed = complete.to_vec();
        let mut raw = Vec::new();
        match self {
            Self::Whole(whole) => return whole.spoil(complete),
            Self::UnknownField => typed.push(("unheard_of".to_owned(), "\u{202E}x".to_owned())),
            Self::ForeignToken => {
                typed
                    .iter_mut()
                    .filter(|(name, _)| name == "csrf_token")
                    .for_each(|(_, value)| foreign_token.clone_into(value));
            }
            Self::Value(field, flaw) => {
                // Without its form, the field would not have been sent.
                let Some(at) = typed.iter().position(|(name, _)| name == field.name) else {
                    return Body { media_type: FORM, bytes: Vec::new(), typed };
                };
                let (name, value) = typed[at].clone();
                match flaw {
                    Value::Missing => drop(typed.remove(at)),
                    Value::Twice => typed.push((name, value)),
                    Value::Encoded | Value::Raw => {
                        typed.remove(at);
                        let bad: &[u8] = if flaw == Value::Raw { b"\xff\xc0\xaf" } else { b"%ff%c0%af" };
                        let good: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                        raw = [
                            b"&",
                            name.as_bytes(),
                            b"=",
                            &good.as_bytes()[..1.min(good.len())],
                            bad,
                            &good.as_bytes()[1.min(good.len())..],
                        ]
                        .concat();
                    }
                    _ => typed[at].1 = flaw.change(&value, tag),
                }
            }
        }
        let mut bytes = encode(&typed);
        bytes.extend(raw);
        Body { media_type: FORM, bytes, typed }
    }
}

impl Value {
    /// The value with the flaw after its first character, so that the tag in an address stays.
    fn change(self, value: &str, tag: &str) -> String {
        let (first, rest) = value.split_at(value.chars().next().map_or(0, char::len_utf8));
        match self {
            Self::Nul => format!("{first}\0{rest}"),
            Self::Bidi => format!("{first}\u{202E}{rest}"),
            Self::ZeroWidth => format!("{first}\u{200B}{rest}"),
            Self::LineBreak => format!("{value}\r\nBcc: a{tag}-bcc@example.com"),
            Self::LookAlike => format!("\u{430}{rest}"),
            Self::Long => format!("{}{rest}", "a".repeat(10_000)),
            _ => String::new(),
        }
    }
}

impl Whole {
    fn spoil(self, complete: &[(String, String)]) -> Body {
        let good = encode(complete);
        let (media_type, bytes) = match self {
            Self::Empty => (FORM, Vec::new()),
            Self::Separators => (FORM, b"&&=&%&=%zz&+=;".to_vec()),
            Self::Nul => (FORM, vec![0; 100]),
            Self::Bytes => (FORM, [good.as_slice(), b"&unheard_of=\xff\xfe\x80"].concat()),
            Self::JustTooLarge => (FORM, padded(good, unframed::app::FORM_LIMIT + 1)),
            Self::TenMegabytes => (FORM, padded(good, 10_000_000)),
            Self::Type(media_type) => (media_type, good),
            Self::Json => {
                let object: serde_json::Map<_, _> =
                    complete.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
                ("application/json", serde_json::to_vec(&object).expect("JSON"))
            }
            Self::Multipart => {
                let part = |(name, value): &(String, String)| {
                    format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                let parts: String = complete.iter().map(part).collect();
                ("multipart/form-data; boundary=limit", format!("{parts}--limit--\r\n").into_bytes())
            }
        };
        Body { media_type, bytes, typed: Vec::new() }
    }
}

fn encode(fields: &[(String, String)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn padded(mut form: Vec<u8>, size: usize) -> Vec<u8> {
    form.extend(b"&unheard_of=");
    form.resize(size, b'x');
    form
}
