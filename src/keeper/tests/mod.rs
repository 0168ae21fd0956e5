//! The promises of the keeper, on a clock and a service that stand still until a test moves them.

mod freshness;
mod invalidation;
mod outage;
mod tenants;
mod threads;
mod ticket_age;
mod world;
