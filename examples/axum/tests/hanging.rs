//! While WeChat hangs, the server goes on answering: no call of wxsign's blocks a thread of the
//! runtime.

use std::net::{SocketAddr, TcpListener as Listener};
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wxsign::{Client, Store};

/// A WeChat that accepts every connection and never answers.
fn hanging() -> String {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().map(Result::unwrap).collect::<Vec<_>>());
    address
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Fifty pages wait for a config, on two workers; two hundred health checks are answered meanwhile.
/// Each page then gets 503 with the reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_answered_while_wechat_hangs() {
    let client =
        Client::builder().app_id("wx5823bf96d3bd56c7").app_secret("0123456789abcdef0123456789abcdef");
    let client = client.base_url(hanging()).store(Store::Memory).timeout(Duration::from_secs(4));
    let routes = wxsign_example_axum::routes(client.allowed_hosts(["example.com"]).build().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let page = "/wx/config?url=https%3A%2F%2Fexample.com%2F";
    let pages: Vec<_> = (0..50).map(|_| tokio::spawn(ask(address, page))).collect();
    let mut times = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        assert!(ask(address, "/health").await.starts_with("HTTP/1.1 200"));
        times.push(began.elapsed());
    }
    times.sort_unstable();
    println!("/health: median {:?}, p99 {:?}", times[100], times[197]);
    assert!(pages.iter().all(|page| !page.is_finished()), "WeChat did not hang, so nothing was shown");
    for page in pages {
        let answer = page.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\"TIMEOUT\""), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("retry-after: "), "{answer}");
    }
    let answer = ask(address, "/wx/config?url=https://example.com/?a=1&b=2").await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"INVALID_URL\""), "{answer}");
}
