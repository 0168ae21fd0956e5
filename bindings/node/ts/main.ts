// What dist/index.js is made of: the public entry, and behind it, out of sight, what the other entries share.
//
// Assigned by hand: what a compiler makes of `export`, a getter for each name, takes a tenth of a millisecond.

import {
  boolean,
  callable,
  kind,
  milliseconds,
  record,
  signal,
  string,
  stringOrStrings,
  strings,
  text,
  unreadable,
} from './check'
import { Client } from './client'
import { optionsFromEnv } from './env'
import { fail, invalid } from './error'
import { clientFromEnv, createClient, sign, WxSignError } from './index'
import { hot, native, shapes } from './native'
import { OPTION_NAMES } from './options'

const shared = (): typeof import('./shared') => ({
  check: {
    boolean,
    callable,
    kind,
    milliseconds,
    record,
    signal,
    string,
    stringOrStrings,
    strings,
    text,
    unreadable,
  },
  Client,
  createClient,
  fail,
  hot,
  invalid,
  native,
  OPTION_NAMES,
  optionsFromEnv,
  shapes,
  sign,
  WxSignError,
})

Object.defineProperty(exports, '__esModule', { value: true })
exports.clientFromEnv = clientFromEnv
exports.createClient = createClient
exports.sign = sign
exports.WxSignError = WxSignError
// By a symbol: some runtimes show `import` every name that is a text.
Object.defineProperty(exports, Symbol.for('wxsign.shared'), { value: shared })
