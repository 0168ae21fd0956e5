//! Texts across the boundary: pointer and length into wxsign, NUL-terminated strings out of it.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use zeroize::{Zeroize, Zeroizing};

use super::boundary::catch;
use super::guard::{given, invalid};

/// The text of an argument that C passed as pointer and length.
///
/// # Safety
/// A `pointer` that is not NULL is readable for `len` bytes, which do not change during use.
pub(super) unsafe fn text<'a>(
    pointer: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a str, crate::Error> {
    if pointer.is_null() {
        return Err(invalid(name, "is NULL"));
    }
    if isize::try_from(len).is_err() {
        return Err(invalid(name, "has an impossible length"));
    }
    // SAFETY: not NULL, of a possible size, and readable as the caller promises.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), len) };
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8. Nearly every text is ASCII, and that check is faster.
        return Ok(unsafe { str::from_utf8_unchecked(bytes) });
    }
    str::from_utf8(bytes).map_err(|_| invalid(name, "is not UTF-8"))
}

/// Passes an answer of C on to `send`: the text or, if it cannot be read, the reason. That is also
/// the failure of the call.
pub(super) fn pass_on(
    answer: Result<&str, crate::Error>,
    send: impl FnOnce(Result<String, String>),
) -> Result<(), crate::Error> {
    send(match &answer {
        Ok(text) => Ok((*text).to_owned()),
        Err(wrong) => Err(wrong.message().to_owned()),
    });
    answer.map(drop)
}

/// Like [`text`], for the name of a file or directory, which cannot contain NUL.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn path<'a>(
    pointer: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a str, crate::Error> {
    // SAFETY: the caller promises what `text` requires.
    let path = unsafe { text(pointer, len, name) }?;
    if path.contains('\0') { Err(invalid(name, "has a NUL in it")) } else { Ok(path) }
}

/// An argument that C passed as the address of its first element and their number.
///
/// # Safety
/// A `pointer` that is not NULL is readable for `count` elements, which do not change during use.
pub(super) unsafe fn slice<'a, T>(
    pointer: *const T,
    count: usize,
    name: &'static str,
) -> Result<&'a [T], crate::Error> {
    if pointer.is_null() {
        return Err(invalid(name, "is NULL"));
    }
    if count.checked_mul(size_of::<T>()).is_none_or(|size| isize::try_from(size).is_err()) {
        return Err(invalid(name, "has an impossible length"));
    }
    // SAFETY: not NULL, of a possible size, and readable as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// A place for a string that the caller frees with `wxsign_string_free`.
pub(super) struct StringOut<'a> {
    string: &'a mut MaybeUninit<*mut c_char>,
    len: Option<&'a mut MaybeUninit<usize>>,
}

impl<'a> StringOut<'a> {
    /// Writes NULL and the length 0, which remain if the call fails.
    pub(super) fn new(
        string: Option<&'a mut MaybeUninit<*mut c_char>>,
        mut len: Option<&'a mut MaybeUninit<usize>>,
        name: &'static str,
    ) -> Result<Self, crate::Error> {
        if let Some(len) = &mut len {
            len.write(0);
        }
        let string = given(string, name)?;
        string.write(std::ptr::null_mut());
        Ok(Self { string, len })
    }

    pub(super) fn give(self, text: String) -> Result<(), crate::Error> {
        let text = Zeroizing::new(text);
        // Reserves room for the NUL, because growing would leave an unwiped copy behind.
        let mut bytes = Vec::with_capacity(text.len().saturating_add(1));
        bytes.extend_from_slice(text.as_bytes());
        let string = CString::new(bytes)
            .map_err(|_| crate::Error::new(crate::Code::Internal, "a text has a NUL in it"))?;
        self.string.write(string.into_raw());
        if let Some(place) = self.len {
            place.write(text.len());
        }
        Ok(())
    }
}

/// A token or ticket lent to a callback: its bytes and a NUL, wiped after the callback returns.
pub(super) struct Lent(Zeroizing<Vec<u8>>);

impl Lent {
    pub(super) fn new(value: &str) -> Self {
        let mut bytes = Vec::with_capacity(value.len().saturating_add(1));
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(0);
        Self(Zeroizing::new(bytes))
    }

    /// The pointer and the length of a value, or NULL and 0 if there is none. They are valid as long
    /// as `value`.
    pub(super) fn parts(value: Option<&Self>) -> (*const c_char, usize) {
        value.map_or((std::ptr::null(), 0), |Self(bytes)| {
            (bytes.as_ptr().cast(), bytes.len().saturating_sub(1))
        })
    }
}

/// An ASCII text of `SIZE` - 1 bytes and its final NUL, for the caller's buffer.
#[inline]
pub(super) fn fill<const SIZE: usize>(text: &[u8]) -> [c_char; SIZE] {
    let mut buffer = [0; SIZE];
    for (to, from) in buffer.iter_mut().take(SIZE - 1).zip(text) {
        *to = c_char::from_ne_bytes([*from]);
    }
    buffer
}

/// Wipes and frees a string that wxsign returned. NULL is allowed. Never pass such a string to
/// free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_string_free(string: *mut c_char) {
    catch((), || {
        if !string.is_null() {
            // SAFETY: it came from `StringOut::give`. C may change such a string, but not its
            // length.
            let string = unsafe { CString::from_raw(string) };
            string.into_bytes_with_nul().zeroize();
        }
    });
}
