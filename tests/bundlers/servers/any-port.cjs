// Loaded before a server's own code: it listens on a port that the system chooses and keeps for it,
// and reports the port to the test. Next.js and Nitro take 0 for no port.

const { Server } = require('node:net')

const { listen } = Server.prototype
Server.prototype.listen = function (where, ...rest) {
  this.once('listening', () => process.send?.(this.address().port))
  const isPort = /^\d+$/.test(String(where))
  return listen.call(this, isPort ? 0 : { ...where, port: 0 }, ...rest)
}
