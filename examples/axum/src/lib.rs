//! `GET /wx/config?url=…` answers with what the page hands to `wx.config`; `GET /health` with the
//! client's state.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use wxsign::Client;

/// The routes, for a client that was made with `allowed_hosts`.
pub fn routes(client: Client) -> Router {
    Router::new().route("/wx/config", get(config)).route("/health", get(health)).with_state(Arc::new(client))
}

async fn config(State(client): State<Arc<Client>>, RawQuery(query): RawQuery) -> Response {
    let signed = async {
        let url = wxsign::url_from_query(query.as_deref().unwrap_or_default())?;
        client.config_async(&url).await
    };
    let answer = match signed.await {
        Ok(config) => Json(config).into_response(),
        Err(error) => refused(&error),
    };
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}

/// The visitor gets a code and a fixed sentence; the log gets the rest.
fn refused(error: &wxsign::Error) -> Response {
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        eprintln!("{error}\n{}", error.hint());
    }
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let mut answer = (status, kind, error.public_json()).into_response();
    if let Some(seconds) = error.retry_after_seconds() {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// Reads memory only, so it answers whatever WeChat does.
async fn health(State(client): State<Arc<Client>>) -> Response {
    match client.state() {
        Ok(state) => Json(state).into_response(),
        Err(error) => refused(&error),
    }
}
