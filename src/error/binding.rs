//! What each binding calls the options and calls that a message or a hint names.
//!
//! Texts name them in backticks, by the word of the first column. [`render`] puts the binding's own
//! word there.

use std::borrow::Cow;

/// A language that wxsign is used from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Binding {
    /// This crate.
    Rust,
    /// The Node package.
    Node,
    /// The C and C++ headers.
    C,
    /// The Go module.
    Go,
    /// The command `wxsign`, whose options are variables of the environment.
    Command,
}

/// Node's word, then Rust's, C's, Go's and the command's. Node's is the one that texts are written with.
const NAMES: &[(&str, [&str; 4])] = &[
    ("appId", ["app_id", "wxsign_options_set_app_id", "WithAppID", "WX_APP_ID"]),
    // One call sets both ids, so its parameter is named too.
    ("corpId", ["corp(corp_id)", "wxsign_options_set_corp(corp_id)", "WithCorp(corpID)", "WX_CORP_ID"]),
    ("agentId", ["corp(agent_id)", "wxsign_options_set_corp(agent_id)", "WithCorp(agentID)", "WX_AGENT_ID"]),
    ("agentConfig", ["agent_config", "wxsign_client_agent_config", "AgentConfig", "agent-config"]),
    ("appSecret", ["app_secret", "wxsign_options_set_app_secret", "WithAppSecret", "WX_APP_SECRET"]),
    ("accessToken", ["access_token", "wxsign_options_set_access_token", "WithAccessToken", "accessToken"]),
    (
        "setAccessToken",
        ["set_access_token", "wxsign_client_set_access_token", "SetAccessToken", "setAccessToken"],
    ),
    ("ticket", ["ticket", "wxsign_options_set_ticket", "WithTicket", "WX_JSAPI_TICKET"]),
    ("setTicket", ["set_ticket", "wxsign_client_set_ticket", "SetTicket", "setTicket"]),
    ("baseUrl", ["base_url", "wxsign_options_add_base_url", "WithBaseURL", "WX_BASE_URL"]),
    ("allowHttp", ["allow_http", "wxsign_options_set_allow_http", "WithAllowHTTP", "WX_ALLOW_HTTP"]),
    ("proxy", ["proxy", "wxsign_options_set_proxy", "WithProxy", "WX_PROXY"]),
    ("caFile", ["ca_file", "wxsign_options_set_ca_file", "WithCAFile", "WX_CA_FILE"]),
    (
        "allowedHosts",
        ["allowed_hosts", "wxsign_options_add_allowed_host", "WithAllowedHosts", "WX_ALLOWED_HOSTS"],
    ),
    ("timeoutMs", ["timeout", "wxsign_options_set_timeout_ms", "WithTimeout", "timeoutMs"]),
    ("tokenApi", ["token_api", "wxsign_options_set_token_api", "WithTokenAPI", "WX_TOKEN_API"]),
    ("store", ["store", "wxsign_options_set_store_*", "WithStoreDir", "WXSIGN_STORE"]),
    ("dir", ["Store::Dir", "wxsign_options_set_store_dir", "WithStoreDir", "WXSIGN_STORE"]),
    ("storeRedis", ["Store::Redis", "wxsign_options_set_store_redis", "WithRedisStore", "WXSIGN_STORE"]),
    (
        "importTicketFile",
        [
            "import_ticket_file",
            "wxsign_options_set_import_ticket_file",
            "WithImportTicketFile",
            "importTicketFile",
        ],
    ),
    ("createClient", ["Client::builder", "wxsign_client_new", "New", "createClient"]),
    ("invalidate", ["invalidate", "wxsign_client_invalidate", "Invalidate", "invalidate"]),
];

impl Binding {
    /// What this binding calls an option or a call; `name` itself if the table does not have it.
    pub fn name_of(self, name: &'static str) -> &'static str {
        match NAMES.iter().find(|(node, _)| *node == name) {
            Some((_, [rust, c, go, command])) => match self {
                // In Node it is one of the option's values.
                Self::Node if name == "storeRedis" => "store",
                Self::Node => name,
                Self::Rust => rust,
                Self::C => c,
                Self::Go => go,
                Self::Command => command,
            },
            None => name,
        }
    }
}

/// `text` with each known name in backticks replaced by the binding's own word, without the
/// backticks.
pub(super) fn render(text: &str, binding: Binding) -> Cow<'_, str> {
    if !text.contains('`') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        out.push_str(before);
        let known = after.split_once('`').and_then(|(name, tail)| {
            NAMES.iter().find(|(node, _)| *node == name).map(|(node, _)| (*node, tail))
        });
        rest = if let Some((name, tail)) = known {
            out.push_str(binding.name_of(name));
            tail
        } else {
            out.push('`');
            after
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_binding_reads_its_own_names() {
        let text = "set `caFile`, not `x` or `proxy";
        assert_eq!(render(text, Binding::Node), "set caFile, not `x` or `proxy");
        assert_eq!(render(text, Binding::Go), "set WithCAFile, not `x` or `proxy");
        assert_eq!(render(text, Binding::C), "set wxsign_options_set_ca_file, not `x` or `proxy");
        assert_eq!(render(text, Binding::Rust), "set ca_file, not `x` or `proxy");
        assert_eq!(render(text, Binding::Command), "set WX_CA_FILE, not `x` or `proxy");
    }

    /// One call sets both, so its name alone would not say which of them is wrong.
    #[test]
    fn the_wrong_id_of_a_corp_is_named() {
        for (corp_id, agent_id, shown) in [
            (
                "",
                "1000002",
                [
                    "corp(corp_id)",
                    "corpId",
                    "wxsign_options_set_corp(corp_id)",
                    "WithCorp(corpID)",
                    "WX_CORP_ID",
                ],
            ),
            (
                "ww1",
                "null",
                [
                    "corp(agent_id)",
                    "agentId",
                    "wxsign_options_set_corp(agent_id)",
                    "WithCorp(agentID)",
                    "WX_AGENT_ID",
                ],
            ),
        ] {
            let error = crate::Client::builder().corp(corp_id, agent_id).app_secret("s").build().unwrap_err();
            for (binding, name) in [Binding::Rust, Binding::Node, Binding::C, Binding::Go, Binding::Command]
                .into_iter()
                .zip(shown)
            {
                assert!(error.message_for(binding).starts_with(&format!("{name} is ")), "{binding:?}");
                assert!(error.hint_for(binding).contains(name), "{binding:?}");
                assert!(error.hint_zh_for(binding).contains(name), "{binding:?}");
            }
        }
    }

    /// The name is that of the option that the caller set.
    #[test]
    fn a_redis_address_names_the_redis_option() {
        let names = |binding| render("`storeRedis` is wrong", binding).into_owned();
        assert_eq!(names(Binding::Node), "store is wrong");
        assert_eq!(names(Binding::Go), "WithRedisStore is wrong");
        assert_eq!(names(Binding::C), "wxsign_options_set_store_redis is wrong");
        assert_eq!(names(Binding::Rust), "Store::Redis is wrong");
    }
}
