//! Frames: how a record is written in a journal's file.
//!
//! A frame is a length, a checksum and a payload. After a crash they show where the last whole record ends.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Length and checksum, four bytes each, little-endian.
const HEADER: usize = 8;

/// The frame of a record.
pub(super) fn encode<R: Serialize>(record: &R) -> Vec<u8> {
    let mut frame = postcard::to_extend(record, vec![0; HEADER]).expect("a record always encodes");
    let length = u32::try_from(frame.len() - HEADER).expect("a turn is shorter than 4 GiB").to_le_bytes();
    let checksum = checksum(length, &frame[HEADER..]).to_le_bytes();
    frame[..4].copy_from_slice(&length);
    frame[4..HEADER].copy_from_slice(&checksum);
    frame
}

/// The records up to the first that is not whole, each with its place, and the number of bytes they take.
pub(super) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> (Vec<(usize, R)>, usize) {
    let mut records = Vec::new();
    let mut length = 0;
    while let Some((record, size)) = decode_at(bytes, length) {
        records.push((length, record));
        length += size;
    }
    (records, length)
}

/// The record at this place and the number of bytes it takes. `None` if there is no whole one.
pub(super) fn decode_at<R: DeserializeOwned>(bytes: &[u8], place: usize) -> Option<(R, usize)> {
    let (length, rest) = bytes.get(place..)?.split_first_chunk::<4>()?;
    let (expected, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..u32::from_le_bytes(*length) as usize)?;
    if checksum(*length, payload) != u32::from_le_bytes(*expected) {
        return None;
    }
    Some((postcard::from_bytes(payload).ok()?, HEADER + payload.len()))
}

/// Covers the length too. Otherwise a run of zeros would be a record.
fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}
