//! What `explain` promises.

mod known_tickets;
mod messages;
mod pages;
mod properties;
mod rows;
mod vectors;

use super::{CauseCode, Certainty, Evidence, Report, explain};

const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const NONCE: &str = "Wm3WZYTPz0wzccnW";
const TIMESTAMP: &str = "1414587457";

/// The official vector's ticket, nonce and timestamp with another page and signature.
fn evidence(url: &str, signature: &str) -> Evidence {
    Evidence {
        url: url.into(),
        ticket: TICKET.into(),
        nonce_str: NONCE.into(),
        timestamp: TIMESTAMP.into(),
        signature: signature.into(),
        app_id: "wx0000000000000000".into(),
        ..Evidence::default()
    }
}

fn codes(report: &Report, certainty: Certainty) -> Vec<&'static str> {
    let causes = report.causes.iter().filter(|cause| cause.certainty == certainty);
    causes.map(|cause| cause.code.as_str()).collect()
}

fn proven(report: &Report) -> Vec<&'static str> {
    codes(report, Certainty::Proven)
}

fn named(report: &Report) -> Vec<&'static str> {
    report.causes.iter().map(|cause| cause.code.as_str()).collect()
}

#[test]
fn every_cause_has_its_own_word_and_all_texts() {
    let mut words: Vec<_> = CauseCode::ALL.iter().map(|code| code.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), CauseCode::ALL.len());
    for code in CauseCode::ALL {
        assert!(
            code.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
            "{code:?}"
        );
        for text in [code.title(), code.fix()] {
            assert!(text.ends_with(['.', ')', '?']) && text.len() > 20, "{code:?}: {text}");
        }
        for text in [code.title_zh(), code.fix_zh()] {
            assert!(text.ends_with(['。', '）']) && !text.contains(", "), "{code:?}: {text}");
        }
    }
}

/// The page in each language has a section for every cause, which begins with the cause's texts.
#[test]
fn every_cause_has_its_section_in_both_languages() {
    let words = |page: &str| page.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
    let english = words(include_str!("../../../docs/diagnosis.md"));
    let chinese = words(include_str!("../../../docs/zh/diagnosis.md"));
    for code in CauseCode::ALL {
        let (word, title, fix) = (code.as_str(), code.title(), code.fix());
        assert!(english.contains(&words(&format!("### {word} {title} **Do:** {fix}"))), "{word}");
        let (title, fix) = (code.title_zh(), code.fix_zh());
        assert!(chinese.contains(&words(&format!("### {word} {title}**办法**：{fix}"))), "{word}");
    }
}
