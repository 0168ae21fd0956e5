//! What was asked: counts, requests in flight, and a log of the last thousand.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::endpoints::Endpoint;
use crate::http::Request;

const KEPT: usize = 1000;

/// Requests to WeChat's endpoints and to unknown paths. Those to the sandbox itself leave no trace.
#[derive(Debug, Default)]
pub struct Journal {
    token: u64,
    stable_token: u64,
    getticket: u64,
    other: u64,
    in_flight: u64,
    max_in_flight: u64,
    entries: VecDeque<Value>,
}

impl Journal {
    pub fn arrive(&mut self, request: &Request, endpoint: Option<Endpoint>, fault: Option<&str>, at_ms: u64) {
        *match endpoint {
            Some(Endpoint::Token) => &mut self.token,
            Some(Endpoint::StableToken) => &mut self.stable_token,
            Some(Endpoint::GetTicket) => &mut self.getticket,
            None => &mut self.other,
        } += 1;
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(json!({
            "at_ms": at_ms,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "body": String::from_utf8_lossy(&request.body),
            "endpoint": endpoint.map_or("other", Endpoint::name),
            "fault": fault,
            "user_agent": request.user_agent,
        }));
    }

    pub fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub fn counts(&self) -> Value {
        json!({
            "token": self.token,
            "stable_token": self.stable_token,
            "getticket": self.getticket,
            "other": self.other,
            "total": self.token + self.stable_token + self.getticket + self.other,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
        })
    }

    pub fn log(&self) -> Value {
        self.entries.iter().cloned().collect()
    }
}
