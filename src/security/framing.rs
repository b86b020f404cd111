//! Who may show us in a frame: nobody. This file holds the whole answer; `deny` puts it on every
//! response, whatever made that.

use std::future::Future;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, web};

use super::headers::SecurityHeaders;
use crate::domain::Origin;
use crate::state::AppState;

/// Who may frame a response.
///
/// `X-Frame-Options: DENY` goes out in either case: browsers ignore it beside frame-ancestors (HTML
/// §7.4.5, "check a navigation response's adherence to X-Frame-Options"), and where a proxy has
/// stripped the policy it fails closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FramePolicy {
    /// Nobody, not even ourselves.
    Deny,
    /// These sites; every ancestor of the frame must be one of them.
    AllowOrigins {
        /// There is at least one, so that the list cannot fall back to nothing.
        first: Origin,
        /// More of them.
        others: Vec<Origin>,
    },
}

impl FramePolicy {
    /// The value of X-Frame-Options (RFC 7034), always.
    pub const X_FRAME_OPTIONS: &str = "DENY";

    /// The value of the directive frame-ancestors (CSP3 §6.4.2).
    #[must_use]
    pub fn ancestors(&self) -> String {
        match self {
            Self::Deny => "'none'".to_owned(),
            Self::AllowOrigins { first, others } => {
                std::iter::once(first).chain(others).map(Origin::as_str).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// The outermost middleware (`wrap_fn`): puts the security headers on every response, also on the
/// one that an `Err` of an inner middleware becomes later.
pub fn deny<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    // No state: the strict set of https, which is wrong only in adding HSTS.
    let headers = request
        .app_data::<web::Data<AppState>>()
        .map_or_else(|| SecurityHeaders::new(true), |state| state.headers.clone());
    let response = service.call(request);
    async move {
        match response.await {
            Ok(mut response) => {
                headers.apply(response.headers_mut());
                Ok(response)
            }
            Err(mut error) => {
                error.add_response_mapper(move |mut response| {
                    headers.apply(response.headers_mut());
                    response
                });
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_never_shares_a_list_with_an_origin() {
        assert_eq!(FramePolicy::Deny.ancestors(), "'none'");
        let allowed = FramePolicy::AllowOrigins {
            first: Origin::parse("https://partner.example").unwrap(),
            others: vec![Origin::parse("https://other.example:8443/").unwrap()],
        };
        assert_eq!(allowed.ancestors(), "https://partner.example https://other.example:8443");
    }
}
