//! The library's version and the number of its ABI.

use std::ffi::{CStr, c_char};

use super::guard::catch;

/// The size of a signature in a caller's buffer: forty hexadecimal digits and the end of the string.
pub const WXSIGN_SIGNATURE_SIZE: usize = 41;

/// The size of a nonce in a caller's buffer: 32 letters and digits and the end of the string.
pub const WXSIGN_NONCE_SIZE: usize = 33;

/// The number of this header's ABI, which is also the number in the shared library's name.
pub const WXSIGN_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// Does nothing, and holds the number of the ABI in its name: a program that refers to it links and loads
/// only with a library of this ABI.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_abi_1() {}

/// The version of the library that is linked, such as "0.1.0"; WXSIGN_VERSION is the header's. The text is
/// static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_version() -> *const c_char {
    catch(VERSION.as_ptr(), || VERSION.as_ptr())
}

/// The number of the ABI of the library that is linked; it should equal WXSIGN_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_abi_version() -> u32 {
    catch(WXSIGN_ABI_VERSION, || WXSIGN_ABI_VERSION)
}
