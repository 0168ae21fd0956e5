//! Child processes: a test starts itself again in another process, which plays a role and reports.

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

const ROLE: &str = "WXSIGN_TEST_ROLE";
/// Begins the line of a report, to find it in the test harness's output.
const REPORT: &str = "wxsign-report ";

/// The role that this process was started for; none in the process that runs the tests.
pub fn role() -> Option<Value> {
    std::env::var(ROLE).ok().map(|text| serde_json::from_str(&text).unwrap())
}

/// Runs the test `entry` of this program in a child process, in this role.
pub fn start(entry: &str, role: &Value) -> Child {
    start_under(&[], entry, role)
}

/// Like [`start`], under a program that runs another one, such as `unshare`.
pub fn start_under(wrapper: &[&str], entry: &str, role: &Value) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut words = wrapper.iter().map(OsStr::new).chain([program.as_os_str()]);
    Command::new(words.next().unwrap())
        .args(words)
        .args([entry, "--exact", "--nocapture", "--test-threads=1"])
        .env(ROLE, role.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a report from a child to the process that started it.
pub fn report(what: &Value) {
    println!("\n{REPORT}{what}");
}

/// Waits for a child, and returns its report.
pub fn reported(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "a child failed: {text}");
    let line = text.lines().find_map(|line| line.strip_prefix(REPORT)).expect("a child that reports");
    serde_json::from_str(line).unwrap()
}

/// Unix time in milliseconds.
pub fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Milliseconds on a clock for measuring, which all processes of the machine share and which cannot
/// be set. The host of a virtual machine may set the wall clock at any moment.
pub fn steady_ms() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        u64::try_from(time.tv_sec * 1_000 + time.tv_nsec / 1_000_000).unwrap()
    }
    #[cfg(not(target_os = "linux"))]
    now_ms()
}

/// Sleeps until a given time, so that several processes begin together.
pub fn sleep_until(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms.saturating_sub(now_ms())));
}
