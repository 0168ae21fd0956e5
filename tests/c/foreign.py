#!/usr/bin/env python3
"""Other languages load the shared library without a compiler: ctypes, and cffi from the header itself.

usage: foreign.py LIBRARY HEADER ctypes|cffi
"""
import ctypes
import subprocess
import sys
import threading

library, header, how = sys.argv[1:]
TICKET = b"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
NONCE, TIME, URL = b"Wm3WZYTPz0wzccnW", 1414587457, b"http://mp.weixin.qq.com?params=value"
OFFICIAL = b"0f9de62fce790f9a083d5c99e95740ceb90c27ed"
PAGE = b"https://example.com/"


def with_ctypes():
    c = ctypes.CDLL(library)
    pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    c.wxsign_options_new.restype = pointer
    signature = ctypes.create_string_buffer(41)
    stamp = ctypes.c_uint64(TIME)
    arguments = (TICKET, size(len(TICKET)), NONCE, size(len(NONCE)), stamp, URL, size(len(URL)), signature, None)
    assert c.wxsign_sign(*arguments) == 0 and signature.value == OFFICIAL

    class Config(ctypes.Structure):
        _fields_ = [("struct_size", size), ("timestamp", ctypes.c_uint64), ("nonce", ctypes.c_char * 33),
                    ("signature", ctypes.c_char * 41)]

    options, client = pointer(c.wxsign_options_new()), pointer()
    assert c.wxsign_options_set_app_id(options, b"wx1", size(3), None) == 0
    assert c.wxsign_options_set_ticket(options, TICKET, size(len(TICKET)), None) == 0
    assert c.wxsign_client_new(options, ctypes.byref(client), None) == 0
    config = Config(ctypes.sizeof(Config))
    assert c.wxsign_client_try_config(client, PAGE, size(len(PAGE)), ctypes.byref(config), None) == 0
    called = threading.Event()

    @ctypes.CFUNCTYPE(None, pointer, ctypes.c_int, ctypes.POINTER(Config), pointer)
    def callback(_context, status, got, error):
        if status == 0 and len(got.contents.signature) == 40 and not error:
            called.set()

    assert c.wxsign_client_config_async(client, PAGE, size(len(PAGE)), 0, callback, None, None) == 0
    assert called.wait(5)
    c.wxsign_client_free(client)
    c.wxsign_options_free(options)

    error = pointer()
    assert c.wxsign_sign(None, size(0), *arguments[2:-1], ctypes.byref(error)) != 0
    c.wxsign_error_message.restype = text
    assert c.wxsign_error_message(error) == b"ticket is NULL"
    c.wxsign_error_free(error)


def with_cffi():
    import cffi

    # cffi knows the standard types, and reads no preprocessor lines.
    lines = subprocess.run(["cc", "-E", "-P", header], check=True, capture_output=True, text=True).stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("typedef enum"))
    ffi = cffi.FFI()
    ffi.cdef("\n".join(lines[first:]))
    c = ffi.dlopen(library)
    signature = ffi.new("char[41]")
    assert c.wxsign_sign(TICKET, len(TICKET), NONCE, len(NONCE), TIME, URL, len(URL), signature, ffi.NULL) == 0
    assert ffi.string(signature) == OFFICIAL
    config = ffi.new("wxsign_config *", {"struct_size": ffi.sizeof("wxsign_config")})
    assert c.wxsign_client_try_config(ffi.NULL, PAGE, len(PAGE), config, ffi.NULL) != 0


{"ctypes": with_ctypes, "cffi": with_cffi}[how]()
