//! The one call that is hot: a page's URL in, one flat text out (see [`packed`]), nothing converted
//! or copied twice.
//!
//! napi-rs converts each argument and makes each result at the cost of another signature, so this
//! one function talks to Node's C interface itself. It answers the ordinary call only: with
//! anything else (no fresh ticket, a URL that is refused, long or not ASCII, a closed client) it
//! gives `undefined`, and the facade asks the ordinary functions, which know every failure by name.
//!
//! What the unsafe code rests on:
//! 1. Node calls the function on its environment's thread, with an `env` and an `info` that are
//!    valid during the call. Neither is kept, and no handle outlives the call's scope.
//! 2. The function has no data and no state. Scratch stands on the stack of the call;
//!    clients and tickets are the thread's (see [`crate::table`]), so workers share nothing.
//! 3. Of the scratch nothing is read but what was written in this very call: the units that Node
//!    says it wrote, and the bytes that were narrowed from those.
//! 4. A text is made of those bytes only after each was seen to be ASCII.
//! 5. No panic leaves the function, and no JavaScript runs while it does: none of the four
//!    interface functions that it calls can run any.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice};

use napi::bindgen_prelude::{JsObjectValue, Object};
use napi::{Env, sys};
use napi_derive::napi;
use wide::{i16x8, u8x16};
use wxsign::{Nonce, Signature, SignedPage};

use crate::table;

/// The longest URL that is read here, in UTF-16 units; a longer one may still be short enough
/// without its fragment.
const MAX_URL: usize = 2048;
/// Node closes what it writes with a zero; with one unit more, a URL that was cut differs from one
/// that just fits.
const ROOM: usize = MAX_URL + 2;
const PACKED: usize = Nonce::LEN + 4 + Signature::LEN;

/// Adds `hot(key, url)` to what the addon exports.
#[napi(module_exports)]
pub fn register(mut exports: Object<'_>, env: Env) -> napi::Result<()> {
    let mut function = ptr::null_mut();
    // SAFETY: the environment is alive, the name is closed by a zero, and the function has the
    // wanted signature. It gets no data, so nothing has to outlive it.
    let status = unsafe {
        sys::napi_create_function(
            env.raw(),
            c"hot".as_ptr(),
            3,
            Some(hot),
            ptr::null_mut::<c_void>(),
            &raw mut function,
        )
    };
    napi::check_status!(status)?;
    // SAFETY: the value was made just now in this environment.
    let function = unsafe { napi::Unknown::from_raw_unchecked(env.raw(), function) };
    exports.set_named_property("hot", function)
}

/// `hot(key: number, url: string): string | undefined`
unsafe extern "C" fn hot(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node's own, valid during this call.
    let answer = catch_unwind(AssertUnwindSafe(|| unsafe { answer(env, info) }));
    answer.ok().flatten().unwrap_or(ptr::null_mut())
}

/// # Safety
/// Called by Node with these, on the environment's thread.
unsafe fn answer(env: sys::napi_env, info: sys::napi_callback_info) -> Option<sys::napi_value> {
    let mut given = [ptr::null_mut(); 2];
    let mut count = given.len();
    // SAFETY: `given` has room for `count` values. If fewer were passed, Node fills up with
    // `undefined`.
    let status = unsafe {
        sys::napi_get_cb_info(env, info, &raw mut count, given.as_mut_ptr(), ptr::null_mut(), ptr::null_mut())
    };
    let [key, url] = given;
    let mut number = 0;
    // SAFETY: a value of this call; what is no number is refused by its status.
    let status = status | unsafe { sys::napi_get_value_int32(env, key, &raw mut number) };

    let mut units = [MaybeUninit::<u16>::uninit(); ROOM];
    let mut length = 0;
    // SAFETY: `units` has room for that many; what is no string is refused by its status.
    let status = status
        | unsafe {
            sys::napi_get_value_string_utf16(
                env,
                url,
                units.as_mut_ptr().cast(),
                units.len(),
                &raw mut length,
            )
        };
    if status != sys::Status::napi_ok || length > MAX_URL {
        return None;
    }
    let mut bytes = [MaybeUninit::<u8>::uninit(); MAX_URL];
    // SAFETY: Node wrote the first `length` of the units, which is no more than there are.
    let written = unsafe { slice::from_raw_parts(units.as_ptr().cast::<u16>(), length) };
    let page = narrow(written, bytes.get_mut(..length)?)?;

    let signed = table::sign_if_fresh(number, page)?;
    let text = packed(&signed)?;
    let mut value = ptr::null_mut();
    // SAFETY: Node copies the bytes, each of which is a character of Latin-1.
    let status = unsafe {
        sys::napi_create_string_latin1(env, text.as_ptr().cast(), text.len().cast_signed(), &raw mut value)
    };
    (status == sys::Status::napi_ok).then_some(value)
}

/// 32 characters of nonce, the timestamp in four bytes, the highest first, and 40 digits of
/// signature. Nothing from 2106 on, when a timestamp has five bytes.
#[inline]
fn packed(signed: &SignedPage) -> Option<[u8; PACKED]> {
    let mut text = [0; PACKED];
    let (nonce, rest) = text.split_first_chunk_mut()?;
    let (timestamp, signature) = rest.split_first_chunk_mut()?;
    *nonce = *signed.nonce.as_bytes();
    *timestamp = u32::try_from(signed.timestamp).ok()?.to_be_bytes();
    *signature.first_chunk_mut()? = *signed.signature.as_bytes();
    Some(text)
}

/// The units as ASCII text, if that is what they are. As UTF-8 they could not be taken as they are:
/// half a surrogate pair has no place there.
fn narrow<'a>(units: &[u16], bytes: &'a mut [MaybeUninit<u8>]) -> Option<&'a str> {
    if bytes.len() != units.len() {
        return None;
    }
    let ((chunks, rest), (places, rest_places)) = (units.as_chunks::<16>(), bytes.as_chunks_mut::<16>());
    // All units, laid over each other.
    let (mut all, mut all_of_rest) = (i16x8::ZERO, 0);
    for (chunk, place) in chunks.iter().zip(places) {
        let (low, high) = (eight(chunk.first_chunk()?), eight(chunk.last_chunk()?));
        all |= low | high;
        *place = u8x16::narrow_i16x8(low, high).to_array().map(MaybeUninit::new);
    }
    // Node has only just written the last ones, piece by piece. A wider read would have to wait for
    // the cache.
    for (unit, place) in rest.iter().zip(rest_places) {
        all_of_rest |= unit;
        #[allow(clippy::cast_possible_truncation)] // only used if no unit is over 127
        place.write(*unit as u8);
    }
    if all.to_array().into_iter().fold(all_of_rest, |all, lane| all | lane.cast_unsigned()) > 0x7f {
        return None;
    }
    // SAFETY: there are as many units as bytes, so each byte was written, and each is ASCII, which
    // is UTF-8.
    Some(unsafe { str::from_utf8_unchecked(slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len())) })
}

#[inline]
fn eight(units: &[u16; 8]) -> i16x8 {
    units.map(u16::cast_signed).into()
}
