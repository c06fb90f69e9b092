// An implementation of pith-open-graph-merge-v1 that is not written yet.
//
// It speaks version 2 of the conformance protocol, and refuses whatever it is asked:
//
//     rustc -O -o stub stub.rs
//     pithmerge conform smoke --impl ./stub
//
// Write `canonicalize` first, by SPEC.md 1. `Json` below keeps numbers as they are written, which is
// what the rules need; it serves the requests, not the documents in them: it takes repeated members,
// and any depth up to its own limit. Traps of serde_json: it reads numbers as f64 and repeated
// members as one, unless told otherwise.

use std::io::{self, BufRead, Write};

/// A JSON value; a number is its text, and an object a list, for members may come twice.
#[derive(Debug)]
#[allow(dead_code)]
enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Why there is no result.
#[allow(dead_code)]
enum Problem {
    /// SPEC.md refuses it.
    Refused(String),
    /// A mistake of this program.
    Failed(String),
}

/// The members of a result, their values as JSON texts; `quoted` makes one of a string.
type Members = Vec<(&'static str, String)>;
type Answer = Result<Members, Problem>;

/// json_b64 -> canonical_b64, sha256 (SPEC 1.1).
fn canonicalize(_request: &Json) -> Answer {
    Err(Problem::Refused("canonicalize is not written yet".into()))
}

/// pith_number, keys or keys_b64, source_aliases or source_aliases_b64, verify_signatures,
/// events_b64 -> state_b64 (SPEC 8.2).
fn merge(_request: &Json) -> Answer {
    Err(Problem::Refused("merge is not written yet".into()))
}

/// document_b64, keys or keys_b64 -> holds, and equivocations_b64 or reason (SPEC 11.7).
fn evidence(_request: &Json) -> Answer {
    Err(Problem::Refused("evidence is not written yet".into()))
}

/// document_b64, keys or keys_b64 -> report_b64 (SPEC 10.7).
fn verify(_request: &Json) -> Answer {
    Err(Problem::Refused("verify is not written yet".into()))
}

/// as_of, and what merge takes -> state_b64 (SPEC 8.9).
fn view(_request: &Json) -> Answer {
    Err(Problem::Refused("view is not written yet".into()))
}

/// metadata_b64 -> canonical_record, canonical_sha256, pith_number (SPEC 2.9).
fn number(_request: &Json) -> Answer {
    Err(Problem::Refused("number is not written yet".into()))
}

fn run(request: &Json) -> String {
    let answer = match request.text("op") {
        Some("canonicalize") => canonicalize(request),
        Some("merge") => merge(request),
        Some("evidence") => evidence(request),
        Some("verify") => verify(request),
        Some("view") => view(request),
        Some("number") => number(request),
        _ => Err(Problem::Failed("no such op".into())),
    };
    let said = match answer {
        Ok(members) => ("result", members),
        Err(Problem::Refused(why)) => ("result", vec![("refused", quoted(&why))]),
        Err(Problem::Failed(message)) => {
            ("failed", vec![("message", quoted(&message)), ("traceback", quoted(""))])
        }
    };
    let seq = match request.member("seq") {
        Some(Json::Number(number)) => number.clone(),
        _ => "null".into(),
    };
    object(&[("seq", seq), (said.0, object(&said.1))])
}

fn hello(request: &Json) -> String {
    let is_first = matches!(request.member("protocol"), Some(Json::Number(n)) if n == "1");
    let (version, ops) = match is_first {
        true => ("1", r#"["canonicalize","merge"]"#),
        false => ("2", r#"["canonicalize","merge","evidence","verify","view","number"]"#),
    };
    let about = [("name", "stub"), ("version", "0"), ("language", "Rust"), ("source", "here")];
    let about: Members = about.iter().map(|(name, value)| (*name, quoted(value))).collect();
    object(&[("protocol", version.into()), ("implementation", object(&about)), ("ops", ops.into())])
}

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut line = Vec::new();
    while { line.clear(); input.read_until(b'\n', &mut line)? } > 0 {
        let request = Json::read(&line).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        let answer = match request.text("cmd") {
            Some("bye") => break,
            Some("hello") => hello(&request),
            _ => run(&request),
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

impl Json {
    /// The value of one document; white space around it is allowed.
    fn read(data: &[u8]) -> Result<Json, String> {
        let text = std::str::from_utf8(data).map_err(|error| error.to_string())?;
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        match reader.peek() {
            None => Ok(value),
            Some(_) => reader.no("more than one value"),
        }
    }

    /// The first member of that name.
    fn member(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(each, _)| each == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The first member of that name, if it is a string.
    fn text(&self, name: &str) -> Option<&str> {
        match self.member(name) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// A request nests its aliases two levels down.
const MAX_DEPTH: usize = 160;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn no<T>(&self, why: &str) -> Result<T, String> {
        Err(format!("{why} at byte {}", self.at))
    }

    /// The next byte that is no white space, which stays there.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.peek() != Some(byte) {
            return self.no(&format!("{:?} expected", byte as char));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > MAX_DEPTH {
            return self.no("nested too deep");
        }
        match self.peek() {
            Some(b'{') => {
                let mut members = Vec::new();
                self.items(b'{', b'}', |reader| {
                    if reader.peek() != Some(b'"') {
                        return reader.no("a member name expected");
                    }
                    let name = reader.string()?;
                    reader.expect(b':')?;
                    members.push((name, reader.value(depth + 1)?));
                    Ok(())
                })?;
                Ok(Json::Object(members))
            }
            Some(b'[') => {
                let mut values = Vec::new();
                self.items(b'[', b']', |reader| Ok(values.push(reader.value(depth + 1)?)))?;
                Ok(Json::List(values))
            }
            Some(b'"') => Ok(Json::Text(self.string()?)),
            _ => self.word(),
        }
    }

    /// What stands between brackets, with commas between.
    fn items<F>(&mut self, open: u8, close: u8, mut item: F) -> Result<(), String>
    where
        F: FnMut(&mut Self) -> Result<(), String>,
    {
        self.expect(open)?;
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.expect(close),
            }
        }
    }

    /// null, true, false, or a number: as far as letters, digits and signs go.
    fn word(&mut self) -> Result<Json, String> {
        let rest = &self.text[self.at..];
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c));
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let value = match word {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ if is_number(word) => Json::Number(word.into()),
            _ => return self.no("no JSON value"),
        };
        self.at += word.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut result = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') else {
                return self.no("a string without an end");
            };
            result.push_str(&rest[..end]);
            self.at += end + 1;
            match rest.as_bytes()[end] {
                b'"' => return Ok(result),
                b'\\' => result.push(self.escape()?),
                _ => return self.no("a control character in a string"),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, String> {
        let letter = self.text.as_bytes().get(self.at).copied();
        self.at += 1;
        match letter {
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(letter @ (b'"' | b'\\' | b'/')) => Ok(letter as char),
            Some(b'u') => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let low = self.hex()?.wrapping_sub(0xdc00);
                    code = if low < 0x400 { 0x10000 + ((code - 0xd800) << 10) + low } else { code };
                }
                char::from_u32(code).map_or_else(|| self.no("a lone surrogate"), Ok)
            }
            _ => self.no("no escape"),
        }
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or("");
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.no("four hexadecimal digits expected");
        }
        self.at += 4;
        Ok(u32::from_str_radix(digits, 16).expect("they are digits"))
    }
}

/// -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.map_or(true, digits)
        && exponent.map_or(true, |text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

/// An object as JSON, of members whose values are JSON already.
fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// A string as JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c < ' ' => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
