//! The library's version and the number of its ABI.

use std::ffi::{CStr, c_char};

use super::boundary::catch;

/// The size of a buffer for a signature: 40 hexadecimal digits and a NUL.
pub const WXSIGN_SIGNATURE_SIZE: usize = 41;

/// The size of a buffer for a nonce: 32 letters and digits and a NUL.
pub const WXSIGN_NONCE_SIZE: usize = 33;

/// The ABI number of this header. The shared library's name contains the same number.
pub const WXSIGN_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// Does nothing. Its name contains the ABI number, so a program that refers to it links and loads
/// only with a library of this ABI.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_abi_1() {}

/// Returns the version of the linked library, such as "0.1.0". WXSIGN_VERSION is the header's.
/// The text is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_version() -> *const c_char {
    catch(VERSION.as_ptr(), || VERSION.as_ptr())
}

/// Returns the ABI number of the linked library. It must equal WXSIGN_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_abi_version() -> u32 {
    catch(WXSIGN_ABI_VERSION, || WXSIGN_ABI_VERSION)
}
