//! The promises of the refresher, on a clock and a service that stand still until a test moves
//! them.

mod callbacks;
mod clocks;
mod cooldowns;
mod disk;
mod freshness;
mod hangs;
mod history;
mod invalidation;
mod limits;
mod listeners;
mod lost_store;
mod mixes;
mod outage;
mod own_tickets;
mod probe;
mod shared_store;
mod tenants;
mod threads;
mod ticket_age;
mod tutorial_file;
mod work;
mod world;
