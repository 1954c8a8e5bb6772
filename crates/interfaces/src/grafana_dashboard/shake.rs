//! SHAKE-256 (FIPS 202), for names that other charms compute too. Nothing here keeps a secret.

/// Bytes that one round of the sponge takes in.
const RATE: usize = 136;

/// The first `length` bytes (at most 136) of the digest, as lower-case hexadecimal digits.
pub(super) fn hex(input: &[u8], length: usize) -> String {
    let mut state = [0_u64; 25];
    let mut padded = input.to_vec();
    padded.push(0x1f);
    padded.resize(padded.len().next_multiple_of(RATE), 0);
    if let Some(last) = padded.last_mut() {
        *last |= 0x80;
    }
    for block in padded.chunks(RATE) {
        for (lane, word) in state.iter_mut().zip(block.chunks(8)) {
            let word = word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            *lane ^= word;
        }
        permute(&mut state);
    }
    let digest = state.iter().flat_map(|lane| lane.to_le_bytes());
    digest.take(length.min(RATE)).map(|byte| format!("{byte:02x}")).collect()
}

const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Where each lane goes and by how much it turns, along the path on which rho and pi visit them.
const PATH: [(usize, u32); 24] = [
    (10, 1),
    (7, 3),
    (11, 6),
    (17, 10),
    (18, 15),
    (3, 21),
    (5, 28),
    (16, 36),
    (8, 45),
    (21, 55),
    (24, 2),
    (4, 14),
    (15, 27),
    (23, 41),
    (19, 56),
    (13, 8),
    (12, 25),
    (2, 43),
    (20, 62),
    (14, 18),
    (22, 39),
    (9, 61),
    (6, 20),
    (1, 44),
];

/// Keccak-f[1600]. Every index is a constant or less than 25.
#[expect(clippy::indexing_slicing, reason = "every index is a remainder or a constant below 25")]
fn permute(state: &mut [u64; 25]) {
    for round in ROUNDS {
        let mut columns = [0_u64; 5];
        for (at, lane) in state.iter().enumerate() {
            columns[at % 5] ^= lane;
        }
        for (at, lane) in state.iter_mut().enumerate() {
            *lane ^= columns[(at + 4) % 5] ^ columns[(at + 1) % 5].rotate_left(1);
        }
        let mut carried = state[1];
        for (to, turn) in PATH {
            carried = std::mem::replace(&mut state[to], carried.rotate_left(turn));
        }
        for row in state.chunks_mut(5) {
            let before = [row[0], row[1], row[2], row[3], row[4]];
            for (at, lane) in row.iter_mut().enumerate() {
                *lane ^= !before[(at + 1) % 5] & before[(at + 2) % 5];
            }
        }
        state[0] ^= round;
    }
}

#[cfg(test)]
mod tests {
    use super::hex;

    /// What Python's `hashlib.shake_256(..).hexdigest(..)` says, around the borders of a block too.
    #[test]
    fn it_is_what_hashlib_says() {
        for line in include_str!("../../fixtures/grafana_dashboard/shake256.txt").lines() {
            let (length, digest) = line.split_once(' ').unwrap();
            let length: usize = length.parse().unwrap();
            let input: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
            assert_eq!(hex(&input, 32), digest, "{length} bytes");
        }
    }
}
