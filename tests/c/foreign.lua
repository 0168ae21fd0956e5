-- LuaJIT loads the shared library and reads the header.
-- usage: luajit foreign.lua LIBRARY HEADER
local ffi = require("ffi")
local header = io.popen("cc -E -P " .. arg[2]):read("*a")
ffi.cdef(header:sub(header:find("typedef enum", 1, true), -1))
local c = ffi.load(arg[1])
local ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
local nonce, url, page = "Wm3WZYTPz0wzccnW", "http://mp.weixin.qq.com?params=value", "https://example.com/"

local signature = ffi.new("char[41]")
assert(c.wxsign_sign(ticket, #ticket, nonce, #nonce, 1414587457, url, #url, signature, nil) == c.WXSIGN_STATUS_OK)
assert(ffi.string(signature) == "0f9de62fce790f9a083d5c99e95740ceb90c27ed")

local options, client = c.wxsign_options_new(), ffi.new("wxsign_client *[1]")
local err = ffi.new("wxsign_error *[1]")
assert(c.wxsign_client_new(options, client, err) == c.WXSIGN_STATUS_INVALID_ARGUMENT)
assert(ffi.string(c.wxsign_error_message(err[0])):find("wxsign_options_set_", 1, true), ffi.string(c.wxsign_error_message(err[0])))
c.wxsign_error_free(err[0])
assert(c.wxsign_options_set_app_id(options, "wx1", 3, nil) == c.WXSIGN_STATUS_OK)
assert(c.wxsign_options_set_ticket(options, ticket, #ticket, nil) == c.WXSIGN_STATUS_OK)
assert(c.wxsign_client_new(options, client, nil) == c.WXSIGN_STATUS_OK)
local config = ffi.new("wxsign_config", { struct_size = ffi.sizeof("wxsign_config") })
assert(c.wxsign_client_config(client[0], page, #page, 0, config, nil) == c.WXSIGN_STATUS_OK)
assert(#ffi.string(config.signature) == 40)
c.wxsign_client_free(client[0])
c.wxsign_options_free(options)
