//! The options of a client, one setter for each. `account`, `service`, `store` and `calls`
//! contain those of one subject.

pub mod account;

pub mod service;

pub mod store;

pub mod calls;

use std::ffi::c_char;
use std::mem::{MaybeUninit, take};

use super::boundary::catch;
use super::error::Error;
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{path, text};
use crate::Builder;

/// The options of a client. Most programs set only an appId and an AppSecret.
///
/// Made by wxsign_options_new(), freed by wxsign_options_free(). A client copies what it needs, so
/// the same options may make several clients and may be freed right afterwards. Setters copy their
/// texts and check only for NULL and UTF-8; wxsign_client_new() checks the values.
///
/// Threads: one at a time.
#[derive(Default)]
pub struct Options {
    builder: Builder,
    allowed_hosts: Vec<String>,
}

impl Options {
    pub(super) fn builder(&self) -> Builder {
        let builder = self.builder.clone();
        if self.allowed_hosts.is_empty() { builder } else { builder.allowed_hosts(&self.allowed_hosts) }
    }

    pub(super) fn change(&mut self, change: impl FnOnce(Builder) -> Builder) {
        self.builder = change(take(&mut self.builder));
    }
}

/// A text of C with its length and the argument's name.
pub(super) type Argument = (*const c_char, usize, &'static str);

/// The body of a setter that takes a text.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn set_text(
    options: Option<&mut Options>,
    (pointer, len, name): Argument,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    set: impl FnOnce(Builder, &str) -> Builder,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller promises what `text` requires.
        let value = unsafe { text(pointer, len, name) }?;
        options.change(|builder| set(builder, value));
        Ok(())
    })
}

/// The body of a setter that takes the name of a file or directory.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn set_path(
    options: Option<&mut Options>,
    (pointer, len, name): Argument,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    set: impl FnOnce(Builder, &str) -> Builder,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller promises what `path` requires.
        let value = unsafe { path(pointer, len, name) }?;
        options.change(|builder| set(builder, value));
        Ok(())
    })
}

/// Makes options without any value. Free them with wxsign_options_free(). Returns NULL only because
/// of a defect of wxsign.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_new() -> Option<Box<Options>> {
    catch(None, || Some(Box::default()))
}

/// Frees options. NULL is allowed. Clients that were made from them are not affected.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_free(options: Option<Box<Options>>) {
    catch((), || drop(options));
}
