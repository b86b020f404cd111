//! `/developers/api`: the document of the API as a page, without any script. Its words are those of the document, in English.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;

use crate::api::openapi;
use crate::domain::Locale;
use crate::error::AppError;
use crate::extract::Visitor;
use crate::state::AppState;
use crate::view::{Audience, Page};

#[derive(Serialize)]
struct ApiPage {
    url: String,
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct Operation {
    method: String,
    path: String,
    summary: String,
    description: String,
    scope: Option<String>,
    parameters: Vec<Described>,
    fields: Vec<Described>,
    answers: Vec<Described>,
}

/// A name, and what it means.
#[derive(Serialize)]
struct Described {
    name: String,
    text: String,
}

impl Page for ApiPage {
    const TEMPLATE: &'static str = "pages/developers/api.html";
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Reads an operation of the document.
fn operation(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let all = |name: &str| operation.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let members = |value: Option<&Value>| {
        let members = value.and_then(Value::as_object).into_iter().flatten();
        members.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
    };
    let described = |(name, value): (String, Value)| Described { name, text: text(&value, "description") };
    let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
    let schema =
        body.and_then(Value::as_str).and_then(|place| document.pointer(place.trim_start_matches('#')));
    let fields = schema.and_then(|schema| schema.get("properties"));
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(operation, "summary"),
        description: text(operation, "description"),
        scope: all("security").first().and(all("tags").first()).and_then(Value::as_str).map(str::to_owned),
        parameters: all("parameters")
            .into_iter()
            .map(|value| described((text(&value, "name"), value)))
            .collect(),
        fields: members(fields).into_iter().map(described).collect(),
        answers: members(operation.get("responses")).into_iter().map(described).collect(),
    }
}

/// Shows the document.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    visitor: Visitor,
) -> Result<HttpResponse, AppError> {
    let document = openapi::document();
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, value)| operation(document, path, method, value))
    });
    let page =
        ApiPage { url: format!("{}/api/v1", state.config.public_url), operations: operations.collect() };
    let audience = match &visitor {
        Visitor::Member(member) => member.audience(),
        Visitor::Guest => Audience::Guest(locale),
    };
    state.view.page(StatusCode::OK, audience, &page)
}
