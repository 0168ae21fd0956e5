//! The tickets that a signature may be made with, and those that it may not.

use std::time::Instant;

use super::diagnosis::Diagnosis;
use crate::account::Account;
use crate::corp::{App, Corp};
use crate::issued::History;
use crate::world::State;
use wxsign::CauseCode;

const DEAD: Diagnosis = Diagnosis::Known(CauseCode::DeadTicket);
const OTHER_ACCOUNT: Diagnosis = Diagnosis::Known(CauseCode::OtherAccountTicket);
const WRONG_KIND: Diagnosis = Diagnosis::Known(CauseCode::WrongTicketKind);

/// The tickets for one call of one account.
#[derive(Debug, Clone, Default)]
pub struct Tickets {
    pub living: Vec<String>,
    /// Other tickets, and what is wrong if one of them was used.
    pub refused: Vec<(Diagnosis, Vec<String>)>,
}

/// What the ticket must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Config,
    AgentConfig,
    Card,
}

impl Tickets {
    /// The tickets of an account of 公众号, or of a corp or app of 企业微信; `None` if there is none.
    pub fn of(id: &[u8], agentid: &[u8], purpose: Purpose, state: &State, now: Instant) -> Option<Self> {
        let account = state.accounts.iter().find(|account| account.appid.as_bytes() == id);
        let mut tickets = if let Some(account) = account {
            of_account(account, purpose, state, now)
        } else {
            let corp = state.corps.iter().find(|corp| corp.corpid.as_bytes() == id)?;
            of_corp(corp, agentid, purpose, now)?
        };
        // A fixed ticket is alive from the moment it is set, fetched or not.
        if let Some(fixed) = &state.settings.fixed_ticket
            && !tickets.living.contains(fixed)
        {
            tickets.living.push(fixed.clone());
        }
        Some(tickets)
    }

    pub fn is_never_fetched(&self) -> bool {
        let dead = |(diagnosis, pool): &(Diagnosis, Vec<String>)| *diagnosis == DEAD && !pool.is_empty();
        self.living.is_empty() && !self.refused.iter().any(dead)
    }
}

fn of_account(account: &Account, purpose: Purpose, state: &State, now: Instant) -> Tickets {
    let (own, wrong_kind) = match purpose {
        Purpose::Card => (&account.card, (WRONG_KIND, living([&account.jsapi], now))),
        _ => (&account.jsapi, (WRONG_KIND, living([&account.card], now))),
    };
    let others = state.accounts.iter().filter(|other| other.appid != account.appid);
    let other_app = living(others.map(|other| &other.jsapi), now);
    Tickets {
        living: living([own], now),
        refused: vec![(DEAD, dead([own], now)), (OTHER_ACCOUNT, other_app), wrong_kind],
    }
}

/// `wx.config` takes the ticket of any app of the corp, the other calls that of the one app. A
/// page that signs an invoice does not name its app, so there every app counts too.
fn of_corp(corp: &Corp, agentid: &[u8], purpose: Purpose, now: Instant) -> Option<Tickets> {
    let is_this = |app: &App| app.agentid.as_ref().is_some_and(|own| own.as_bytes() == agentid);
    let apps = || corp.apps.iter().filter(move |app| purpose != Purpose::AgentConfig || is_this(app));
    apps().next()?;
    let all = |purpose| corp.apps.iter().map(move |app| kind(app, purpose));
    let refused = match purpose {
        Purpose::Config => vec![
            (WRONG_KIND, living(all(Purpose::AgentConfig), now)),
            (WRONG_KIND, living(all(Purpose::Card), now)),
        ],
        Purpose::AgentConfig => vec![
            (WRONG_KIND, living(all(Purpose::Config), now)),
            (OTHER_ACCOUNT, living(all(purpose), now)),
            (WRONG_KIND, living(all(Purpose::Card), now)),
        ],
        Purpose::Card => vec![
            (WRONG_KIND, living(all(Purpose::Config), now)),
            (WRONG_KIND, living(all(Purpose::AgentConfig), now)),
        ],
    };
    let dead = (DEAD, dead(apps().map(|app| kind(app, purpose)), now));
    let living = living(apps().map(|app| kind(app, purpose)), now);
    Some(Tickets { living, refused: [vec![dead], refused].concat() })
}

fn kind(app: &App, purpose: Purpose) -> &History {
    match purpose {
        Purpose::Config => &app.corp_tickets,
        Purpose::AgentConfig => &app.agent_tickets,
        Purpose::Card => &app.card_tickets,
    }
}

fn living<'a>(histories: impl IntoIterator<Item = &'a History>, now: Instant) -> Vec<String> {
    let values = histories.into_iter().flat_map(|history| history.living(now));
    values.map(|issued| issued.value.clone()).collect()
}

fn dead<'a>(histories: impl IntoIterator<Item = &'a History>, now: Instant) -> Vec<String> {
    let values = histories.into_iter().flat_map(|history| history.dead(now));
    values.map(|issued| issued.value.clone()).collect()
}
