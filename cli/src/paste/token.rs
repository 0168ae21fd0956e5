//! Takes JSON, JavaScript and the notation of logs apart.

/// A piece of JSON or JavaScript.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    Word(String),
    Mark(char),
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(tail) = rest.strip_prefix("//") {
            rest = tail.find('\n').and_then(|end| tail.get(end..)).unwrap_or_default();
        } else if first.is_whitespace() {
            rest = rest.trim_start();
        } else if let Some(end) = closing(first) {
            let (value, tail) = quoted(rest, end);
            tokens.push(Token::Text(value));
            rest = tail;
        } else if first.is_alphanumeric() || "_$.-%+/\\".contains(first) {
            let is_url = ["http://", "https://", "file://"].iter().any(|scheme| rest.starts_with(scheme));
            // `url=https://…` without spaces is a name, a mark and a URL.
            let name = rest.find('=').filter(|at| {
                let is_before_url = rest.get(at + 1..).is_some_and(|tail| tail.starts_with("http"));
                let is_name =
                    |name: &str| name.chars().all(|char| char.is_alphanumeric() || "_$.".contains(char));
                is_before_url && rest.get(..*at).is_some_and(is_name)
            });
            if let Some((word, tail)) = name.and_then(|at| rest.split_at_checked(at)) {
                tokens.push(Token::Word(word.to_owned()));
                rest = tail;
                continue;
            }
            let is_end = |char: char| {
                char.is_whitespace()
                    || "\"'`".contains(char)
                    || (!is_url && !char.is_alphanumeric() && !"_$.-%+/=".contains(char))
            };
            let end = rest.find(is_end).filter(|end| *end > 0).unwrap_or(if is_url {
                rest.len()
            } else {
                first.len_utf8()
            });
            let end = if rest.find(is_end).is_none() { rest.len() } else { end };
            let (word, tail) = rest.split_at(end);
            let (word, tail) = if is_url { trim_url(word, tail, rest) } else { (word, tail) };
            tokens.push(Token::Word(word.to_owned()));
            rest = tail;
        } else {
            tokens.push(Token::Mark(match first {
                '：' => ':',
                '＝' => '=',
                other => other,
            }));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    tokens
}

/// A bare URL ends before the comma or bracket of the object around it.
fn trim_url<'a>(word: &'a str, tail: &'a str, rest: &'a str) -> (&'a str, &'a str) {
    let trimmed = word.trim_end_matches([',', ';', '}', ']', ')']);
    if trimmed.len() == word.len() { (word, tail) } else { rest.split_at(trimmed.len()) }
}

/// The quote that ends what this one begins; chats make Chinese ones of them.
fn closing(quote: char) -> Option<char> {
    match quote {
        '"' | '\'' | '`' => Some(quote),
        '“' | '”' => Some('”'),
        '‘' | '’' => Some('’'),
        _ => None,
    }
}

fn quoted(text: &str, quote: char) -> (String, &str) {
    let body = text.get(quote.len_utf8()..).unwrap_or_default();
    let mut is_escaped = false;
    for (at, char) in body.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if char == '\\' {
            is_escaped = true;
        } else if char == quote {
            let raw = body.get(..at).unwrap_or_default();
            let json = format!("\"{}\"", raw.replace("\\'", "'").replace("\\`", "`"));
            let value =
                if quote == '"' || !raw.contains('"') { serde_json::from_str(&json).ok() } else { None };
            return (
                value.unwrap_or_else(|| raw.to_owned()),
                body.get(at + quote.len_utf8()..).unwrap_or_default(),
            );
        }
    }
    (body.trim().to_owned(), "")
}
