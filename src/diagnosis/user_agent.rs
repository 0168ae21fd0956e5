//! Which of WeChat's clients a page runs in, by its user agent.

/// The clients that differ in which address they verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WechatClient {
    Ios,
    Android,
    Desktop,
    HarmonyOs,
    Work,
    MiniProgram,
    Unknown,
}

impl WechatClient {
    pub(super) fn of(user_agent: &str) -> Self {
        let agent = user_agent.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| agent.contains(word));
        if has(&["miniprogram"]) {
            Self::MiniProgram
        } else if has(&["wxwork"]) {
            Self::Work
        } else if has(&["openharmony"]) {
            Self::HarmonyOs
        } else if has(&["windowswechat", "macwechat", "unifiedpcwindowswechat", "unifiedpcmacwechat"]) {
            Self::Desktop
        } else if has(&["iphone", "ipad", "ipod"]) {
            Self::Ios
        } else if has(&["android"]) {
            Self::Android
        } else {
            Self::Unknown
        }
    }
}
