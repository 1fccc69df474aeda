//! JSON, base 64 and 32, checksums.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::print::{JsonForm, json};
use super::super::value::Value;
use super::{Call, Filter, Outcome};

const ESCAPED: JsonForm = JsonForm {
    indent: None,
    escape_html: true,
};
const RAW: JsonForm = JsonForm {
    indent: None,
    escape_html: false,
};
const PRETTY: JsonForm = JsonForm {
    indent: Some(2),
    escape_html: true,
};

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "toJson" | "to_json" | "mustToJson" | "json" | "inspect" => {
            Filter::new(1, |call| Ok(Value::text(json(call.arg(0), ESCAPED))))
        }
        "toPrettyJson" | "mustToPrettyJson" => Filter::new(1, |call| Ok(Value::text(json(call.arg(0), PRETTY)))),
        "toRawJson" | "mustToRawJson" => Filter::new(1, |call| Ok(Value::text(json(call.arg(0), RAW)))),
        "fromJson" | "from_json" => Filter::new(1, |call| from_json(call, false)),
        "mustFromJson" => Filter::new(1, |call| from_json(call, true)),
        "b64enc" => Filter::new(1, |call| Ok(Value::text(STANDARD.encode(call.text(0).as_bytes())))),
        "b64dec" => Filter::new(1, |call| {
            let text: String = call.text(0).chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
            decoded(call, STANDARD.decode(text).ok(), "base 64")
        }),
        "b32enc" => Filter::new(1, |call| Ok(Value::text(base32(call.text(0).as_bytes())))),
        "b32dec" => Filter::new(1, |call| {
            let bytes = from_base32(&call.text(0));
            decoded(call, bytes, "base 32")
        }),
        "sha256sum" | "sha26sum" => Filter::new(1, |call| {
            Ok(Value::text(hex::encode(Sha256::digest(call.text(0).as_bytes()))))
        }),
        "sha1sum" => Filter::new(1, |call| {
            Ok(Value::text(hex::encode(Sha1::digest(call.text(0).as_bytes()))))
        }),
        "sha512sum" => Filter::new(1, |call| {
            Ok(Value::text(hex::encode(Sha512::digest(call.text(0).as_bytes()))))
        }),
        "adler32sum" => Filter::new(1, |call| Ok(Value::text(adler32(call.text(0).as_bytes()).to_string()))),
        _ => return None,
    })
}

fn from_json(call: &mut Call<'_>, must: bool) -> Outcome {
    let text = call.text(0);
    call.make(text.len().saturating_mul(32))?;
    match serde_json::from_str(&text) {
        Ok(json) => Value::from_json(&json),
        // The place is told, the text is not: it may be a secret.
        Err(error) if must => call.refuse(&format!(
            "takes JSON, and this is none at its line {}, column {}",
            error.line(),
            error.column()
        )),
        Err(_) => Ok(Value::Nil),
    }
}

fn decoded(call: &Call<'_>, bytes: Option<Vec<u8>>, form: &str) -> Outcome {
    match bytes.map(String::from_utf8) {
        Some(Ok(text)) => Ok(Value::text(text)),
        Some(Err(_)) => call.refuse("gives bytes that are no text"),
        None => call.refuse(&format!("takes {form}, and this is none")),
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let bits = (0..5).fold(0_u64, |bits, index| {
            bits << 8 | u64::from(chunk.get(index).copied().unwrap_or(0))
        });
        let digits = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let digit = usize::try_from(bits >> (35 - 5 * index) & 31).unwrap_or(0);
            text.push(if index < digits { char::from(BASE32[digit]) } else { '=' });
        }
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !text.len().is_multiple_of(8) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 8 * 5);
    let chunks = text.len() / 8;
    for (index, chunk) in text.chunks(8).enumerate() {
        let digits = chunk.iter().take_while(|b| **b != b'=').count();
        let padded = chunk.iter().skip(digits).all(|b| *b == b'=');
        let full = digits == 8 || (index + 1 == chunks && matches!(digits, 2 | 4 | 5 | 7));
        if !padded || !full {
            return None;
        }
        let mut bits = 0_u64;
        for place in 0..8 {
            let digit = chunk.get(place).filter(|_| place < digits);
            let value = match digit {
                Some(digit) => BASE32.iter().position(|known| known == digit)?,
                None => 0,
            };
            bits = bits << 5 | u64::try_from(value).ok()?;
        }
        bytes.extend_from_slice(bits.to_be_bytes().get(3..3 + digits * 5 / 8)?);
    }
    Some(bytes)
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (a + b) % 65521)
    });
    b << 16 | a
}
