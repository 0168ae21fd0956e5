#!/usr/bin/env node
try {
  require('../../../dist/bin.js')
} catch (error) {
  throw require('./unbuilt')(error, 'bin.js')
}
