//! The server's side of RFC 6455: the accept key, and frames. It must not know what they carry.

/// A frame from the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Close,
    Ping(Vec<u8>),
    /// A pong, or a continuation: nothing that anybody waits for here.
    Other,
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// No client sends frames of this size.
const FRAME_LIMIT: usize = 64 * 1024 * 1024;

/// Takes one whole frame off the start; `None` if there is not enough, an error if it is none.
pub(crate) fn take(bytes: &mut Vec<u8>) -> Result<Option<Frame>, ()> {
    let (Some(first), Some(second)) = (bytes.first().copied(), bytes.get(1).copied()) else {
        return Ok(None);
    };
    // Clients must mask, and nobody has agreed on an extension.
    if second & 0x80 == 0 || first & 0x70 != 0 {
        return Err(());
    }
    let length_bytes = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some(extended) = bytes.get(2..2 + length_bytes) else { return Ok(None) };
    let length = match length_bytes {
        0 => usize::from(second & 0x7f),
        _ => extended
            .iter()
            .try_fold(0_usize, |length, byte| {
                length.checked_mul(256)?.checked_add(usize::from(*byte))
            })
            .ok_or(())?,
    };
    if length > FRAME_LIMIT {
        return Err(());
    }
    let start = 2 + length_bytes + 4;
    let (Some(mask), Some(payload)) =
        (bytes.get(start - 4..start), bytes.get(start..start + length))
    else {
        return Ok(None);
    };
    let payload: Vec<u8> =
        payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    bytes.drain(..start + length);
    Ok(Some(match first & 0x0f {
        TEXT => Frame::Text(payload),
        BINARY => Frame::Binary(payload),
        CLOSE => Frame::Close,
        PING => Frame::Ping(payload),
        _ => Frame::Other,
    }))
}

pub(crate) fn text(payload: &str) -> Vec<u8> {
    frame(TEXT, payload.as_bytes())
}

pub(crate) fn binary(payload: &[u8]) -> Vec<u8> {
    frame(BINARY, payload)
}

pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PONG, payload)
}

pub(crate) fn close() -> Vec<u8> {
    // 1000: a normal end.
    frame(CLOSE, &1000_u16.to_be_bytes())
}

fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ 0..=125), _) => bytes.push(length),
        (_, Ok(length)) => {
            bytes.push(126);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// The answer to a client's key. Libraries check it, although it proves nothing here.
pub(super) fn accept(key: &str) -> String {
    base64(&sha1(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = usize::try_from(group >> (18 - 6 * place) & 0x3f).unwrap_or_default();
            let letter = ALPHABET.get(index).copied().unwrap_or(b'=');
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

fn sha1(message: &[u8]) -> Vec<u8> {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    let bits = u64::try_from(message.len()).unwrap_or_default() * 8;
    padded.extend_from_slice(&bits.to_be_bytes());
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded.chunks(64) {
        let word = |bytes: &[u8]| bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let mut words: Vec<u32> = block.chunks(4).map(word).collect();
        for at in 16..80 {
            let earlier = |back: usize| words.get(at - back).copied().unwrap_or_default();
            words.push((earlier(3) ^ earlier(8) ^ earlier(14) ^ earlier(16)).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (round, word) in words.into_iter().enumerate() {
            let (mix, constant) = match round {
                0..20 => (b & c | !b & d, 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(mix)
                .wrapping_add(e)
                .wrapping_add(constant)
                .wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_is_that_of_the_standard() {
        // RFC 6455, section 1.3.
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_masked_frame_is_taken_when_it_is_whole() {
        // RFC 6455, section 5.7.
        let whole = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0xff];
        for cut in 0..11 {
            assert_eq!(take(&mut whole[..cut].to_vec()), Ok(None));
        }
        let mut bytes = whole.to_vec();
        assert_eq!(take(&mut bytes), Ok(Some(Frame::Text(b"Hello".to_vec()))));
        assert_eq!(bytes, [0xff]);
    }

    #[test]
    fn frames_are_written_with_the_length_that_fits() {
        // RFC 6455, sections 5.2 and 5.7.
        assert_eq!(text("Hello"), [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(pong(b"Hello"), [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(close(), [0x88, 0x02, 0x03, 0xe8]);
        for (length, head) in [
            (125, vec![0x82, 125]),
            (126, vec![0x82, 126, 0, 126]),
            (256, vec![0x82, 126, 1, 0]),
            (65_536, vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let frame = binary(&vec![7; length]);
            assert_eq!((&frame[..head.len()], frame.len()), (&head[..], head.len() + length));
        }
    }

    #[test]
    fn an_unmasked_or_boundless_frame_is_refused() {
        assert_eq!(take(&mut vec![0x81, 0x05, 0, 0]), Err(()));
        let mut boundless = vec![0x82, 0xff];
        boundless.extend([0xff; 12]);
        assert_eq!(take(&mut boundless), Err(()));
    }
}
