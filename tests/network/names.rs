//! A name server that answers nothing, or that there is no such name, or that it fails. It counts
//! the lookups.

use std::collections::HashSet;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};

/// Where a machine's resolver asks by default.
const ADDRESS: &str = "127.0.0.1:53";
/// The answers' codes, for names in `gone.example` and `failing.example`; any other name is met
/// with silence.
const NO_SUCH_NAME: u8 = 3;
const SERVER_FAILURE: u8 = 2;
/// Of a question: for an address of IPv4.
const TYPE_A: [u8; 2] = [0, 1];

/// The server; its thread ends with the process.
pub struct Names {
    lookups: Arc<Mutex<HashSet<Lookup>>>,
}

/// A name, and the id of the query: a resolver that repeats itself keeps it.
type Lookup = (String, [u8; 2]);

impl Names {
    pub fn start() -> Self {
        let socket = UdpSocket::bind(ADDRESS).unwrap();
        let lookups = Arc::new(Mutex::new(HashSet::new()));
        let noted = Arc::clone(&lookups);
        std::thread::spawn(move || {
            let mut packet = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let query = &mut packet[..length];
                let (name, kind) = question(query);
                if kind == TYPE_A {
                    noted.lock().unwrap().insert((name.clone(), [query[0], query[1]]));
                }
                let code = match name {
                    name if name.ends_with(".gone.example") => NO_SUCH_NAME,
                    name if name.ends_with(".failing.example") => SERVER_FAILURE,
                    _ => continue,
                };
                // The query itself, marked as an answer.
                query[2] |= 0x80;
                query[3] = 0x80 | code;
                // Who asked may have left.
                let _ = socket.send_to(query, from);
            }
        });
        Self { lookups }
    }

    /// How often the name was looked up.
    pub fn lookups(&self, name: &str) -> usize {
        self.lookups.lock().unwrap().iter().filter(|(asked, _)| asked == name).count()
    }
}

/// The name and the type that a query asks for: labels with their lengths begin behind the twelve
/// bytes of the head.
fn question(query: &[u8]) -> (String, [u8; 2]) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).into_owned());
        at = end;
    }
    (labels.join("."), [query[at + 1], query[at + 2]])
}
