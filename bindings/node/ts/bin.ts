#!/usr/bin/env node
// The command `wxsign`, which the addon contains: `npx wxsign` needs no second binary.

import { native } from './native'

process.exitCode = native.runCommand(process.argv.slice(2))
