//! Why a file, or a row of it, cannot be imported. No message shows a hash.

use std::fmt;
use std::io;

use crate::domain::display_name::DisplayNameProblem;
use crate::domain::email_address::EmailAddressProblem;
use crate::domain::imported_hash::ImportedHashProblem;

/// Where a row stands in its file. Counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of CSV, or of JSON with one object a line.
    Line(usize),
    /// An element of a JSON array.
    Element(usize),
}

impl Place {
    /// The number of the line or element.
    #[must_use]
    pub const fn number(self) -> usize {
        match self {
            Self::Line(number) | Self::Element(number) => number,
        }
    }

    /// Another place of the same kind.
    #[must_use]
    pub const fn with_number(self, number: usize) -> Self {
        match self {
            Self::Line(_) => Self::Line(number),
            Self::Element(_) => Self::Element(number),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Element(number) => write!(f, "element {number}"),
        }
    }
}

/// A row that cannot be imported, and why. Its text is a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct RowProblem {
    /// Where the row begins.
    pub place: Place,
    /// What is wrong with it.
    pub fault: RowFault,
}

/// Why a row cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// It has no email address.
    #[error("the email address is missing")]
    NoEmail,
    /// Its email address is not one.
    #[error("{}", email_sentence(.0, *.1))]
    Email(String, EmailAddressProblem),
    /// Its name cannot be displayed.
    #[error("the name {0}")]
    Name(DisplayNameProblem),
    /// Its password hash is not supported.
    #[error("{0}")]
    Hash(ImportedHashProblem),
    /// A password of Keycloak lacks one of its two JSON texts.
    #[error("the password in \"credentials\" lacks secretData or credentialData")]
    Credentials,
    /// A column that says whether the account is active says neither.
    #[error("the field {0:?} is neither true nor false")]
    Flag(String),
    /// A field holds text in another encoding than UTF-8.
    #[error("the field {0:?} is not UTF-8")]
    NotUtf8(String),
    /// A field of a JSON object has a type that it cannot have.
    #[error("the field {0:?} has the wrong type")]
    WrongType(String),
    /// Two fields of a JSON object mean the same.
    #[error("the field {0:?} repeats another one of the same meaning")]
    Repeated(String),
    /// It has more or fewer fields than the header.
    #[error(
        "it has {found} fields, but the header has {expected}; a value with commas, as argon2 hashes have, needs quotes"
    )]
    FieldCount {
        /// The number of its fields.
        found: usize,
        /// The number of columns in the header.
        expected: usize,
    },
    /// It is longer than we read.
    #[error("it is longer than 64 KiB or has more than 1,024 fields")]
    TooLong,
    /// A quoted field does not end. The reading goes on with the next line.
    #[error("it opens a quote that is not closed within 64 KiB")]
    UnclosedQuote,
    /// It is not JSON.
    #[error("it is not valid JSON (column {column})")]
    Syntax {
        /// Where in the line the syntax breaks. Counts from 1.
        column: usize,
    },
    /// It is JSON, but no object.
    #[error("it is not a JSON object")]
    NotObject,
}

/// Shows the address unless it could be a hash in the wrong column.
fn email_sentence(typed: &str, problem: EmailAddressProblem) -> String {
    const MAX_SHOWN_BYTES: usize = 80;
    match problem {
        EmailAddressProblem::TooLong => format!("the email address {problem}"),
        _ if typed.len() > MAX_SHOWN_BYTES || !typed.contains('@') || typed.contains('$') => {
            "the value in the email column is not an email address".to_owned()
        }
        _ => format!("{typed:?} is not an email address"),
    }
}

/// Why the reading of a file ended early. Its text is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ReadProblem {
    /// The system cannot read it.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is a directory.
    #[error("this is a directory, not a file")]
    Directory,
    /// It has no bytes but line breaks.
    #[error("the file is empty")]
    Empty,
    /// It is UTF-16.
    #[error("the file is encoded in UTF-16; save it as UTF-8")]
    Utf16,
    /// The header of CSV cannot be read.
    #[error("the first line must name the columns: {0}")]
    Header(RowFault),
    /// The header of CSV has no column for email addresses.
    #[error("the first line must name the columns, separated by commas; it has no column \"email\"")]
    NoEmailColumn,
    /// Two columns of CSV mean the same.
    #[error("the columns {0:?} and {1:?} mean the same; remove one")]
    SameColumns(String, String),
    /// It is no JSON at all.
    #[error("the file must begin with [ or {{, as JSON does")]
    NotJson,
    /// It is a JSON object without users in it.
    #[error("the file is neither an array, nor one object a line, nor an object with an array \"users\"")]
    NoUsers,
    /// The syntax of a JSON array or document breaks.
    #[error(
        "the JSON breaks at line {line}, column {column}, after {elements} complete elements; the rest was not read"
    )]
    Json {
        /// The line. Counts from 1.
        line: usize,
        /// The column. Counts from 1.
        column: usize,
        /// The number of elements before.
        elements: usize,
    },
    /// An element of a JSON array is longer than we read.
    #[error("element {0} is longer than 256 KiB; the rest was not read")]
    LongElement(usize),
}
