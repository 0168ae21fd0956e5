//! The official vector, and what some usual mistakes make of it.

use super::*;

const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const URL: &str = "http://mp.weixin.qq.com?params=value";
const OFFICIAL: &str = "0f9de62fce790f9a083d5c99e95740ceb90c27ed";

fn claim(url: &str, signature: &str) -> Claim {
    Claim {
        url: url.into(),
        timestamp: b"1414587457".to_vec(),
        nonce: b"Wm3WZYTPz0wzccnW".to_vec(),
        signature: signature.into(),
        appid: b"wx0000000000000000".to_vec(),
    }
}

fn tickets() -> Tickets {
    Tickets { living: vec!["another".into(), TICKET.into()], ..Tickets::default() }
}

fn signed(timestamp: &[u8], url: &[u8]) -> String {
    signature(TICKET, b"Wm3WZYTPz0wzccnW", timestamp, url)
}

fn diagnosed(claim: &Claim) -> &'static str {
    judge(claim, &tickets()).err().map_or("ok", Diagnosis::name)
}

#[test]
fn the_official_vectors_verify() {
    for (url, signature) in [
        (URL, OFFICIAL),
        ("http://mp.weixin.qq.com?params=value#any?thing#else", OFFICIAL),
        ("https://example.com/中文?q=+ ", "f247a0f5050498c7a0fd104722273792dd4815df"),
        ("https://example.com/a%2Fb?x=a%23b", "8abebc34b54414282497e98b8750a6cb001114ce"),
    ] {
        assert_eq!(diagnosed(&claim(url, signature)), "ok", "{url}");
    }
}

#[test]
fn the_documented_mistakes_are_named() {
    let with_fragment = "http://mp.weixin.qq.com?params=value#x";
    for (url, signature, name) in [
        (URL, "f50191877b62b116ef830363a3a613ed652a2d5d", "root_slash_changed"),
        (with_fragment, "49e882ed1d77a029e6dc50a36da02d15d228293e", "fragment_kept"),
        (URL, "2468f5761f7dc75bd5ff3828c7c8e86040bc235b", "app_id_hashed"),
        (URL, "d4443edad75a910c12a5c0dcbc876af76569e7a1", "ticket_placeholder"),
        (URL, "0000000000000000000000000000000000000000", "unknown"),
        (URL, "", "unknown"),
    ] {
        assert_eq!(diagnosed(&claim(url, signature)), name, "{signature}");
    }
}

#[test]
fn a_wrong_ticket_is_named() {
    let only = || vec![TICKET.to_owned()];
    for code in [CauseCode::DeadTicket, CauseCode::OtherAccountTicket, CauseCode::WrongTicketKind] {
        let diagnosis = Diagnosis::Known(code);
        let tickets = Tickets { refused: vec![(diagnosis, only())], ..Tickets::default() };
        assert_eq!(judge(&claim(URL, OFFICIAL), &tickets), Err(diagnosis));
    }
    assert_eq!(judge(&claim(URL, OFFICIAL), &Tickets::default()), Err(Diagnosis::NoTicket));
}

#[test]
fn bytes_that_are_not_utf8_count_as_they_are() {
    let url = [&b"http://a.cn/"[..], &[0xff]].concat();
    let signature = signed(b"1414587457", &url);
    assert_eq!(diagnosed(&Claim { url: url.clone(), ..claim("", &signature) }), "ok");
}
