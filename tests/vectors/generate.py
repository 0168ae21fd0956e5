"""Writes signature.json, the signature vectors that the tests of every binding read.

    python3 tests/vectors/generate.py           write signature.json
    python3 tests/vectors/generate.py --check   exit 1 if the committed file differs

Standard library only, Python 3.9 or later. hashlib is the second implementation here: nothing in
this file may call wxsign, or the vectors would only say that wxsign agrees with itself.
"""

import argparse
import hashlib
import json
import pathlib
import re
import string
import sys

OUTPUT = pathlib.Path(__file__).with_name("signature.json")
MAX_BYTES = 700_000

# The inputs of WeChat's documentation; its result is in DOCUMENTED.
T = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
N = "Wm3WZYTPz0wzccnW"
S = 1414587457
U = "http://mp.weixin.qq.com?params=value"
FIELDS = ("ticket", "nonceStr", "url")

# Signatures that do not come from this file: it is these that make a wrong generator fail.
DOCUMENTED = {
    "official": "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
    "documented-chinese-and-trailing-space": "f247a0f5050498c7a0fd104722273792dd4815df",
    "documented-percent-escapes": "8abebc34b54414282497e98b8750a6cb001114ce",
    # Tickets that developers published with their signatures: those of an app of 企业微信 have '+', '/' and '=='.
    "published-domain-alone": "f4d90daf4b3bca3078ab155816175ba34c443a7b",
    "published-agent-ticket": "b1c9d0cf0cf66f3cccdb254eee8e9c5348169873",
    "published-agent-ticket-milliseconds": "d59457d159117e2a060c4f8271e91ce575d3e428",
    "published-easywechat": "22772d2fb393ab9f7f6a5a54168a566fbf1ab767",
    "published-port-and-two-parameters": "c6f04b64d6351d197b71bd23fb7dd2d44c0db486",
    # Cards and invoices: WeChat's documentation, and the tests of wechatpy.
    "card-documented": "6b81fbf6af16e856334153b39737556063c82689",
    "card-documented-without-its-space": "2b4d29b5f60fa4be37522ddfd9583c329446d3e3",
    "card-documented-earlier": "f137ab68b7f8112d20ee528ab6074564e2796250",
    "card-minimal": "22dce6bad4db532d4a2ef82ca2ca7bbe1e10ef28",
    "card-with-code": "2e9c6d12952246e071717d7baeab20c30420b5cd",
    "card-with-openid": "ded860a5dd4467312764bd86e544ad0579cbfad0",
    "card-with-both": "950dc1842852457ea573d4d6af34879c1ec093c8",
    "invoice": "0236cd81fb5b996568037b893ff989fcb0ad2f0d",
    "wrong-url-reserialised": "f50191877b62b116ef830363a3a613ed652a2d5d",
    "wrong-fragment-kept": "49e882ed1d77a029e6dc50a36da02d15d228293e",
    "wrong-appid-in-front": "2468f5761f7dc75bd5ff3828c7c8e86040bc235b",
    "wrong-ticket-undefined": "d4443edad75a910c12a5c0dcbc876af76569e7a1",
}

COMMENT = (
    "Written by tests/vectors/generate.py: change that, run it, commit both. "
    "vectors: signature is the lowercase hex SHA-1 of the UTF-8 bytes of "
    "jsapi_ticket=T&noncestr=N&timestamp=S&url=U, where U is url up to, not including, its first '#'; "
    "nothing is escaped, trimmed or normalised, and timestamp is an integer from 0 to 2^53-1. "
    "Names that contain NUL hold U+0000 in a field. "
    "wrong: signature is what the mistake makes of these inputs, so it must differ from the right one. "
    "utf16 (for bindings whose strings are UTF-16): the fields as arrays of code units, because most JSON "
    "readers refuse lone surrogates; each lone surrogate is hashed as U+FFFD. "
    "cards: signature is the SHA-1 of the values' UTF-8 bytes, sorted as bytes and joined with nothing."
)

# Printable ASCII but for '#', which would cut the URL that a sweep means to measure.
PRINTABLE = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) != "#")
TICKET_CHARS = string.ascii_letters + string.digits + "-_"


def require(condition, message):
    """Unlike assert, also holds under `python -O`."""
    if not condition:
        sys.exit(f"generate.py: {message}")


def filler(length, seed, alphabet=PRINTABLE):
    """Text from a fixed LCG: Python's own generator may change between versions."""
    state, out = seed, []
    for _ in range(length):
        state = (state * 1103515245 + 12345) % 2**31
        out.append(alphabet[(state >> 16) % len(alphabet)])
    return "".join(out)


def string1(ticket, nonce, timestamp, url):
    """The bytes that are hashed. `url` is taken as it is, so that mistakes can be built from it too."""
    return f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}".encode("utf-8")


def sha1(data):
    return hashlib.sha1(data).hexdigest()


def page(url):
    return url.split("#", 1)[0]


def signed_bytes(row):
    return string1(row["ticket"], row["nonceStr"], row["timestamp"], page(row["url"]))


def vector(name, ticket=T, nonceStr=N, timestamp=S, url=U):  # the key's own spelling
    row = dict(name=name, ticket=ticket, nonceStr=nonceStr, timestamp=timestamp, url=url)
    row["signature"] = sha1(signed_bytes(row))
    return row


def documented():
    yield vector("official")
    yield vector("documented-chinese-and-trailing-space", url="https://example.com/中文?q=+ ")
    yield vector("documented-percent-escapes", url="https://example.com/a%2Fb?x=a%23b")
    yield vector("published-domain-alone", url="http://mp.weixin.qq.com")
    yield vector(
        "published-agent-ticket",
        "XEdpActNnf3XvQGOng9vhA==",
        "4y5riOLJfxKjwjuT",
        1624535037,
        "https://xlscs.wyawds.com/emc/radar/main",
    )
    milliseconds = 1705051362640
    ticket, url = "cjaeBh+/676zBYL4+wFjNA==", "https://pre-data-source.gongxj.com"
    yield vector("published-agent-ticket-milliseconds", ticket, str(milliseconds), milliseconds, url)
    yield vector("published-easywechat", "mock-ticket", "mock-nonce", 1601234567, "https://www.easywechat.com/")
    yield vector(
        "published-port-and-two-parameters",
        "bxLdikRXVbTPdHSM05e5u4RbEYQn7pNQMPrfzl8lJNb1foLDa3HIwI3BRMkQmSO_5F64VFa75uURcq6Uz7QHgA",
        "82693e11-b9bc-448e-892f-f5289f46cd0f",
        1419835025,
        "http://omstest.vmall.com:23568/thirdparty/wechat/vcode/gotoshare?quantity=1&batchName=MATE7",
    )


def fragments():
    site = "https://example.com/a?b=c"
    for name, url in {
        "at-end": site + "#top",
        "empty": site + "#",
        "at-start": "#" + site,
        "alone": "#",
        "several": site + "#one#two##three",
        "doubled": site + "##",
        "hash-bang": "https://example.com/#!/list/1?tab=2",
        "before-query": "https://example.com/#/route?x=1&y=2",
        "on-bare-domain": "https://example.com#x",
        "official-url": U + "#x",
        "not-ascii": site + "#中文😀",
        "after-not-ascii": "https://example.com/中文😀#x",
        "with-NUL": site + "#a\0b",
        "long": site + "#" + filler(3000, 31),
        # These look like a fragment and are not one.
        "encoded-is-kept": site + "%23top",
        "encoded-then-real": site + "%23kept#cut",
        "html-escaped-cuts-inside": site + "&#35;top",
        "fullwidth-is-kept": site + "\uff03top",
        "keycap-cuts-before-combining": site + "#\ufe0f\u20e3",
    }.items():
        yield vector("fragment-" + name, url=url)
    # Only the URL is cut.
    yield vector("fragment-sign-in-ticket-is-kept", ticket="a#b")
    yield vector("fragment-sign-in-nonce-is-kept", nonceStr="a#b")
    yield vector("fragment-sign-in-every-field", ticket="a#b", nonceStr="c#d", url="https://example.com/#e")


def urls():
    """What a URL parser, a web framework or an HTML template likes to rewrite, and sign must not."""
    for name, url in {
        "port": "http://example.com:8080/a",
        "default-port-http": "http://example.com:80/a",
        "default-port-https": "https://example.com:443/",
        "bare-domain": "https://example.com",
        "bare-domain-slash": "https://example.com/",
        "upper-case-scheme-and-host": "HTTPS://Example.COM/Path",
        "dot-segments": "https://example.com/a/./b/../c//d/",
        "empty-query": "https://example.com/a?",
        "two-question-marks": "https://example.com/a?b?c=d",
        "repeated-keys": "https://example.com/?b=2&a=1&b=1&&=",
        "escapes-upper-case": "https://example.com/%E4%B8%AD?x=%2F%3A",
        "escapes-lower-case": "https://example.com/%e4%b8%ad?x=%2f%3a",
        "escapes-broken": "https://example.com/%?x=%G1&y=%4",
        "escapes-doubled": "https://example.com/%252F%2523",
        "escapes-of-plain-letters": "https://example.com/%61%7E~",
        "escaped-nul": "https://example.com/%00",
        "plus": "https://example.com/a+b?q=c+d",
        "spaces": "https://example.com/a b?q=c  d",
        "escaped-space": "https://example.com/a%20b?q=c%20d",
        "space-around": " https://example.com/ ",
        "line-break-after": "https://example.com/\n",
        "tab-in-host": "https://good.com\t.evil.com/",
        "backslash-and-userinfo": "https://evil.com\\@good.com/",
        "userinfo": "https://user:pa%40ss@example.com/",
        "html-amp": "https://example.com/?a=1&amp;b=2",
        "plain-amp": "https://example.com/?a=1&b=2",
        "shared": "https://example.com/?a=1&from=singlemessage&isappinstalled=0",
        "times-tamp": "https://example.com/?a=1×tamp=2",
        "looks-like-string1": "https://example.com/?x=1&noncestr=2&timestamp=3&url=4&jsapi_ticket=5",
        "ipv4": "http://127.0.0.1:3000/",
        "ipv6": "http://[2001:DB8::1]:3000/",
        "chinese-host": "https://例子.测试/路径?键=值",
        "punycode-host": "https://xn--fsqu00a.xn--0zwm56d/",
        "sub-delimiters": "https://example.com/!$&'()*+,;=:@[]|^`{}~",
        "no-url-at-all": "undefined",
    }.items():
        yield vector("url-" + name, url=url)


# Each goes alone into every field: the value starts there (a BOM might be dropped), ends there
# (a space might be trimmed) and is all there is (an empty one might be taken for missing).
TEXTS = {
    "empty": "",
    "one-char": "x",
    "zero": "0",
    "NUL": "\0",
    "NUL-inside": "a\0b",
    "NUL-at-end": "ab\0",
    "controls": "".join(map(chr, range(1, 0x20))) + "\x7f",
    "cr-lf": "a\r\nb",
    "quotes": "\"it's\" `x`",
    "backslashes": "\\ \\\\ \\n \\u0041 C:\\",
    "spaces-around": "  x  ",
    "string1-parts": "a&noncestr=b&timestamp=1&url=c=",
    "format-directives": "%s%n%d %x {} {0} ${x} $1 \\1",
    "html": "&lt;&amp;<b>'\"</b>",
    "U+007F": "\x7f",
    "U+0080": "\x80",  # 2 bytes from here; jssha 1.5.0 is wrong at it, at U+0800 and above U+FFFF
    "U+00E9": "\xe9",
    "U+07FF": "\u07ff",
    "U+0800": "\u0800",  # 3 bytes from here
    "U+D7FF": "\ud7ff",
    "U+E000": "\ue000",
    "U+FFFD": "\ufffd",
    "U+FFFE": "\ufffe",
    "U+FFFF": "\uffff",
    "U+10000": "\U00010000",  # 4 bytes from here
    "U+10FFFF": "\U0010ffff",
    "latin-1": "".join(chr(c) for c in range(0xA0, 0x100)),
    "line-separators": "a\u2028b\u2029c\x85d",
    "no-break-spaces": "\xa0x\u3000",
    "bom-at-start": "\ufeffx",
    "bom-inside": "a\ufeffb",
    "chinese": "中文",
    "emoji": "😀",
    "emoji-zwj": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "composed": "\xe9\uac00",
    "combining": "e\u0301\u1100\u1161",  # the same to the eye as "composed", and other bytes
    "many-combining-marks": "a" + "\u0301\u0323" * 20,
    "right-to-left": "\u05d0\u202eabc\u202c\u0628",
    "casing": "\u0130\u0131\xdf\u017f\u212a",  # each has another length in the other case
    "mixed-widths": "a\x80\u0800\U00010000b",
}


def texts():
    for label, value in TEXTS.items():
        for field in FIELDS:
            yield vector(f"{field}-is-{label}", **{field: value})
        if value:
            yield vector(f"url-holds-{label}", url=f"https://example.com/{value}/x?q={value}&r=1")
    yield vector("every-field-empty", "", "", 0, "")
    yield vector("every-field-one-char", "t", "n", 1, "u")
    yield vector("every-field-chinese", "票", "随机", S, "https://例子.测试/")
    yield vector("every-field-emoji", "😀", "👍", S, "https://example.com/🎉")
    yield vector("every-field-NUL", "\0", "\0", 0, "\0")
    yield vector("ascii-and-latin-1-but-hash-NUL", url="".join(chr(c) for c in range(256) if c != ord("#")))


def timestamps():
    edges = {0, 1, S, S * 1000, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1}
    # Every number of digits, at both ends, up to the largest that a JavaScript number holds.
    for digits in range(1, 17):
        edges |= {10 ** (digits - 1), min(10**digits - 1, 2**53 - 1)}
    for value in sorted(edges):
        yield vector(f"timestamp-{value}", timestamp=value)


def lengths():
    # One-character ticket and nonce keep string1 at 51 bytes without the URL, under the first
    # SHA-1 padding boundary (55 | 56), so that the sweep crosses that one too.
    for n in range(0, 301):
        yield vector(f"url-length-{n}", "t", "n", S, filler(n, 1000 + n))
    for n in [*range(1, 141), 511, 512, 513]:
        yield vector(f"ticket-length-{n}", filler(n, 2000 + n, TICKET_CHARS), "n", S, "https://example.com/")
    for n in [*range(0, 71), 512, 1024]:
        yield vector(f"nonce-length-{n}", "t", filler(n, 3000 + n, TICKET_CHARS), S, "https://example.com/")
    # 2048 is where config() stops; sign() has no limit, and a fixed buffer in a binding would show here.
    for n in (1000, 2047, 2048, 2049, 5000, 20000):
        yield vector(f"url-length-{n}", url=filler(n, 4000 + n))
    # The same edge in bytes, where characters and bytes differ.
    for label, char, count in (("2-byte", "é", 1024), ("3-byte", "中", 683), ("4-byte", "😀", 512)):
        for n in (count - 1, count, count + 1):
            yield vector(f"url-of-{n}-{label}-characters", url=char * n)


WIDTHS = (("2-byte", "é"), ("3-byte", "中"), ("4-byte", "😀"))


def positions():
    base = filler(81, 5000)
    for label, char in WIDTHS:
        for at in range(0, 71):
            yield vector(f"{label}-character-at-{at}", "t", "n", S, base[:at] + char + base[at + 1 : 80])
    for at in range(0, 81):
        yield vector(f"fragment-at-{at}", "t", "n", S, base[:at] + "#" + base[at + 1 :])


def wrong():
    for name, mistake, url, hashed in (
        ("url-reserialised", "a URL parser put a / after the host", U, string1(T, N, S, U.replace("?", "/?"))),
        ("fragment-kept", "the URL was not cut at its first #", U + "#x", string1(T, N, S, U + "#x")),
        (
            "appid-in-front",
            "appid=wx0000000000000000& stands in front of string1",
            U,
            b"appid=wx0000000000000000&" + string1(T, N, S, U),
        ),
        ("ticket-undefined", "the ticket is JavaScript's undefined as text", U, string1("undefined", N, S, U)),
    ):
        row = vector("wrong-" + name, url=url)
        yield {"name": row["name"], "mistake": mistake, **row, "signature": sha1(hashed)}


def code_units(text):
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]


def well_formed(text):
    """Joins the pairs and replaces what is left over, as TextEncoder and Buffer.from do."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return re.sub("[\ud800-\udfff]", "\ufffd", joined)


def utf16():
    site = "https://example.com/"
    for name, fields, hashed in (
        # The control: anything that breaks here breaks whole pairs, not lone surrogates.
        ("well-formed-pair", {"url": site + "\ud83d\ude00"}, {"url": site + "😀"}),
        ("lone-high", {"url": site + "a\ud83db"}, {"url": site + "a\ufffdb"}),
        ("lone-low", {"url": site + "a\ude00b"}, {"url": site + "a\ufffdb"}),
        ("reversed-pair", {"url": site + "\ude00\ud83dz"}, {"url": site + "\ufffd\ufffdz"}),
        ("high-at-end", {"url": site + "\ud83d"}, {"url": site + "\ufffd"}),
        ("low-at-start", {"url": "\ude00" + site}, {"url": "\ufffd" + site}),
        ("lone-high-alone", {"url": "\ud800"}, {"url": "\ufffd"}),
        ("lone-low-alone", {"url": "\udfff"}, {"url": "\ufffd"}),
        ("high-high-low", {"url": site + "\ud83d\ud83d\ude00"}, {"url": site + "\ufffd😀"}),
        ("high-low-low", {"url": site + "\ud83d\ude00\ude00"}, {"url": site + "😀\ufffd"}),
        ("high-before-not-ascii", {"url": site + "\udbff中"}, {"url": site + "\ufffd中"}),
        ("high-before-fragment", {"url": site + "\ud83d#x"}, {"url": site + "\ufffd"}),
        ("pair-split-by-fragment", {"url": site + "\ud83d#\ude00"}, {"url": site + "\ufffd"}),
        ("lone-in-fragment", {"url": site + "#\ud83d"}, {"url": site}),
        ("ticket-high-at-end", {"ticket": "t\ud83d"}, {"ticket": "t\ufffd"}),
        ("nonce-low-at-start", {"nonceStr": "\ude00n"}, {"nonceStr": "\ufffdn"}),
    ):
        row = vector(name, **{field: well_formed(text) for field, text in fields.items()})
        # `hashed` was written by hand: two ways to the same bytes, or the file is not written.
        require(row["signature"] == vector(name, **hashed)["signature"], f"{name}: U+FFFD went wrong")
        yield {
            "name": name,
            **{f"{field}_utf16": code_units(fields.get(field, row[field])) for field in FIELDS},
            "timestamp": row["timestamp"],
            "signature": row["signature"],
        }


def card(name, *values):
    hashed = b"".join(sorted(value.encode("utf-8") for value in values))
    return {"name": name, "values": list(values), "signature": sha1(hashed)}


def cards():
    documented = ["jonyqin_1434008071", "1404896688", "pjZ8Yt1XGILfi-FUsewpnnolGgZk", "ojZ8YtyVyr30HheH3CM73y7h4jJE"]
    yield card("card-documented", *documented[:3], documented[3] + " ", "jonyqin")
    yield card("card-documented-without-its-space", *documented, "jonyqin")
    yield card("card-documented-earlier", "1434008071", *documented[1:], "123")
    for name, code, openid in (
        ("card-minimal", "", ""),
        ("card-with-code", "random_code", ""),
        ("card-with-openid", "", "random_openid"),
        ("card-with-both", "random_code", "random_openid"),
    ):
        yield card(name, T, N, str(S), "random_card_id", code, openid)
    yield card("invoice", "INVOICE", str(S), "wx0000000000000000", N, T)
    yield card("card-no-value")
    yield card("card-equal-values", "a", "a", "", "a")
    # Sorted by bytes: not by a language's rules, not by UTF-16 code units.
    yield card("card-case-and-punctuation", "a", "B", "_", "-", "1", "10", "9", "Z", "z")
    yield card("card-beyond-ascii", "é", "z", "中", "文", "\uffee", "😀")


def verify(document):
    """Holds the file to the values that come from elsewhere and to what it claims to cover."""
    vectors, mistakes = document["vectors"], document["wrong"]
    rows = vectors + mistakes + document["utf16"] + document["cards"]
    signatures = {row["name"]: row["signature"] for row in rows}
    require(len(signatures) == len(rows), "a name occurs twice")
    for name, expected in DOCUMENTED.items():
        require(signatures.get(name) == expected, f"{name}: {signatures.get(name)}, documented {expected}")
    for row in mistakes:
        require(row["signature"] != sha1(signed_bytes(row)), f"{row['name']} is not wrong")
    require(signatures["url-is-composed"] != signatures["url-is-combining"], "text was normalised")

    for row in vectors:
        require(0 <= row["timestamp"] < 2**53, f"{row['name']}: timestamp out of range")
        holds_nul = any("\0" in row[field] for field in FIELDS)
        require(holds_nul == ("NUL" in row["name"]), f"{row['name']}: the name must say NUL, and only then")

    # SHA-1 pads inside a block up to 55 bytes and needs one more from 56: each residue, and both
    # sides of both edges in the first blocks.
    byte_lengths = {len(signed_bytes(row)) for row in vectors}
    require({n % 64 for n in byte_lengths} == set(range(64)), "a length modulo 64 is missing")
    edges = {64 * block + edge for block in range(5) for edge in (55, 56, 57, 63, 64, 65)}
    require(edges <= byte_lengths, f"lengths missing: {sorted(edges - byte_lengths)}")
    # A character of each width with its first byte at the end of a block and the rest in the next.
    for label, char in WIDTHS:
        starts = {signed_bytes(r).find(char.encode()) % 64 for r in vectors if r["name"].startswith(label)}
        require(set(range(64)) <= starts, f"{label}: not at every place in a block")


def render(document):
    """One row a line, so that a diff shows which vectors changed."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in value)
            parts.append(f'"{key}": [\n{lines}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value, ensure_ascii=True)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    parser = argparse.ArgumentParser(description="Writes the signature vectors.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file, write nothing")
    check = parser.parse_args().check

    families = (documented, fragments, urls, texts, timestamps, lengths, positions)
    document = {
        "comment": COMMENT,
        "vectors": [row for family in families for row in family()],
        "wrong": list(wrong()),
        "utf16": list(utf16()),
        "cards": list(cards()),
    }
    verify(document)
    text = render(document)
    require(json.loads(text) == document, "the file does not read back as it was written")
    require(len(text) <= MAX_BYTES, f"{len(text)} bytes, more than {MAX_BYTES}")

    if check:
        # Text mode, so that a checkout with CRLF line ends is not taken for another file.
        committed = OUTPUT.read_text(encoding="ascii") if OUTPUT.exists() else None
        require(committed == text, f"{OUTPUT.name} is not what this generator writes; run it without --check")
        return
    # Not write_text: its newline argument came with Python 3.10.
    OUTPUT.write_bytes(text.encode("ascii"))
    counts = ", ".join(f"{len(document[key])} {key}" for key in ("vectors", "wrong", "utf16", "cards"))
    print(f"{OUTPUT.name}: {counts}, {len(text)} bytes")


if __name__ == "__main__":
    main()
