//! WeChat as this library sees it: two questions, answered with a value and its life or with a typed error.

mod answer;
mod errcode;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod hosts;
mod official;

pub(crate) use hosts::{Hosts, PlainHttp};
pub(crate) use official::{Official, TokenMode};
