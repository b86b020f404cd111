//! The static files: ours, those of `OVERRIDES_DIR`, and those that variables make. They are read, hashed and
//! compressed once, at start, so that one way of serving them is right for all three. Pages are never compressed: a
//! form token beside text that a stranger chooses is what BREACH reads from the length of a response.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use actix_web::http::header::{
    self, AcceptEncoding, ByteRangeSpec, Encoding, EntityTag, Header as _, IfMatch, IfNoneMatch, IfRange,
    Preference, Quality, Range,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::assets::Assets;
use crate::config::Identity;
use crate::route_map::ASSET_FOLDER;

/// The one script that we have, below `static/`.
pub const SCRIPT: &str = "passkeys.js";

/// All static files of a site.
pub struct StaticFiles {
    /// The hash of all names and contents.
    hash: String,
    files: BTreeMap<String, StaticFile>,
}

/// A static file in each encoding that we send, the smallest first.
struct StaticFile {
    content_type: String,
    forms: Vec<Form>,
}

/// A static file in one encoding.
struct Form {
    encoding: Encoding,
    content: Bytes,
    /// Its own digest: caches must not take one form for another.
    tag: EntityTag,
}

/// Why the static files cannot be served; found at start.
#[derive(Debug, thiserror::Error)]
pub enum StaticFileProblem {
    /// A file stands in for one that must be ours.
    #[error("{0} {1}")]
    Shadow(String, &'static str),
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
}

impl StaticFiles {
    /// Reads and compresses all static files.
    ///
    /// # Errors
    /// A [`StaticFileProblem`]: the server must not start.
    pub fn load(assets: &Assets, identity: &Identity) -> Result<Self, StaticFileProblem> {
        let made = made_files(identity);
        let (mut digest, mut files) = (Sha256::new(), BTreeMap::new());
        for (name, file) in assets.files("static", "")? {
            if name == SCRIPT && file.is_override {
                let problem = "stands in for the one script that our pages run: its digest is part of their policy, so only ours runs";
                return Err(StaticFileProblem::Shadow(file.to_string(), problem));
            }
            if made.iter().any(|(made, ..)| *made == name) {
                let problem = "stands in for the file that SITE_LOGO or ACCENT_COLOR makes: use one of them";
                return Err(StaticFileProblem::Shadow(file.to_string(), problem));
            }
            let content: Bytes = file.read()?.into_owned().into();
            digest.update(name.as_bytes());
            digest.update(&content);
            let file = StaticFile::new(content_type(&name), content)?;
            files.insert(name, file);
        }
        for (name, content_type, content) in made {
            digest.update(name.as_bytes());
            digest.update(&content);
            files.insert(name.to_owned(), StaticFile::new(content_type.to_owned(), content)?);
        }
        Ok(Self { hash: short(digest), files })
    }

    /// The URL of a static file. It holds the hash of all of them: new files get new URLs.
    #[must_use]
    pub fn url(&self, file: &str) -> String {
        format!("{ASSET_FOLDER}{}/{file}", self.hash)
    }

    /// The response to a GET or HEAD of a file. Browsers cache it forever under the current hash. Under another
    /// one, as during an upgrade, they do not store it.
    #[must_use]
    pub fn answer(&self, hash: &str, name: &str, request: &HttpRequest) -> HttpResponse {
        let Some(file) = self.files.get(name) else { return HttpResponse::NotFound().finish() };
        let mut response = file.answer(request);
        if hash == self.hash && !response.status().is_client_error() {
            let kept = header::HeaderValue::from_static("public, max-age=31536000, immutable");
            response.headers_mut().insert(header::CACHE_CONTROL, kept);
        }
        response
    }
}

impl StaticFile {
    /// Compresses text. Images and fonts are compressed already.
    fn new(content_type: String, content: Bytes) -> io::Result<Self> {
        let mut forms = vec![Form::new(Encoding::identity(), content.clone())];
        let is_text = content_type.starts_with("text/")
            || ["xml", "json", "javascript"].iter().any(|ending| content_type.ends_with(ending));
        if is_text {
            forms.push(Form::new(Encoding::gzip(), gzip(&content)?));
            forms.push(Form::new(Encoding::brotli(), brotli(&content)?));
        }
        forms.retain(|form| form.encoding == Encoding::identity() || form.content.len() < content.len());
        forms.sort_by_key(|form| form.content.len());
        Ok(Self { content_type, forms })
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let Some(form) = self.accepted(request) else {
            return HttpResponse::NotAcceptable().finish();
        };
        let mut response = HttpResponse::Ok();
        response.insert_header(header::ETag(form.tag.clone()));
        if self.forms.len() > 1 {
            response.insert_header((header::VARY, "Accept-Encoding"));
        }
        if expects_another(request, &form.tag) {
            return HttpResponse::PreconditionFailed().finish();
        }
        if unchanged(request, &form.tag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        response.insert_header((header::CONTENT_TYPE, self.content_type.as_str()));
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
        if form.encoding != Encoding::identity() {
            response.insert_header((header::CONTENT_ENCODING, form.encoding.to_string()));
        }
        let length = form.content.len() as u64;
        let Some(range) = range(request, &form.tag) else { return response.body(form.content.clone()) };
        let part = range.to_satisfiable_range(length).and_then(|(first, last)| {
            let (from, to) = (usize::try_from(first).ok()?, usize::try_from(last).ok()?);
            Some((first, last, form.content.get(from..=to)?))
        });
        match part {
            Some((first, last, part)) => response
                .status(StatusCode::PARTIAL_CONTENT)
                .insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}")))
                .body(form.content.slice_ref(part)),
            None => HttpResponse::RangeNotSatisfiable()
                .insert_header((header::CONTENT_RANGE, format!("bytes */{length}")))
                .finish(),
        }
    }

    /// The form that the client prefers, and of several the smallest (RFC 9110 §12.5.3). actix-web's own
    /// `negotiate` does not know that `*` stands for the encodings that are not listed.
    fn accepted(&self, request: &HttpRequest) -> Option<&Form> {
        let plain = || self.forms.iter().find(|form| form.encoding == Encoding::identity());
        // Without the field, or with one that cannot be read, no encoding is known to be understood.
        let listed = AcceptEncoding::parse(request).map(|listed| listed.0).unwrap_or_default();
        if listed.is_empty() {
            return plain();
        }
        let quality_of = |wanted: &Preference<Encoding>| {
            listed.iter().find(|listed| listed.item == *wanted).map(|listed| listed.quality)
        };
        // An encoding, or else what `*` says. `None`: neither is listed, so only the plain form may be sent.
        let quality = |form: &Form| {
            let named = quality_of(&Preference::Specific(form.encoding.clone()));
            named.or_else(|| quality_of(&Preference::Any))
        };
        // The last one of the best is taken, so the smallest stands last.
        let best = self.forms.iter().rev().max_by_key(|form| quality(form));
        best.filter(|form| quality(form) > Some(Quality::ZERO))
            .or_else(|| plain().filter(|form| quality(form).is_none()))
    }
}

impl Form {
    fn new(encoding: Encoding, content: Bytes) -> Self {
        let tag = EntityTag::new_strong(short(Sha256::new_with_prefix(&content)));
        Self { encoding, content, tag }
    }
}

/// Whether the client wants an answer only about another form.
fn expects_another(request: &HttpRequest, tag: &EntityTag) -> bool {
    request.headers().contains_key(header::IF_MATCH)
        && match IfMatch::parse(request) {
            Ok(IfMatch::Any) => false,
            Ok(IfMatch::Items(wanted)) => !wanted.iter().any(|wanted| wanted.strong_eq(tag)),
            Err(_) => true,
        }
}

/// Whether the client holds this form already.
fn unchanged(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(held)) => held.iter().any(|held| held.weak_eq(tag)),
        Err(_) => false,
    }
}

/// The one part that the client asks for. Of several parts it gets the whole file, and so does a client that
/// continues another form of it.
fn range(request: &HttpRequest, tag: &EntityTag) -> Option<ByteRangeSpec> {
    if request.method() != Method::GET || !request.headers().contains_key(header::RANGE) {
        return None;
    }
    if request.headers().contains_key(header::IF_RANGE)
        && !matches!(IfRange::parse(request), Ok(IfRange::EntityTag(held)) if held.strong_eq(tag))
    {
        return None;
    }
    match Range::parse(request) {
        Ok(Range::Bytes(parts)) => <[ByteRangeSpec; 1]>::try_from(parts).ok().map(|[part]| part),
        _ => None,
    }
}

/// The files that variables make, with their media types: the logo, and the style sheet of the accent.
fn made_files(identity: &Identity) -> Vec<(&'static str, &'static str, Bytes)> {
    let logo =
        identity.logo.iter().map(|logo| (logo.file_name, logo.content_type, logo.bytes.clone().into()));
    let accent = identity.accent.iter();
    let accent = accent.map(|accent| ("accent.css", "text/css; charset=utf-8", accent.stylesheet().into()));
    logo.chain(accent).collect()
}

fn content_type(name: &str) -> String {
    let guess = actix_files::file_extension_to_mime(name.rsplit('.').next().unwrap_or_default());
    if guess.type_() == "text" { format!("{guess}; charset=utf-8") } else { guess.to_string() }
}

/// The first 16 hex digits of a digest.
fn short(digest: Sha256) -> String {
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn gzip(content: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?.into())
}

fn brotli(mut content: &[u8]) -> io::Result<Bytes> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut content, &mut compressed, &parameters)?;
    Ok(compressed.into())
}
