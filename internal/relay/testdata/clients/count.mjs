// Connects one published client of the platform to the relay and prints what it
// gets, a line each: live, heartbeat N, msg N, closed.
//   node count.mjs CLIENT HOST PORT ROOM PROTOVER
import { createRequire } from 'node:module'

const [client, host, port, room, protover] = process.argv.slice(2)
const say = (...words) => console.log(words.join(' '))
const number = (command) => command.info[0]

if (client === 'bilibili-live-ws') {
  const { LiveWS } = createRequire(import.meta.url)('bilibili-live-ws')
  const live = new LiveWS(Number(room), { address: `ws://${host}:${port}/sub`, protover: Number(protover), key: 'any' })
  live.on('live', () => say('live'))
  live.on('heartbeat', (n) => say('heartbeat', n))
  live.on('msg', (m) => say('msg', number(m)))
  live.on('close', () => say('closed'))
  live.on('error', (e) => say('error', e))
} else {
  // Its entry for browsers takes the address; the one for Node asks the site's own API first.
  const { WebSocket } = await import('ws')
  globalThis.WebSocket = WebSocket
  const { KeepLiveWS } = await import('tiny-bilibili-ws/browser')
  const live = new KeepLiveWS(Number(room), {
    host, port: Number(port), path: '/sub', ssl: false, keepalive: false, protover: Number(protover), key: 'any', uid: 0,
  })
  live.on('live', () => say('live'))
  live.on('heartbeat', (n) => say('heartbeat', n))
  live.on('msg', (m) => say('msg', number(m.data)))
  live.on('close', () => say('closed'))
  live.on('error', (e) => say('error', e.message))
  live.on('deserialize:error', (e) => say('error', e.message))
}
