// The overlay page. Everything that viewers write is set as text, never as
// markup; pictures come from https addresses only.
const query = new URLSearchParams(location.search)
const room = location.pathname.split('/').pop()
const number = (name, otherwise, low, high) => {
  const n = Number(query.get(name))
  return query.get(name) && Number.isFinite(n) ? Math.min(high, Math.max(low, n)) : otherwise
}
const on = (name, otherwise) => (query.has(name) ? !['0', 'false', 'no', ''].includes(query.get(name)) : otherwise)
const options = {
  max: number('max', 40, 1, 500),
  history: number('history', 15, 0, 200),
  fade: number('fade', 0, 0, 3600),
  gifts: on('gifts', true),
  freeGifts: on('free', true),
  minGift: number('min', 0, 0, 1e6), // CNY
  enter: on('enter', false),
  follow: on('follow', true),
  faces: on('faces', true),
  medals: on('medals', true),
  bots: query.get('block')?.split(',').filter(Boolean) ?? [],
  token: query.get('token') ?? '',
  zh: !(query.get('lang') ?? navigator.language ?? 'zh').toLowerCase().startsWith('en'),
}
document.documentElement.dataset.theme = query.get('theme') ?? 'clear'
if (query.has('size')) document.documentElement.style.setProperty('--size', `${number('size', 22, 8, 120)}px`)
if (on('preview', false)) document.documentElement.dataset.preview = ''

const words = options.zh
  ? { hidden: '匿名', guard: ['', '总督', '提督', '舰长'], gave: '赠送', opened: '开出', bought: '开通', renewed: '续费', enter: '进入直播间', follow: '关注了主播', share: '分享了直播间', like: '为主播点赞', off: '连接中断，正在重连…', refused: '被中继拒绝：' }
  : { hidden: 'hidden name', guard: ['', 'Governor', 'Admiral', 'Captain'], gave: 'sent', opened: 'got', bought: 'became', renewed: 'renewed', enter: 'came in', follow: 'followed', share: 'shared the room', like: 'liked', off: 'disconnected, trying again…', refused: 'refused by the relay: ' }

const list = document.getElementById('list')
const state = document.getElementById('state')
const byKey = new Map()
const combos = new Map()

const el = (tag, name, text) => {
  const e = document.createElement(tag)
  if (name) e.className = name
  if (text !== undefined) e.textContent = text
  return e
}
const safe = (url) => (typeof url === 'string' && /^https?:\/\//.test(url) ? url.replace(/^http:/, 'https:') : '')
const picture = (url, name, alt) => {
  const img = el('img', name)
  img.alt = alt ?? ''
  img.referrerPolicy = 'no-referrer'
  img.decoding = 'async'
  img.onerror = () => (alt ? img.replaceWith(alt) : img.remove())
  img.src = url
  return img
}
const color = (c) => (/^#[0-9a-f]{6}$/i.test(c ?? '') ? c : '')
// Marks that turn the writing direction of what follows are left out.
const clean = (s) => String(s ?? '').replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
const yuan = (money) => `¥${(money / 1000).toLocaleString('en', { maximumFractionDigits: 1 })}`

function words2nodes (parent, text, emotes) {
  const known = new Map((emotes ?? []).filter((e) => e.text && safe(e.url)).map((e) => [e.text, e]))
  if (!known.size) {
    parent.append(clean(text))
    return
  }
  const pattern = new RegExp([...known.keys()].map((k) => k.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  let at = 0
  for (const m of text.matchAll(pattern)) {
    parent.append(clean(text.slice(at, m.index)), picture(safe(known.get(m[0]).url), 'emote', m[0]))
    at = m.index + m[0].length
  }
  parent.append(clean(text.slice(at)))
}

function head (e, line) {
  const u = e.user ?? { name: '' }
  if (options.medals && u.medal?.name) {
    const medal = el('span', 'medal')
    medal.append(el('b', '', clean(u.medal.name)), el('i', '', u.medal.level))
    if (color(u.medal.color)) medal.style.setProperty('--medal', u.medal.color)
    line.append(medal)
  }
  line.append(el('span', 'name', clean(u.name) || words.hidden))
}

function row (e, kind) {
  const item = el('li', `item ${kind}`)
  const u = e.user ?? {}
  if (u.guard) item.classList.add(`guard${u.guard}`)
  if (u.admin) item.classList.add('admin')
  if (options.faces && safe(u.face)) item.append(picture(safe(u.face), 'face'))
  const line = el('div', 'line')
  head(e, line)
  item.append(line)
  return [item, line]
}

const draw = {
  comment (e) {
    const [item, line] = row(e, 'comment')
    const c = e.comment
    if (c.reply_to?.name) line.append(el('span', 'reply', `@${clean(c.reply_to.name)}`))
    const text = el('span', 'text')
    if (c.sticker && safe(c.sticker.url)) text.append(picture(safe(c.sticker.url), 'sticker', c.text))
    else words2nodes(text, c.text ?? '', c.emotes)
    line.append(text)
    return item
  },
  superchat (e) {
    const item = el('li', 'item superchat')
    const s = e.superchat
    if (color(s.background)) item.style.setProperty('--sc', s.background)
    const top = el('div', 'head')
    if (options.faces && safe(e.user?.face)) top.append(picture(safe(e.user.face), 'face'))
    top.append(el('span', 'name', clean(e.user?.name) || words.hidden), el('span', 'price', yuan(s.price)))
    const body = el('div', 'body', clean(s.text))
    if (s.translated) body.append(el('span', 'translated', clean(s.translated)))
    item.append(top, body)
    return item
  },
  gift (e) {
    const g = e.gift
    if (!options.gifts || (!g.paid && !options.freeGifts) || (options.minGift && g.total < options.minGift * 1000)) return null
    // Gifts of one run are one row whose numbers grow.
    const run = g.combo && combos.get(g.combo)
    if (run && run.item.isConnected) {
      run.count += g.count
      run.total += g.total
      run.show()
      return null
    }
    const [item, line] = row(e, g.paid ? 'gift' : 'gift free')
    line.append(el('span', 'text', `${clean(g.action) || words.gave} ${clean(g.name)}`))
    const count = el('span', 'count')
    const price = el('span', 'price')
    line.append(count, price)
    if (safe(g.icon)) item.append(picture(safe(g.icon), 'icon'))
    const entry = { item, count: g.count, total: g.total, show () {
      count.textContent = `×${entry.count}`
      price.textContent = entry.total > 0 ? yuan(entry.total) : ''
    } }
    entry.show()
    if (g.combo) combos.set(g.combo, entry)
    return item
  },
  guard (e) {
    const [item, line] = row(e, `guardbuy level${e.guard.level}`)
    line.append(el('span', 'text', `${e.guard.renewal ? words.renewed : words.bought} ${clean(e.guard.name) || words.guard[e.guard.level] || ''}`),
      el('span', 'count', e.guard.count > 1 ? `×${e.guard.count}${clean(e.guard.unit)}` : ''), el('span', 'price', e.guard.price ? yuan(e.guard.price) : ''))
    return item
  },
  enter: (e) => (options.enter ? quiet(e, words.enter) : null),
  follow: (e) => (options.follow ? quiet(e, words.follow) : null),
  share: (e) => (options.follow ? quiet(e, words.share) : null),
  superchat_delete (e) {
    for (const id of e.superchat_delete.ids ?? []) byKey.get(`sc:${id}`)?.remove()
    return null
  },
  moderation (e) {
    const m = e.moderation
    if (m.action === 'recall') byKey.get(`dm:${m.target}`)?.remove()
    if (m.action === 'recall_user' || m.action === 'block') for (const item of list.querySelectorAll('.item')) if (item.dataset.user === m.target) item.remove()
    if (m.action === 'recall_all') list.replaceChildren()
    return null
  },
}

function quiet (e, text) {
  const [item, line] = row(e, 'quiet')
  line.append(el('span', 'text', text))
  return item
}

let queue = []
let old = false
function show (e) {
  if (e.of || options.bots.includes(e.user?.name) || byKey.get(e.key)?.isConnected) return
  const item = draw[e.kind]?.(e)
  if (!item) return
  if (e.key) {
    byKey.set(e.key, item)
    if (byKey.size > 4 * options.max + 100) byKey.delete(byKey.keys().next().value)
    if (combos.size > 200) combos.delete(combos.keys().next().value)
  }
  if (e.user?.id) item.dataset.user = e.user.id
  if (old) item.classList.add('old')
  queue.push(item)
  if (queue.length === 1) requestAnimationFrame(flush)
  if (queue.length > options.max) queue.splice(0, queue.length - options.max)
}

// One change of the page per frame, however many comments arrive.
function flush () {
  list.append(...queue)
  const shown = queue
  queue = []
  while (list.childElementCount > options.max) list.firstElementChild.remove()
  // What has left the top of the page is not needed any more.
  while (list.childElementCount > 1 && list.firstElementChild.getBoundingClientRect().bottom < 0) list.firstElementChild.remove()
  if (options.fade) {
    for (const item of shown) {
      setTimeout(() => item.classList.add('leaving'), options.fade * 1000)
      setTimeout(() => item.remove(), options.fade * 1000 + 700)
    }
  }
}
// A hidden page gets no frames: OBS may hide it for hours.
setInterval(() => { if (queue.length && document.hidden) flush() }, 1000)

const kinds = Object.keys(draw).filter((k) => k !== 'enter' || options.enter).join(',')
let after = -1
let archive = ''
let wait = 500
let trouble
const tell = (text) => {
  state.textContent = text
  state.hidden = !text
}

function connect () {
  const q = new URLSearchParams({ room, kind: kinds })
  if (after >= 0 && archive) {
    q.set('after', after)
    q.set('archive', archive)
  }
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/events?${q}`
  const ws = options.token ? new WebSocket(url, ['danmaku.v1', options.token]) : new WebSocket(url)
  ws.onmessage = (m) => {
    const e = JSON.parse(m.data)
    if (e.hello) {
      wait = 500
      clearTimeout(trouble)
      trouble = undefined
      tell('')
      archive = e.hello.archive
      if (after < 0) after = e.hello.seq
    } else if (e.kind) {
      if (e.seq) after = Math.max(after, e.seq)
      show(e)
    }
  }
  ws.onclose = (c) => {
    if (c.code === 1008) {
      if (after >= 0 && archive) { // the archive is another one now: start anew
        after = -1
        archive = ''
      } else {
        tell(words.refused + c.reason)
        wait = 15000
      }
    }
    // A short break is nobody's business.
    trouble ??= setTimeout(() => tell(words.off), 5000)
    setTimeout(connect, wait * (0.5 + Math.random()))
    wait = Math.min(wait * 2, 15000)
  }
}

async function history () {
  if (!options.history) return
  try {
    const q = new URLSearchParams({ room, kind: 'comment,superchat,gift,guard', limit: options.history })
    const r = await fetch(`/v1/search?${q}`, { headers: options.token ? { Authorization: `Bearer ${options.token}` } : {} })
    if (!r.ok) return
    const { events } = await r.json()
    old = true
    for (const e of events.reverse()) {
      after = Math.max(after, e.seq)
      show(e)
    }
    old = false
    // The feed goes on behind the newest of them; its archive is named by the first hello.
    const h = await (await fetch('/healthz')).json()
    if (after >= 0) archive = h.archive
  } catch { /* no archive, or not reachable yet: the feed will tell */ }
}

history().finally(connect)
