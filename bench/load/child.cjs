// Loads what it is told to, and prints how much of a processor's time that took and how much memory it holds since.
// The time on the clock would count the other processes of a busy machine too; on an idle one the two are the same.

const names = process.argv.slice(2)
const memory = process.memoryUsage.rss()
const began = process.cpuUsage()
for (const name of names) require(name)
const { user, system } = process.cpuUsage(began)
const held = process.memoryUsage.rss() - memory
console.log(JSON.stringify({ ms: (user + system) / 1000, mebibytes: held / 2 ** 20 }))
// Some of them hold the process by a timer.
process.exit(0)
