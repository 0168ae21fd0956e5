#!/usr/bin/env node
require('./built')('bin.js', () => require('../../../dist/bin.js'))
