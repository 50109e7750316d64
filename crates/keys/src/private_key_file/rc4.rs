//! RC4, for reading old PVK files only. It is broken; nothing is ever encrypted with it here.

/// XORs `data` with the key stream of `key`.
pub(super) fn apply(key: &[u8], data: &mut [u8]) {
    let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
    let mut j: u8 = 0;
    for (i, key_byte) in key.iter().cycle().take(256).enumerate() {
        j = j.wrapping_add(state[i]).wrapping_add(*key_byte);
        state.swap(i, j as usize);
    }
    let (mut i, mut j): (u8, u8) = (0, 0);
    for byte in data {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[i as usize]);
        state.swap(i as usize, j as usize);
        *byte ^= state[state[i as usize].wrapping_add(state[j as usize]) as usize];
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn published_answers() {
        for (key, text, expected) in [
            ("Key", "Plaintext", "bbf316e8d940af0ad3"),
            ("Wiki", "pedia", "1021bf0420"),
            ("Secret", "Attack at dawn", "45a01f645fc35b383552544b9bf5"),
        ] {
            let mut data = text.as_bytes().to_vec();
            super::apply(key.as_bytes(), &mut data);
            assert_eq!(data.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
        }
    }
}
