//! `WX_APP_ID=… WX_APP_SECRET=… WX_ALLOWED_HOSTS=example.com cargo run`

use std::error::Error;

use tokio::net::TcpListener;
use wxsign::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let hosts = std::env::var("WX_ALLOWED_HOSTS")?;
    let client = Client::builder()
        .app_id(std::env::var("WX_APP_ID")?)
        .app_secret(std::env::var("WX_APP_SECRET")?)
        .allowed_hosts(hosts.split(',').map(str::trim))
        .js_api_list(["updateAppMessageShareData", "scanQRCode"])
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, wxsign_example_axum::routes(client)).await?;
    Ok(())
}
