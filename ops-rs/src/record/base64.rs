//! Standard base64 with padding: for bytes that are no text, and for secrets in that disguise.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes in base64.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default())
        });
        for at in 0..4_usize {
            if at <= chunk.len() {
                let index = (bits >> (18 - 6 * at) & 63) as usize;
                out.extend(ALPHABET.get(index).map(|b| char::from(*b)));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// The bytes; `None` if this is no base64.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|b| **b == b'=').count();
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.chunks(4) {
        let mut bits = 0_u32;
        for byte in chunk {
            let value = match byte {
                b'=' => 0,
                byte => ALPHABET.iter().position(|b| b == byte)? as u32,
            };
            bits = bits << 6 | value;
        }
        out.extend_from_slice(bits.to_be_bytes().get(1..)?);
    }
    let inner_padding = text.iter().rev().skip(padding).any(|b| *b == b'=');
    if padding > 2 || inner_padding {
        return None;
    }
    out.truncate(out.len() - padding);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_a_round_trip() {
        for (text, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(encode(text.as_bytes()), coded);
            assert_eq!(decode(coded).unwrap(), text.as_bytes());
        }
        for wrong in ["Zg", "Z===", "Z=g=", "Zg==Zg==", "Zm9*"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
