// The dashboard: rooms, health, subscribers, addresses to copy.
const texts = {
  zh: {
    other: 'English', rooms: '直播间', join: '加入', roomNumber: '房间号', leave: '离开', addresses: '接入地址', addressesOf: '选择直播间', live: '实时', copy: '复制', copied: '已复制',
    token: '需要访问令牌', tokenWhy: '这个中继设置了访问令牌。请输入令牌文件中的一个令牌；它只保存在这个标签页里。', use: '使用',
    noRooms: '还没有直播间。在上面输入房间号（直播间网址最后的数字）并加入。', quiet: '还没有消息。', allRooms: '全部直播间',
    ok: '正常', degraded: '有问题', starting: '启动中', offline: '连不上中继',
    f: { subscribers: '订阅者', online: '在线直播间', events: '收到的事件', archive: '存档位置', archived: '已存档', notArchived: '未存档' },
    states: { connecting: '正在连接', online: '已连接', waiting: '等待重连', risk_control: '被风控', refused: '被拒绝', masked: '已连接（用户名被隐藏）', offline: '已连接（未开播）', not_found: '没有这个直播间', locked: '直播间被封', stopped: '已停止' },
    masking: { not_logged_in: '未登录，用户名被隐藏，弹幕也不完整。在中继所在的电脑上运行 relay login 登录。', login_expired: '登录已过期，用户名被隐藏，弹幕也不完整。请重新运行 relay login。', always: '平台在这个直播间隐藏用户名，登录与否都一样，无法解决。' },
    a: { overlay: 'OBS 浏览器源', ws: '事件流（WebSocket，JSON）', sse: '事件流（SSE）', ndjson: '命令行：每行一个事件', native: 'B 站原生协议（现有客户端库直接连接）', search: '搜索存档', openlist: '打开' },
    onAir: '直播中', room: (n) => `直播间 ${n}`, rate: (n) => `${n} 条/秒`, since: (t) => `自 ${t}`, received: (n) => `${n} 个事件`, left: (n) => `确定离开直播间 ${n}？`,
  },
  en: {
    other: '中文', rooms: 'Rooms', join: 'Join', roomNumber: 'Room number', leave: 'Leave', addresses: 'Addresses', addressesOf: 'Room', live: 'Live', copy: 'Copy', copied: 'Copied',
    token: 'A token is needed', tokenWhy: 'This relay asks for access tokens. Enter one of its token file; it is kept in this tab only.', use: 'Use',
    noRooms: 'No rooms yet. Enter a room number (the digits at the end of a live room’s address) above and join.', quiet: 'Nothing yet.', allRooms: 'All rooms',
    ok: 'all well', degraded: 'degraded', starting: 'starting', offline: 'relay not reachable',
    f: { subscribers: 'Subscribers', online: 'Rooms online', events: 'Events received', archive: 'Archive position', archived: 'archived', notArchived: 'not archived' },
    states: { connecting: 'connecting', online: 'connected', waiting: 'waiting to reconnect', risk_control: 'risk control', refused: 'refused', masked: 'connected, names hidden', offline: 'connected, not live', not_found: 'no such room', locked: 'locked by the platform', stopped: 'stopped' },
    masking: {},
    a: { overlay: 'OBS browser source', ws: 'Events (WebSocket, JSON)', sse: 'Events (SSE)', ndjson: 'Command line, an event per line', native: 'The platform’s own protocol, for existing client libraries', search: 'Search the archive', openlist: 'Open' },
    onAir: 'LIVE', room: (n) => `Room ${n}`, rate: (n) => `${n}/s`, since: (t) => `since ${t}`, received: (n) => `${n} events`, left: (n) => `Leave room ${n}?`,
  },
}
let lang = new URLSearchParams(location.search).get('lang') ?? (navigator.language?.toLowerCase().startsWith('zh') ? 'zh' : 'en')
if (!texts[lang]) lang = 'en'
let t = texts[lang]
const $ = (id) => document.getElementById(id)
const el = (tag, name, text) => {
  const e = document.createElement(tag)
  if (name) e.className = name
  if (text !== undefined) e.textContent = text
  return e
}
const clean = (s) => String(s ?? '').replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
let token = new URLSearchParams(location.search).get('token') ?? sessionStorage.getItem('token') ?? ''
const authorization = () => (token ? { Authorization: `Bearer ${token}` } : {})

async function call (method, path) {
  const r = await fetch(path, { method, headers: { ...authorization(), ...(method === 'GET' ? {} : { 'Content-Type': 'application/json' }) } })
  const body = r.status === 204 ? {} : await r.json().catch(() => ({}))
  if (r.status === 401) $('login').hidden = false
  if (!r.ok) throw Object.assign(new Error(body.error ? `${body.error.message} — ${body.error.hint}` : r.statusText), { status: r.status })
  return body
}

let rooms = []
let health = {}
const good = new Set(['online', 'offline', 'masked'])
const tone = (s) => (s === 'online' ? 'good' : s === 'offline' ? 'muted' : s === 'connecting' || s === 'masked' || s === 'waiting' ? 'warn' : 'bad')
const time = (ms) => new Date(ms).toLocaleString(lang === 'zh' ? 'zh-CN' : 'en-GB', { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })
const count = (n) => Number(n ?? 0).toLocaleString('en')

function drawRooms () {
  const box = $('rooms')
  box.replaceChildren()
  if (!rooms.length) box.append(el('p', 'empty', t.noRooms))
  for (const r of rooms) {
    const row = el('div', 'room')
    const who = el('div', 'who')
    const name = el('b', '', clean(r.streamer || r.title) || t.room(r.room))
    if (r.live) name.append(el('i', 'badge', t.onAir))
    who.append(name, el('span', '', [r.room + (r.short_id && r.short_id !== r.room ? ` (${r.short_id})` : ''), r.streamer ? clean(r.title) : '', clean(r.area)].filter(Boolean).join(' · ')))
    const state = el('div', `state ${tone(r.state)}`)
    state.append(el('i', 'dot'), t.states[r.state] ?? r.state)
    const more = [r.since ? t.since(time(r.since)) : '', t.received(count(r.events)), good.has(r.state) ? (r.archived ? t.f.archived : t.f.notArchived) : ''].filter(Boolean)
    state.append(el('span', '', more.join(' · ')))
    const leave = el('button', '', t.leave)
    leave.onclick = async () => {
      if (!confirm(t.left(r.room))) return
      leave.disabled = true
      await change('DELETE', r.room)
    }
    row.append(who, state, leave)
    if (r.detail || r.advice) row.append(el('div', 'advice', [r.detail, t.masking[r.masking] ?? r.advice].filter(Boolean).map(clean).join(' — ')))
    box.append(row)
  }
  const pick = $('pick')
  const chosen = pick.value
  pick.replaceChildren(new Option(t.allRooms, ''), ...rooms.map((r) => new Option(`${r.room} ${clean(r.streamer)}`, r.room)))
  pick.value = rooms.some((r) => String(r.room) === chosen) ? chosen : (chosen === '' && pick.dataset.touched ? '' : String(rooms[0]?.room ?? ''))
  drawAddresses()
}

let shown = ''
function drawAddresses () {
  const room = $('pick').value
  const base = location.origin
  const ws = base.replace(/^http/, 'ws')
  const q = room ? `?room=${room}` : ''
  const tail = token ? (room ? `&token=${token}` : `?token=${token}`) : ''
  const bearer = token ? ` -H 'Authorization: Bearer ${token}'` : ''
  const all = [
    room ? [t.a.overlay, `${base}/overlay/${room}${token ? `?token=${token}` : ''}`] : null,
    [t.a.ws, `${ws}/v1/events${q}${tail}`],
    [t.a.sse, `curl -N${bearer} -H 'Accept: text/event-stream' '${base}/v1/events${q}'`],
    [t.a.ndjson, `curl -N${bearer} -H 'Accept: application/x-ndjson' '${base}/v1/events${q}'`],
    [t.a.search, `${base}/v1/search?q=草${room ? `&room=${room}` : ''}${token ? `&token=${token}` : ''}`],
    [t.a.native, `${ws}/sub`],
  ].filter(Boolean)
  const key = lang + JSON.stringify(all)
  if (key === shown) return
  shown = key
  $('addresses').replaceChildren(...all.map(([what, address]) => {
    const row = el('div', 'address')
    const copy = el('button', '', t.copy)
    copy.type = 'button'
    copy.onclick = async () => {
      try {
        await navigator.clipboard.writeText(address)
        copy.textContent = t.copied
        setTimeout(() => { copy.textContent = t.copy }, 1500)
      } catch {
        getSelection().selectAllChildren(row.querySelector('code'))
      }
    }
    row.append(el('span', '', what), el('code', '', address), copy)
    return row
  }))
}

function drawFacts () {
  const f = [
    [t.f.subscribers, count(health.subscribers)],
    [t.f.online, `${count(health.online)} / ${count(health.rooms)}`],
    [t.f.events, count(rooms.reduce((n, r) => n + (r.events ?? 0), 0))],
    [t.f.archive, health.seq ? count(health.seq) : '—'],
  ]
  $('facts').replaceChildren(...f.map(([name, value]) => {
    const e = el('div', 'fact')
    e.append(el('b', '', value), el('span', '', name))
    return e
  }))
  const pill = $('health')
  pill.textContent = t[health.status] ?? t.offline
  pill.className = `pill ${health.status === 'ok' ? 'good' : health.status ? 'warn' : 'bad'}`
  pill.title = (health.reasons ?? []).join('\n')
}

function drawAll () {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en'
  $('lang').textContent = t.other
  for (const e of document.querySelectorAll('[data-t]')) e.textContent = t[e.dataset.t]
  for (const e of document.querySelectorAll('[data-p]')) e.placeholder = t[e.dataset.p]
  for (const e of document.querySelectorAll('[data-l]')) e.ariaLabel = t[e.dataset.l]
  drawRooms()
  drawFacts()
  if (!$('feed').childElementCount) $('feed').append(el('li', 'empty', t.quiet))
}

async function refresh () {
  try {
    health = await call('GET', '/healthz')
    rooms = (await call('GET', '/v1/rooms')).rooms
    $('login').hidden = true
  } catch (e) {
    if (!e.status) health = {}
  }
  drawRooms()
  drawFacts()
  $('version').textContent = health.version ?? ''
}

async function change (method, room) {
  const error = $('error')
  error.hidden = true
  try {
    await call(method, `/v1/rooms/${room}`)
  } catch (e) {
    error.textContent = e.message
    error.hidden = false
  }
  await refresh()
}

$('join').onsubmit = async (e) => {
  e.preventDefault()
  const input = e.target.querySelector('input')
  const button = e.target.querySelector('button')
  button.disabled = true
  await change('PUT', input.value.trim())
  button.disabled = false
  input.value = ''
}
$('login').querySelector('form').onsubmit = (e) => {
  e.preventDefault()
  token = e.target.querySelector('input').value.trim()
  sessionStorage.setItem('token', token)
  refresh()
  socket?.close()
}
$('pick').onchange = () => {
  $('pick').dataset.touched = '1'
  drawAddresses()
}
$('lang').onclick = () => {
  lang = lang === 'zh' ? 'en' : 'zh'
  t = texts[lang]
  drawAll()
}

// A taste of the feed, a few rows per frame at most.
const yuan = (money) => `¥${(money / 1000).toLocaleString('en', { maximumFractionDigits: 1 })}`
const line = {
  comment: (e) => e.comment.text,
  superchat: (e) => `${yuan(e.superchat.price)} ${e.superchat.text}`,
  gift: (e) => `${e.gift.action || '🎁'} ${e.gift.name} ×${e.gift.count}${e.gift.total ? ` ${yuan(e.gift.total)}` : ''}`,
  guard: (e) => `⚓ ${e.guard.name} ×${e.guard.count}${e.guard.unit} ${yuan(e.guard.price)}`,
}
let queue = []
let recent = 0
function row (e) {
  const item = el('li', e.kind === 'comment' ? '' : 'paid')
  if (rooms.length > 1) item.append(el('span', 'room-no', e.room))
  item.append(el('span', 'name', clean(e.user?.name)), clean(line[e.kind](e)))
  return item
}
function flush () {
  const feed = $('feed')
  feed.querySelector('.empty')?.remove()
  feed.append(...queue.map(row))
  queue = []
  while (feed.childElementCount > 40) feed.firstElementChild.remove()
}
let socket
let wait = 500
function follow () {
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/events?kind=${Object.keys(line)}&status=1`
  socket = token ? new WebSocket(url, ['danmaku.v1', token]) : new WebSocket(url)
  socket.onmessage = (m) => {
    const e = JSON.parse(m.data)
    if (e.hello) wait = 500
    if (e.status) refresh()
    if (!line[e.kind]) return
    recent++
    queue.push(e)
    if (queue.length > 40) queue.shift()
    if (queue.length === 1) requestAnimationFrame(flush)
  }
  socket.onclose = () => {
    refresh()
    setTimeout(follow, wait)
    wait = Math.min(wait * 2, 10000)
  }
}
setInterval(() => {
  $('rate').textContent = t.rate((recent / 5).toFixed(1))
  recent = 0
}, 5000)
setInterval(() => { if (!document.hidden) refresh() }, 3000)

// The newest rows of the archive, so that the page is not empty at first.
async function recentRows () {
  try {
    const { events } = await call('GET', `/v1/search?kind=${Object.keys(line)}&limit=15`)
    queue.unshift(...events.reverse())
    if (queue.length) flush()
  } catch { /* no archive: the rows come by themselves */ }
}

drawAll()
await refresh()
await recentRows()
follow()
