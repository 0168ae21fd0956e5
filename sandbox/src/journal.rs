//! The requests that came: counts, how many are in flight, and a log of the last thousand.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::http::Request;

const MAX_ENTRIES: usize = 1000;

/// Requests to WeChat's endpoints and to unknown paths. Those to the sandbox itself leave no trace.
#[derive(Debug, Default)]
pub struct Journal {
    /// In the order of [`Endpoint::ALL`].
    counts: [u64; Endpoint::ALL.len()],
    other: u64,
    in_flight: u64,
    max_in_flight: u64,
    entries: VecDeque<Value>,
}

impl Journal {
    pub fn arrive(&mut self, request: &Request, endpoint: Option<Endpoint>, fault: Option<&str>, at_ms: u64) {
        let own = Endpoint::ALL.iter().zip(&mut self.counts).find(|(known, _)| Some(**known) == endpoint);
        *own.map_or(&mut self.other, |(_, count)| count) += 1;
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
        if self.entries.len() >= MAX_ENTRIES {
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

    pub fn count(&self, endpoint: Endpoint) -> u64 {
        let own = Endpoint::ALL.iter().zip(self.counts).find(|(known, _)| **known == endpoint);
        own.map_or(0, |(_, count)| count)
    }

    pub fn counts(&self) -> Value {
        let mut counts = json!({
            "other": self.other,
            "total": self.other + self.counts.iter().sum::<u64>(),
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
        });
        if let Some(fields) = counts.as_object_mut() {
            let own = Endpoint::ALL.iter().zip(self.counts);
            fields.extend(own.map(|(endpoint, count)| (endpoint.name().to_owned(), json!(count))));
        }
        counts
    }

    pub fn log(&self) -> Value {
        self.entries.iter().cloned().collect()
    }
}
