//! `POST /reports`: accepts the reports that browsers send about violations of our policy, from any page
//! and without a session.

use std::time::{Duration, Instant};

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};

use crate::error::AppError;
use crate::extract::Client;
use crate::locales::Message;
use crate::security::request_body;
use crate::security::violation_reports::{BODY_LIMIT, Format, MalformedReport};
use crate::state::AppState;

/// Counts a report. The response is empty.
pub async fn submit(
    state: web::Data<AppState>,
    request: HttpRequest,
    client: Client,
    body: web::Payload,
) -> Result<HttpResponse, AppError> {
    let media_type = request.content_type().to_ascii_lowercase();
    let format = Format::of(&media_type).ok_or(AppError::UnsupportedMediaType)?;
    if !state.violation_reports.admit(client.address, Instant::now()) {
        return Err(AppError::TooManyRequests(Duration::from_secs(1)));
    }
    let body = match body.to_bytes_limited(BODY_LIMIT).await {
        Err(_too_long) => return Err(AppError::TooLarge),
        Ok(Err(error)) if request_body::is_late(&error) => return Err(AppError::TooSlow),
        Ok(Err(_broken)) => return Err(AppError::Malformed(Message::ErrorUnreadableReport)),
        Ok(Ok(body)) => body,
    };
    match state.violation_reports.note(format, &body, &state.routes, &state.config.public_url) {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(MalformedReport) => Err(AppError::Malformed(Message::ErrorUnreadableReport)),
    }
}
