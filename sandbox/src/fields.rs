//! The fields of a JSON object that a test sent: typed, and unknown names are refused, since a
//! misspelt name would make a test pass for the wrong reason.

use serde_json::{Map, Value};

/// A JSON object whose names are all known. A `null` counts as absent, except for [`Fields::has`].
#[derive(Debug)]
pub struct Fields {
    map: Map<String, Value>,
}

impl Fields {
    /// Reads a body; an empty one is an empty object.
    pub fn read(body: &[u8], allowed: &[&str]) -> Result<Self, String> {
        let value = if body.trim_ascii().is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?
        };
        let Value::Object(map) = value else { return Err("the body must be a JSON object".into()) };
        match map.keys().find(|name| !allowed.contains(&name.as_str())) {
            Some(name) => Err(format!("unknown field {name}; known: {}", allowed.join(", "))),
            None => Ok(Self { map }),
        }
    }

    /// Whether the name is there, `null` included.
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<Option<&str>, String> {
        self.typed(name, "a string", Value::as_str)
    }

    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, String> {
        self.typed(name, "a list of strings", |value| {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        self.typed(name, "true or false", Value::as_bool)
    }

    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        self.typed(name, "a number", Value::as_f64)
    }

    pub fn count(&self, name: &str) -> Result<Option<u64>, String> {
        self.typed(name, "a whole number, 0 or more", Value::as_u64)
    }

    pub fn integer(&self, name: &str) -> Result<Option<i64>, String> {
        self.typed(name, "a whole number", Value::as_i64)
    }

    /// A string that must be there and not be empty.
    pub fn needed(&self, name: &str) -> Result<&str, String> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or(format!("{name} is missing"))
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        kind: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or(format!("{name} must be {kind}")),
        }
    }
}
