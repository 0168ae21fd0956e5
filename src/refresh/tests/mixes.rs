//! Random mixes of tenants on one Redis, each process on its own machine: no tenant adopts, blocks
//! or delays another, or causes another's requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zeroize::Zeroizing;

use super::shared_store::SharedStore;
use super::world::{LIFE, T0, official, parts};
use crate::clock::Clock;
use crate::clock::tests::Manual;
use crate::credential::Kind;
use crate::error::{Code, Error};
use crate::http::{Request, Response, Transport};
use crate::refresh::Refresher;
use crate::soak::size;
use crate::store::LockMode;
use crate::threads::RefreshAhead;

/// An account as one host has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Tenant {
    app: &'static str,
    secret: &'static str,
    on_whitelist: bool,
}

const TENANTS: [Tenant; 5] = [
    Tenant { app: "wx1", secret: "right", on_whitelist: true },
    Tenant { app: "wx1", secret: "right", on_whitelist: false },
    Tenant { app: "wx1", secret: "wrong", on_whitelist: true },
    Tenant { app: "wx2", secret: "right", on_whitelist: true },
    Tenant { app: "wx2", secret: "wrong", on_whitelist: false },
];

impl Tenant {
    /// The failures that its calls may get, besides its own value.
    fn refusal(self) -> Option<Code> {
        match self {
            Self { on_whitelist: false, .. } => Some(Code::IpNotAllowed),
            Self { secret: "wrong", .. } => Some(Code::CredentialRejected),
            _ => None,
        }
    }
}

/// The service: values are named after the account that they belong to.
#[derive(Default)]
struct Service {
    current: HashMap<(&'static str, Kind), (String, i64)>,
    requests: HashMap<(Tenant, Kind), usize>,
}

struct Wire {
    tenant: Tenant,
    service: Arc<Mutex<Service>>,
    clock: Arc<Manual>,
}

impl Transport for Wire {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, Error> {
        let (kind, name, renewed) = if request.url.contains("getticket") {
            (Kind::Ticket, "ticket", 1_000)
        } else {
            (Kind::Token, "access_token", 300_000)
        };
        let mut service = self.service.lock().unwrap();
        *service.requests.entry((self.tenant, kind)).or_default() += 1;
        let now = self.clock.wall();
        let serial = service.requests.values().sum::<usize>();
        let body = match self.tenant.refusal() {
            Some(Code::IpNotAllowed) => r#"{"errcode":40164,"errmsg":"invalid ip"}"#.to_owned(),
            Some(_) => r#"{"errcode":40125,"errmsg":"invalid appsecret"}"#.to_owned(),
            None => {
                let entry = service.current.entry((self.tenant.app, kind)).or_default();
                if entry.1 <= now + renewed {
                    *entry = (format!("{}-{name}-{serial}", self.tenant.app), now + LIFE);
                }
                format!(r#"{{"{name}":"{}","expires_in":{}}}"#, entry.0, (entry.1 - now) / 1_000)
            }
        };
        Ok(Response { status: 200, body: Zeroizing::new(body.into_bytes()) })
    }
}

struct Mix {
    clock: Arc<Manual>,
    service: Arc<Mutex<Service>>,
    store: SharedStore,
}

impl Mix {
    fn process(&self, tenant: Tenant) -> Arc<Refresher> {
        let wire = Wire { tenant, service: self.service.clone(), clock: self.clock.clone() };
        let family = official(tenant.app, tenant.secret);
        Refresher::new(parts(family, self.clock.clone(), Box::new(self.store.clone()), wire))
    }
}

/// Lets random processes of random tenants ask for `hours`; returns the requests of each tenant and
/// kind.
fn play(seed: u64, hours: i64) -> HashMap<(Tenant, Kind), usize> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mix =
        Mix { clock: Manual::at(T0), service: Arc::default(), store: SharedStore::new(LockMode::Redis) };
    let mut processes: Vec<_> =
        TENANTS.iter().flat_map(|tenant| [*tenant; 2]).map(|tenant| (tenant, mix.process(tenant))).collect();
    while mix.clock.wall() < T0 + hours * 3_600_000 {
        mix.clock.advance(rng.random_range(0..20_000));
        for (_, process) in &processes {
            process.refresh_due();
        }
        let (tenant, process) = &mut processes[rng.random_range(0..2 * TENANTS.len())];
        if rng.random_bool(0.01) {
            *process = mix.process(*tenant);
        }
        let kind = Kind::ALL[rng.random_range(0..2)];
        match process.get(kind, 1, Duration::from_millis(1), || ()) {
            Ok(value) => {
                let value = value.reveal();
                assert!(tenant.secret == "right" && value.starts_with(tenant.app), "{tenant:?}: {value}");
            }
            Err(error) => assert_eq!(Some(error.code()), tenant.refusal(), "{tenant:?} {kind:?}"),
        }
    }
    let service = mix.service.lock().unwrap();
    service.requests.clone()
}

/// In any mix each tenant gets its own values or its own refusal, at its own cost.
#[test]
fn in_any_mix_each_tenant_gets_its_own() {
    let hours = 12;
    for seed in 0..size(10, 2_000) as u64 {
        for ((tenant, kind), requests) in play(seed, hours) {
            let most = match (tenant.refusal(), kind) {
                (None, Kind::Token) => usize::try_from(hours).unwrap(),
                (None, Kind::Ticket) => usize::try_from(hours * 17).unwrap(),
                // One probe a minute for each process of a host off the whitelist, for each account
                // otherwise.
                (Some(Code::IpNotAllowed), _) => usize::try_from(hours * 60).unwrap() * 3,
                _ => usize::try_from(hours * 60).unwrap() + 1,
            };
            assert!(requests <= most, "seed {seed}: {requests} {kind:?} requests of {tenant:?}");
        }
    }
}
