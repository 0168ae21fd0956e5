//! One page, wrong in each known way: the SHA-1 of every wrong text was made with another program.

use super::*;
use crate::diagnosis::Verdict;

const PAGE: &str =
    "https://example.com/shop/item?id=1&name=%E4%B8%AD%E6%96%87&q=a%20b%2Bc&from=singlemessage";

const ROWS: [(&str, &str, &str); 68] = [
    ("C1", "fragment_kept", "2b5a30b5bbb72c10446a498dacb7ecc0862a71ea"),
    ("C2", "bare_hash_kept", "d45e0c32e1dc6b0438d0bdbe61cd3d484c577094"),
    ("C3", "cut_at_ampersand", "a660fad88d8efe507cbbfeae1dc4ded96969a837"),
    ("C4", "query_dropped", "94bef10a7c6ff49dd77b92c2c4d090572b3d5475"),
    ("C4", "query_dropped", "f7b7d625881aad0dff59fa9af21dbb6ed10a0fad"),
    ("C5", "share_parameters_missing", "93b2dab79a26736c1a909f25f729e6dcbf1eedb4"),
    ("C6", "share_parameters_added", "c1e174242630363cf212017dfca787fdb16d2b12"),
    ("C8", "url_encoded", "c1171a2e96150fbaaaed5636484192c5dd9eb756"),
    ("C9", "url_encoded_twice", "0eb2ee5d53f6df8b2bcf41308eed589809c2d844"),
    ("C10", "url_decoded", "56a0d91366b7a5469f3dac7bef665c218586f0c4"),
    ("C11", "chinese_unescaped", "5dcd0df252d546685008ccfcd044618cbcd10f14"),
    ("C12", "gbk_bytes", "31ca8b288088b63f5dbd6ccecec0725ecfe750d6"),
    ("C13", "plus_and_space", "2e1285d6d41f0821b00db2c3e8c50b0fd616dcdc"),
    ("C13", "plus_and_space", "372a1825e57f206e2a6f528ba0ed664e055d6503"),
    ("C14", "escape_case_changed", "fb511d18294470900ecd69af4bc41fe2b1e45f45"),
    ("C16", "amp_entity", "8d69c2b08599aa466364347fd0eab638953a312b"),
    ("C17", "scheme_changed", "b00652fe4d139ba6de3bfd991f26d34e4c7a62ab"),
    ("C18", "scheme_missing", "088f76c1618a09a8b7383c1da8b99f24ccf08a1d"),
    ("C18", "scheme_missing", "f4fab76cdde8e74a54b72ebfcb906901f592a051"),
    ("C19", "port_changed", "c38872b35483db584adfcca0fac0bfba3f9b1561"),
    ("C19", "port_changed", "4147b7020faec8982936c724122516c2fd9ba6f9"),
    ("C20", "www_changed", "c9408c882fec20361cfcc59d6080db21accb6ea6"),
    ("C21", "letter_case_changed", "8d5b793487cb15d2801b9e8aea322f998f078e26"),
    ("C22", "slash_changed", "bf8b92e3c20364637bbcc2f9ac6d2079f3d388ec"),
    ("C24", "default_file", "b1746bf793b7df79fcc2a56135e6f714b6767a36"),
    ("C25", "own_address_signed", "38d87bda9c3164c1471ac0ca588d74e1194edfcb"),
    ("C27", "query_reserialised", "973d4ae14b10dd524a8ec3777b96a3f676dab14c"),
    ("C28", "stray_characters", "2fc3ffb4e28ba5a4fb355dd1f6de0bf8343dfcb1"),
    ("C28", "stray_characters", "35e7af7a58e36ee5b9b3dcb26bb2064467175c97"),
    ("C28", "stray_characters", "a11d8307408203be1a122577346507e321cd2a9c"),
    ("C28", "json_slashes", "5e3530511166a3353739329a651e1e96cce23775"),
    ("C29", "timestamp_milliseconds", "82f245ce06df97e5fd4947476bbdaee4423d7e36"),
    ("C29", "timestamp_milliseconds", "ab8bf0387f6e9189124746bae595355119e0ae4c"),
    ("C29", "timestamp_not_integer", "9ee0aa5137afd8e650c4aa13b64587351da2f9c0"),
    ("C31", "key_names", "428506a36bdd95e982e16717e668e9c4740cd1bd"),
    ("C31", "nonce_case_changed", "c150cea5a8e60899e384756e277d9dc7ea9a10e4"),
    ("C31", "key_names", "57c60d7d9b4df8350943e5966fe18ad6a0613d87"),
    ("C31", "key_names", "50e7991d9940058a295b4fd0e0249f10c907f943"),
    ("C33", "wrong_order", "f34b6c0c5a9d6457257c8d4fd1c9c671080d4f14"),
    ("C33", "wrong_order", "6e71b6e04dc901727fc6b312d338743a3887b2e0"),
    ("C33", "wrong_order", "47d3bc088e50dcd8c4126b7ae15e437537473424"),
    ("C34", "app_id_hashed", "0fe52d573023024442f61da99f678124e13422a7"),
    ("C34", "app_id_hashed", "75c9153de5d6a9c4f3a1e2686e65dde0d00e496c"),
    ("C35", "times_entity", "2a135b7ac4ad06f45db8152cf99f32defce0a012"),
    ("C35", "separator_changed", "e2a4297400d091f50de212d2491a38f98ba77298"),
    ("C36", "values_only", "cfb687348573b7a926cd8fd397e912c749fddb8b"),
    ("C36", "values_only", "b167dea9403b96642bb20c7bfdecd9659296f1fe"),
    ("C37", "ticket_placeholder", "366645bbdd9f3a4c611dd8eba380a2781dadcb39"),
    ("C37", "ticket_placeholder", "54f7df5f563a2c9932e880ed6c59a564c5a5413b"),
    ("C37", "ticket_placeholder", "a179856fcd23f81a87fd0b2c11a6a35aea7dad04"),
    ("C37", "ticket_placeholder", "e250ffc5818e318e94fdc34ccab74c442c098050"),
    ("C37", "ticket_placeholder", "691cf109b2ec34e478cde9023bb62e8fcd4cd97c"),
    ("C37", "ticket_placeholder", "3244346d169d8f1ff82f714e2499427420adbe00"),
    ("C38", "ticket_stray_characters", "5e53ada28ac1dd6420e98c39287f7f1cb1fe1fd1"),
    ("C38", "ticket_stray_characters", "0158f95e556e9642c6c04bad3ab2d96fb0553e04"),
    ("C38", "ticket_stray_characters", "10e99ab3e2c28f35a4b81c0036d26828bee2e53c"),
    ("C39", "digest_upper_case", "606C7FDD5672A6CB948873091C31AFA3935D9C63"),
    ("C39", "digest_base64", "YGx/3VZypsuUiHMJHDGvo5NdnGM="),
    ("C40", "other_digest", "8a640e4658f6221fd5068172281aa2385c75ece0"),
    // Two mistakes at once.
    ("C3 C10", "url_decoded", "@id=1&name=中文"),
    ("C17 C19", "port_changed", "@http"),
    ("C8 C31", "key_names", "@encoded"),
    ("C5 C17", "scheme_changed", "@share"),
    ("C1 C8", "url_encoded", "@hash"),
    ("C16 C34", "app_id_hashed", "@amp"),
    ("C22 C33", "wrong_order", "@slash"),
    ("C10 C37", "ticket_placeholder", "@decoded"),
    ("C17 C35", "times_entity", "@times"),
];

/// The signed texts of the rows with two mistakes, written out.
fn two(name: &str) -> String {
    let text = |ticket: &str, nonce: &str, url: &str| {
        format!("jsapi_ticket={ticket}&{nonce}={NONCE}&timestamp={TIMESTAMP}&url={url}")
    };
    let escaped = "https%3A%2F%2Fexample.com%2Fshop%2Fitem%3Fid%3D1%26name%3D%25E4%25B8%25AD%25E6%2596%2587%26q%3Da%2520b%252Bc%26from%3Dsinglemessage";
    match name {
        "id=1&name=中文" => text(TICKET, "noncestr", "https://example.com/shop/item?id=1&name=中文"),
        "http" => text(TICKET, "noncestr", &PAGE.replace("https://example.com", "http://example.com:8080")),
        "encoded" => text(TICKET, "nonceStr", escaped),
        "share" => {
            text(TICKET, "noncestr", &PAGE.replace("https", "http").replace("&from=singlemessage", ""))
        }
        "hash" => text(TICKET, "noncestr", &format!("{escaped}%23%2Fx")),
        "amp" => {
            format!("appid=wx0000000000000000&{}", text(TICKET, "noncestr", &PAGE.replace('&', "&amp;")))
        }
        "slash" => {
            let url = PAGE.replace("item?", "item/?");
            format!("noncestr={NONCE}&jsapi_ticket={TICKET}&timestamp={TIMESTAMP}&url={url}")
        }
        "decoded" => text(
            "undefined",
            "noncestr",
            "https://example.com/shop/item?id=1&name=中文&q=a b+c&from=singlemessage",
        ),
        _ => text(TICKET, "noncestr", &PAGE.replace("https", "http")).replace("&times", "×"),
    }
}

/// With the ticket each row is proven, by its own code.
#[test]
fn every_row_is_proven_by_its_own_code() {
    for (row, code, signature) in ROWS {
        let signature = match signature.strip_prefix('@') {
            Some(name) => hex::encode(crate::diagnosis::digest::sha1(two(name).as_bytes())),
            None => signature.to_owned(),
        };
        let report = explain(&evidence(&format!("{PAGE}#/x"), &signature));
        assert!(proven(&report).contains(&code), "{row}: {code} is not among {report:?}");
        let verdict = if code == "digest_upper_case" { Verdict::Unknown } else { Verdict::Invalid };
        assert_eq!(report.verdict, verdict, "{row}");
    }
}

#[test]
fn a_domain_without_its_slash_is_proven() {
    let report = explain(&evidence("https://example.com/", "dd90d2ebdf7b74978de3ee44c1255b1cef2a6b01"));
    assert!(proven(&report).contains(&"root_slash_changed"), "{report:?}");
    let right = explain(&evidence("https://example.com/", "171e7eafc556878f1faabe71f2a6462bef4e98bc"));
    assert_eq!(right.verdict, Verdict::Valid);
}

/// MD5, SHA-256 and their like, and HMAC with the ticket as key, are recomputed.
#[test]
fn digests_of_other_functions_are_proven() {
    use ring::digest::{SHA256, SHA384, SHA512, digest};
    let text = |url: &str| format!("jsapi_ticket={TICKET}&noncestr={NONCE}&timestamp={TIMESTAMP}&url={url}");
    let right = text(PAGE);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, TICKET.as_bytes());
    let mut signatures = vec![
        "4e5bd2549dc0deb6ae76be332a67ce73".to_owned(),
        "4E5BD2549DC0DEB6AE76BE332A67CE73".to_owned(),
        "fedd3e7fcd20c509358886d853ec694b71e087f5e1b2d57b8140d29f0d13149d".to_owned(),
        hex::encode(ring::hmac::sign(&key, right.as_bytes())),
    ];
    signatures.extend([&SHA384, &SHA512].map(|function| hex::encode(digest(function, right.as_bytes()))));
    for signature in signatures {
        let report = explain(&evidence(PAGE, &signature));
        assert_eq!(
            (report.verdict, proven(&report)),
            (Verdict::Invalid, vec!["other_digest"]),
            "{signature}"
        );
    }
    for (wrong, code) in [
        (text(&PAGE.replace("https", "http")), "scheme_changed"),
        (right.replace("noncestr", "nonceStr"), "key_names"),
    ] {
        let report = explain(&evidence(PAGE, &hex::encode(digest(&SHA256, wrong.as_bytes()))));
        assert_eq!(proven(&report), [code, "other_digest"]);
    }
}

/// A digest that cannot be recomputed is known by its length.
#[test]
fn other_digests_are_likely_by_their_length() {
    for digits in [32, 56, 64, 96, 128] {
        let report = explain(&evidence(PAGE, &"0".repeat(digits)));
        assert_eq!(report.verdict, Verdict::Invalid);
        assert_eq!(codes(&report, Certainty::Likely), ["other_digest"]);
        assert!(proven(&report).is_empty());
    }
}

#[test]
fn the_fewest_edits_come_first_and_alone() {
    let report = explain(&evidence(PAGE, "b00652fe4d139ba6de3bfd991f26d34e4c7a62ab"));
    assert_eq!(proven(&report), ["scheme_changed"]);
    let cause = &report.causes[0];
    assert_eq!(cause.signed.as_deref(), Some(PAGE.replace("https", "http").as_str()));
    assert_eq!(cause.expected.as_deref(), Some(PAGE));
}
