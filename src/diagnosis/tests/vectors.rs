//! Public vectors: the signatures that people posted, with the inputs that they posted.

use super::*;
use crate::diagnosis::Verdict;

#[test]
fn public_vectors_are_valid() {
    let vectors = [
        (
            TICKET,
            NONCE,
            TIMESTAMP,
            "http://mp.weixin.qq.com?params=value",
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
        ),
        (TICKET, NONCE, TIMESTAMP, "http://mp.weixin.qq.com", "f4d90daf4b3bca3078ab155816175ba34c443a7b"),
        (
            "LIKLckvwlJT9cWIhEQTwfIb3BoBUWwFGmJjxn3uPjMKBpZT-KS768YHvcOwjj1dcr90J6RqHENsdQxvfUyw_Ag",
            "test",
            "1",
            "http://192.168.10.106/timecard/index",
            "ed80c67ddb35eefae7c33f8406facdc80619ac56",
        ),
        (
            "LIKLckvwlJT9cWIhEQTwfD5LY1SqD5rvlknBDG18Ezp4WBstc0dizTuTQwFygboqswsYq2URYgy48EQCunplDg",
            NONCE,
            TIMESTAMP,
            "https://www.tallen.cn/tlyl?roomNum=24",
            "415063a1fb2440e60a10e98ebea063a0c3243913",
        ),
        (
            "XEdpActNnf3XvQGOng9vhA==",
            "4y5riOLJfxKjwjuT",
            "1624535037",
            "https://xlscs.wyawds.com/emc/radar/main",
            "b1c9d0cf0cf66f3cccdb254eee8e9c5348169873",
        ),
        (
            "cjaeBh+/676zBYL4+wFjNA==",
            "1705051362640",
            "1705051362640",
            "https://pre-data-source.gongxj.com",
            "d59457d159117e2a060c4f8271e91ce575d3e428",
        ),
        (
            "mock-ticket",
            "mock-nonce",
            "1601234567",
            "https://www.easywechat.com/",
            "22772d2fb393ab9f7f6a5a54168a566fbf1ab767",
        ),
        (
            "HoagFKDcsGMVCIY2vOjf9nGrZ3eaM0qXs5ROFN_3k_HrGc0VocemA6wMXkvrL-Ei4IitXxwKF62CJWR8mWXZ3Q",
            "e7b435f73835402da44f16640ddc8696",
            "1621348162",
            "https://mp.weixin.qq.com/debug/cgi-bin/sandbox?t=jsapisign",
            "b214ea1f8ae019c207f8c6ffb843c8474cbab28c",
        ),
        (
            "bxLdikRXVbTPdHSM05e5u4RbEYQn7pNQMPrfzl8lJNb1foLDa3HIwI3BRMkQmSO_5F64VFa75uURcq6Uz7QHgA",
            "82693e11-b9bc-448e-892f-f5289f46cd0f",
            "1419835025",
            "http://omstest.vmall.com:23568/thirdparty/wechat/vcode/gotoshare?quantity=1&batchName=MATE7",
            "c6f04b64d6351d197b71bd23fb7dd2d44c0db486",
        ),
    ];
    for (ticket, nonce, timestamp, url, signature) in vectors {
        let report = explain(&Evidence {
            url: url.into(),
            ticket: ticket.into(),
            nonce_str: nonce.into(),
            timestamp: timestamp.into(),
            signature: signature.into(),
            ..Evidence::default()
        });
        assert_eq!(report.verdict, Verdict::Valid, "{url}: {report:?}");
        assert_eq!(proven(&report), [""; 0]);
    }
}

/// The official vector with one mistake each.
#[test]
fn the_official_vector_gone_wrong_is_named() {
    for (url, signature, code) in [
        (
            "http://mp.weixin.qq.com?params=value",
            "f50191877b62b116ef830363a3a613ed652a2d5d",
            "root_slash_changed",
        ),
        (
            "http://mp.weixin.qq.com?params=value#x",
            "49e882ed1d77a029e6dc50a36da02d15d228293e",
            "fragment_kept",
        ),
        ("http://mp.weixin.qq.com?params=value", "2468f5761f7dc75bd5ff3828c7c8e86040bc235b", "app_id_hashed"),
        (
            "http://mp.weixin.qq.com?params=value",
            "d4443edad75a910c12a5c0dcbc876af76569e7a1",
            "ticket_placeholder",
        ),
    ] {
        let report = explain(&evidence(url, signature));
        assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec![code]));
    }
}

#[test]
fn copied_samples_and_milliseconds_are_mentioned() {
    let report = explain(&evidence("http://mp.weixin.qq.com", "f4d90daf4b3bca3078ab155816175ba34c443a7b"));
    assert_eq!((report.verdict, named(&report)), (Verdict::Valid, vec!["sample_copied"]));
    let report = explain(&Evidence {
        url: "https://pre-data-source.gongxj.com".into(),
        ticket: "cjaeBh+/676zBYL4+wFjNA==".into(),
        nonce_str: "1705051362640".into(),
        timestamp: "1705051362640".into(),
        signature: "d59457d159117e2a060c4f8271e91ce575d3e428".into(),
        ..Evidence::default()
    });
    assert_eq!(named(&report), ["timestamp_milliseconds"]);
}
