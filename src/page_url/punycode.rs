//! The ASCII form of an international host name (RFC 3492), to name it in an error.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;

/// `例子.测试:8443` as `xn--fsqu00a.xn--0zwm56d:8443`. None if a label is too long to be one. As in
/// browsers, a full-width character counts as its ASCII one, and a full stop of Chinese as a dot.
pub(super) fn to_ascii(address: &str) -> Option<String> {
    let narrow = |c: char| match c {
        '。' | '｡' => '.',
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let address: String = address.chars().map(narrow).collect();
    let address = address.as_str();
    let (host, port) = address.find(':').map_or((address, ""), |colon| address.split_at(colon));
    let labels = host.split('.').map(|label| {
        if label.is_ascii() {
            return Some(label.to_ascii_lowercase());
        }
        let label: Vec<char> = label.chars().flat_map(char::to_lowercase).take(64).collect();
        encode(&label).map(|code| format!("xn--{code}")).filter(|label| label.len() <= 63)
    });
    labels.collect::<Option<Vec<_>>>().map(|labels| labels.join(".") + port)
}

fn encode(label: &[char]) -> Option<String> {
    let mut out: String = label.iter().filter(|c| c.is_ascii()).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut done) = (128, 0_u32, 72, basic);
    while usize::try_from(done).ok()? < label.len() {
        let next = label.iter().map(|&c| u32::from(c)).filter(|&c| c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(done + 1)?)?;
        n = next;
        for code in label.iter().map(|&c| u32::from(c)) {
            if code < n {
                delta += 1;
            }
            if code == n {
                write(delta, bias, &mut out)?;
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    Some(out)
}

/// Writes a number with digits of a variable base.
fn write(mut number: u32, bias: u32, out: &mut String) -> Option<()> {
    for step in 1.. {
        let threshold = (step * BASE).saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < threshold {
            break;
        }
        out.push(digit(threshold + (number - threshold) % (BASE - threshold))?);
        number = (number - threshold) / (BASE - threshold);
    }
    out.push(digit(number)?);
    Some(())
}

fn digit(value: u32) -> Option<char> {
    b"abcdefghijklmnopqrstuvwxyz0123456789".get(usize::try_from(value).ok()?).map(|&byte| char::from(byte))
}

fn adapt(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut bias = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        bias += BASE;
    }
    bias + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_names_have_an_ascii_form() {
        for (name, ascii) in [
            ("例子.测试", "xn--fsqu00a.xn--0zwm56d"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("中国", "xn--fiqs8s"),
            ("公司.cn", "xn--55qx5d.cn"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("plain.example", "plain.example"),
            ("例子。测试", "xn--fsqu00a.xn--0zwm56d"),
            ("Ｍ．example。cn", "m.example.cn"),
        ] {
            assert_eq!(to_ascii(name).as_deref(), Some(ascii), "{name}");
        }
        assert_eq!(to_ascii("*.例子.测试:8443").as_deref(), Some("*.xn--fsqu00a.xn--0zwm56d:8443"));
        assert_eq!(to_ascii(&"例".repeat(200)), None);
    }
}
