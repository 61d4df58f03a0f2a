// Connects the published client of the LAPLACE event bridge to the relay and
// prints what it gets, a line each: rooms ROOM…, live, TYPE ORIGIN.
//   node bridge.mjs HOST PORT [TOKEN]
import { WebSocket } from 'ws'
import { LaplaceEventBridgeClient } from '@laplace.live/event-bridge-sdk'

const [host, port, token] = process.argv.slice(2)
const say = (...words) => process.stdout.write(words.join(' ') + '\n')
console.log = () => {} // the client's own
globalThis.WebSocket = WebSocket
const client = new LaplaceEventBridgeClient({ url: `ws://${host}:${port}`, token: token ?? '', reconnect: false })
client.onAny((e) => say(e.type === 'established' ? 'live' : e.type, e.origin ?? ''))
say('rooms', (await client.getInfo())?.rooms.map((r) => r.roomId).join(' '))
await client.connect()
