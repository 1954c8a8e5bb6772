//! An `.xz` file whose content is stored, not compressed.
//!
//! LZMA2 has a chunk for data that does not compress: three bytes of header and the data. A file made of
//! such chunks alone needs no compressor, and every reader of `.xz` takes it.
//!
//! Contract: "The .xz File Format", version 1.2.1, of the XZ Utils; the sections are named below.

/// The most that a chunk holds.
const CHUNK: usize = 1 << 16;

/// Puts `data` into an `.xz` file of one block.
pub(super) fn store(data: &[u8]) -> Vec<u8> {
    const MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
    // 2.1.1.2: the check is a CRC32.
    const FLAGS: [u8; 2] = [0, 1];
    let mut file = MAGIC.to_vec();
    sealed(&mut file, &FLAGS);

    // 3.1: the header is (2 + 1) * 4 bytes with its CRC32, of one filter: LZMA2, whose one property says that
    // the dictionary has 64 KiB.
    let header_starts = file.len();
    sealed(&mut file, &[2, 0, 0x21, 1, 8, 0, 0, 0]);
    for (at, chunk) in data.chunks(CHUNK).enumerate() {
        // The first one resets the dictionary.
        file.push(if at == 0 { 1 } else { 2 });
        let last = u16::try_from(chunk.len() - 1).unwrap_or(u16::MAX);
        file.extend_from_slice(&last.to_be_bytes());
        file.extend_from_slice(chunk);
    }
    file.push(0);
    let unpadded = file.len() - header_starts + 4;
    pad(&mut file);
    file.extend_from_slice(&crc32(data).to_le_bytes());

    // 4: the index, of one record.
    let mut index = vec![0, 1];
    number(&mut index, unpadded);
    number(&mut index, data.len());
    pad(&mut index);
    sealed(&mut file, &index);

    // 2.1.2: the footer, whose CRC32 stands first. The size counts the index with its CRC32.
    let backward = u32::try_from(index.len() / 4).unwrap_or(u32::MAX);
    let footer = [&backward.to_le_bytes()[..], &FLAGS].concat();
    file.extend_from_slice(&crc32(&footer).to_le_bytes());
    file.extend_from_slice(&footer);
    file.extend_from_slice(b"YZ");
    file
}

/// Appends bytes and their CRC32.
fn sealed(file: &mut Vec<u8>, bytes: &[u8]) {
    file.extend_from_slice(bytes);
    file.extend_from_slice(&crc32(bytes).to_le_bytes());
}

/// To a multiple of four.
fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// 1.2: seven bits in each byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The CRC32 of IEEE 802.3, bit by bit: a few kilobytes of dashboard need no table.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_that_of_the_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    /// The fixtures say what liblzma unpacked these very bytes to: see `make.py` beside them.
    #[test]
    fn liblzma_unpacked_these_very_bytes() {
        for line in include_str!("../../fixtures/grafana_dashboard/stored.txt").lines() {
            let (length, hex) = line.split_once(' ').unwrap();
            let data: Vec<u8> =
                (0..length.parse().unwrap()).map(|at: usize| (at % 251) as u8).collect();
            let file: String = store(&data).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(crc32(file.as_bytes()).to_string(), hex, "{length} bytes");
        }
    }
}
