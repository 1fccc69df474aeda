//! Inbound HTTP: is the process alive, is it ready, and what does it count.
//!
//! The operator starts it first and stops it last. It answers three paths, takes no input, and knows the rest of the
//! process only through [`Readiness`] and [`Metrics`].

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use stagecoach_runtime::Metrics;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

mod readiness;

pub use readiness::{Check, Readiness};

/// Nothing here takes a body; this is room for a client that sends one anyway.
const BODY_BYTES: usize = 64 * 1024;
/// Time for one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// The content type of the metrics.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The server did not come up, or broke.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error("cannot listen on {address}, choose another with --listen: {message}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        message: String,
    },
    /// It stopped by itself.
    #[error("the server broke: {message}")]
    Broken {
        /// Why.
        message: String,
    },
}

/// What the answers are made from.
#[derive(Debug, Clone)]
struct House {
    readiness: Readiness,
    metrics: Metrics,
}

/// Takes the address, so that a taken one ends the process at its start.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|error| ServerError::Listen {
        address,
        message: error.to_string(),
    })
}

/// Answers until the shutdown.
pub async fn serve(
    listener: TcpListener,
    readiness: Readiness,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> Result<(), ServerError> {
    axum::serve(listener, router(House { readiness, metrics }))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
        .map_err(|error| ServerError::Broken {
            message: error.to_string(),
        })
}

fn router(house: House) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER))
        .with_state(Arc::new(house))
}

/// The process answers, so it is alive. An API server that is down is no reason to kill it.
async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(house): State<Arc<House>>) -> Response {
    match house.readiness.look() {
        Ok(state) => format!("ok: {state}\n").into_response(),
        Err(missing) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {}\n", missing.join("; ")),
        )
            .into_response(),
    }
}

async fn metrics(State(house): State<Arc<House>>) -> Response {
    match house.metrics.render() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests;
