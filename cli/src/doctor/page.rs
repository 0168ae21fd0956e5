//! The check of a page: where its address leads, and what stands in its HTML.

use wxsign::doctor;

use super::{Check, Status};
use crate::settings::Settings;
use crate::web::{self, Web};

const MAX_REDIRECTS: usize = 10;

/// 9: which address does the page have in the end? iOS verifies that one.
pub(super) fn check(page: Option<&str>, settings: &Settings, web: &Web) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("page", status, code, english, chinese);
    let Some(page) = page else {
        return check(Status::Skipped, "not_asked", "--page URL follows its redirects", "用 --page 指定网址");
    };
    let mut url = page.split('#').next().unwrap_or(page).to_owned();
    let mut steps = vec![url.clone()];
    let answer = loop {
        let answer = match web.get(&url) {
            Ok(answer) => answer,
            Err(why) => {
                return check(Status::Failure, "NETWORK", &format!("{url}: {why}"), &format!("{url}：{why}"))
                    .next(
                        "Open the page in a browser on this machine.",
                        "在本机的浏览器里打开这个页面试试。",
                    );
            }
        };
        let next = answer.location.as_deref().filter(|_| (300..400).contains(&answer.status));
        let Some(next) = next.and_then(|location| resolve(&url, location)) else { break answer };
        if steps.len() > MAX_REDIRECTS || steps.contains(&next) {
            return check(Status::Failure, "redirect_loop", &steps.join(" → "), &steps.join(" → "));
        }
        steps.push(next.clone());
        url = next;
    };
    let (english, chinese) = (format!("the landing URL is {url}"), format!("最终打开的网址是 {url}"));
    if answer.status >= 400 {
        let (english, chinese) =
            (format!("HTTP {}: {url}", answer.status), format!("HTTP {}：{url}", answer.status));
        return check(Status::Failure, "http_status", &english, &chinese);
    }
    let host = web::origin(&url).and_then(|origin| origin.split_once("://")).map_or("", |(_, host)| host);
    let name = host.split(':').next().unwrap_or(host);
    let domains = if settings.is_work() {
        ("可信域名", "应用的可信域名")
    } else {
        ("JS接口安全域名", "公众号的 JS接口安全域名")
    };
    if !settings.allowed_hosts.is_empty() && doctor::is_host_refused(&url, &settings.allowed_hosts) {
        return check(Status::Failure, "HOST_NOT_ALLOWED", &english, &chinese).next(
            &format!("Add {name} to WX_ALLOWED_HOSTS, and to {} of the account.", domains.0),
            &format!("把 {name} 加到 WX_ALLOWED_HOSTS 和{}。", domains.1),
        );
    }
    if answer.body.to_ascii_lowercase().contains("<iframe") {
        return check(Status::Warning, "iframe", &english, &chinese).next(
            "The page has an iframe: inside it the outermost page's address is verified.",
            "页面里有 iframe：其中的页面按最外层的网址校验。",
        );
    }
    if steps.len() > 1 {
        let trail = steps.join(" → ");
        return check(Status::Warning, "redirected", &trail, &trail).next(
            &format!("Sign {url}: iOS verifies the address after the redirects."),
            &format!("对 {url} 签名：iOS 校验的是跳转之后的网址。"),
        );
    }
    check(Status::Ok, "ok", &english, &chinese)
}

/// The address of a `Location`, which may be relative.
fn resolve(base: &str, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or(location);
    if location.starts_with("http://") || location.starts_with("https://") {
        return Some(location.to_owned());
    }
    let origin = web::origin(base)?;
    if let Some(rest) = location.strip_prefix("//") {
        return Some(format!("{}//{rest}", base.split("//").next()?));
    }
    if location.starts_with('/') {
        return Some(format!("{origin}{location}"));
    }
    let path = base.get(origin.len()..)?.split('?').next()?;
    let dir = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("/");
    Some(format!("{origin}{dir}{location}"))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn locations_are_resolved() {
        for (location, want) in [
            ("https://b.cn/x", "https://b.cn/x"),
            ("//b.cn/x", "https://b.cn/x"),
            ("/x?y=1#z", "https://a.cn/x?y=1"),
            ("x", "https://a.cn/dir/x"),
        ] {
            assert_eq!(resolve("https://a.cn/dir/page?q=/a", location).as_deref(), Some(want));
        }
        assert_eq!(resolve("https://a.cn", "x").as_deref(), Some("https://a.cn/x"));
    }
}
