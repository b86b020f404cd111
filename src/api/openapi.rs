//! `/api/v1/openapi.json`: the OpenAPI 3.1 document of the API, made from the annotations beside the handlers. What all
//! operations have in common, their credentials and their problems, is added here.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use super::{activity, confirmations, forward_auth, jwks, sessions, settings};
use crate::domain::Scope;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "unframed",
        version = "1",
        description = "The account of a user, for programs that the user trusts with an access token.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/")),
    paths(
        settings::show,
        settings::change,
        sessions::list,
        sessions::revoke,
        activity::list,
        confirmations::create,
        confirmations::show,
        confirmations::withdraw,
        jwks::show,
        forward_auth::show,
        show,
    ),
    components(schemas(Problem, FieldProblem)),
)]
struct Document;

/// What is wrong with a request (RFC 9457).
#[derive(ToSchema, Serialize)]
struct Problem {
    /// The type of problem: a URL that ends in its name, or about:blank where the status says it all.
    r#type: String,
    /// The type of problem, for people.
    title: String,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time, for people.
    detail: String,
    /// The fields of the body that are wrong.
    #[schema(nullable = false)]
    errors: Option<Vec<FieldProblem>>,
}

/// What is wrong with a field of the body.
#[derive(ToSchema, Serialize)]
struct FieldProblem {
    /// The field, such as details[2].label; a single dot stands for the body itself.
    field: String,
    /// What is wrong with it.
    detail: String,
}

/// The document as JSON.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = json!(Document::openapi());
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("securitySchemes".to_owned(), schemes());
    }
    for (_, operation) in operations_of(&mut document) {
        complete(operation);
    }
    document
});

/// The document, parsed.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The operations of a document, each with its method.
fn operations_of(document: &mut Value) -> impl Iterator<Item = (&String, &mut Map<String, Value>)> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let paths = paths.into_iter().flat_map(|paths| paths.values_mut());
    let methods = paths.filter_map(Value::as_object_mut).flat_map(|path| path.iter_mut());
    methods.filter_map(|(method, operation)| Some((method, operation.as_object_mut()?)))
}

/// The ways to authorise a request.
fn schemes() -> Value {
    json!({
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "unframed_pat_…",
            "description": "A personal access token, which the user makes at /settings/tokens.",
        },
        "applicationSecret": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "unframed_app_…",
            "description": "The secret of an application, which an operator makes.",
        },
    })
}

/// Problems that several operations have, by status.
const PROBLEMS: [(&str, &str); 9] = [
    ("400", "A header, a parameter or the body is malformed."),
    ("401", "The credentials are missing or not valid."),
    ("403", "The credentials do not cover this operation, or the team requires a second factor."),
    ("408", "The body did not arrive in time."),
    ("413", "The body is larger than 64 KiB."),
    ("415", "The body is not application/json."),
    ("422", "Fields of the body are not valid. `errors` names them."),
    ("429", "Too many requests. Wait for the seconds in Retry-After."),
    (
        "503",
        "The server is overloaded, or its database does not respond. Wait for the seconds in Retry-After.",
    ),
];

/// Adds to an operation what follows from its tag and its body.
fn complete(operation: &mut Map<String, Value>) {
    let tag = operation.get("tags").and_then(|tags| Some(tags.get(0)?.as_str()?.to_owned()));
    let security = match tag.as_deref() {
        Some(confirmations::APPLICATION) => Some(json!([{ "applicationSecret": [] }])),
        Some(scope) if Scope::ALL.iter().any(|known| known.name() == scope) => {
            Some(json!([{ "accessToken": [scope] }]))
        }
        _ => None,
    };
    let has_body = operation.contains_key("requestBody");
    let common = PROBLEMS.iter().filter(|(status, _)| match *status {
        "408" | "413" | "415" | "422" => has_body,
        "400" | "401" | "403" | "429" => security.is_some(),
        // The document itself needs no database.
        _ => operation.get("operationId") != Some(&json!("readDocument")),
    });
    let common: Vec<(&str, &str)> = common.copied().collect();
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(responses) = responses.as_object_mut() {
        for (status, description) in common {
            responses.entry(status).or_insert_with(|| json!({ "description": description }));
        }
        let problems = responses.iter_mut().filter(|(status, _)| status.as_str() >= "400");
        for (_, problem) in problems {
            if let Some(problem) = problem.as_object_mut() {
                let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
                problem.entry("content").or_insert_with(|| json!({ "application/problem+json": schema }));
            }
        }
    }
    operation.insert("security".to_owned(), security.unwrap_or_else(|| json!([])));
}

/// Shows the document.
///
/// It needs no access token, and may be cached.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "readDocument",
    responses((status = 200, description = "This document.", body = Object)),
)]
pub async fn show() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
