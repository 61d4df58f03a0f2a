// The room page: for style sheets and templates made for blivechat, by the
// element names of YouTube's live chat that they rely on. Its options are
// blivechat's, in the address.
import { clean, el, follow, picture, pieces, query, safe } from './feed.js'
import { template } from './room-template.js'

const flag = (name, otherwise) => (query.get(name) ? !['0', 'false'].includes(query.get(name)) : otherwise)
const number = (name, otherwise, low, high) => {
  const n = Number(query.get(name))
  return query.get(name) && Number.isFinite(n) ? Math.min(high, Math.max(low, n)) : otherwise
}
const lines = (name) => (query.get(name) ?? '').split('\n').map((s) => s.trim()).filter(Boolean)
const options = {
  minGiftPrice: number('minGiftPrice', 0.1, 0, 1e6), // CNY
  showDanmaku: flag('showDanmaku', true),
  showGift: flag('showGift', true),
  showGiftName: flag('showGiftName', false),
  mergeSimilarDanmaku: flag('mergeSimilarDanmaku', false),
  mergeGift: flag('mergeGift', true),
  maxNumber: number('maxNumber', 60, 1, 500),
  blockGiftDanmaku: flag('blockGiftDanmaku', true),
  blockLevel: number('blockLevel', 0, 0, 100),
  blockMedalLevel: number('blockMedalLevel', 0, 0, 100),
  blockKeywords: lines('blockKeywords'),
  blockUsers: lines('blockUsers'),
  history: number('history', 15, 0, 200), // ours
  zh: !(query.get('lang') ?? navigator.language ?? 'zh').toLowerCase().startsWith('en'),
}
const words = options.zh
  ? { hidden: '匿名', sent: (n, c) => `赠送 ${n}×${c}`, guard: ['', '总督', '提督', '舰长'], bought: '新的', renewed: '续费', off: '连接中断，正在重连…', refused: '被中继拒绝：' }
  : { hidden: 'hidden name', sent: (n, c) => `Sent ${n}×${c}`, guard: ['', 'Governor', 'Admiral', 'Captain'], bought: 'New ', renewed: 'Renewed ', off: 'disconnected, trying again…', refused: 'refused by the relay: ' }

const list = document.querySelector('#items.yt-live-chat-item-list-renderer')
const ticker = document.querySelector('#items.yt-live-chat-ticker-renderer')
const tickerBox = document.querySelector('yt-live-chat-ticker-renderer')

// node makes an element as YouTube's page has it: a class that names its owner.
function node (tag, owner, id, ...children) {
  const e = el(tag, `style-scope ${owner}`)
  if (id) e.id = id
  e.append(...children)
  return e
}
const noFace = 'https://static.hdslb.com/images/member/noface.gif'
function photo (user, owner, size) {
  const box = node('yt-img-shadow', owner, 'author-photo')
  box.classList.add('no-transition')
  for (const a of ['height', 'width']) box.setAttribute(a, size)
  const img = picture(safe(user.face) || noFace, 'style-scope yt-img-shadow')
  img.id = 'img'
  box.append(img)
  return box
}
function stamp (e, owner) {
  const at = new Date(e.at || e.received)
  return node('span', owner, 'timestamp', `${at.getHours()}:${String(at.getMinutes()).padStart(2, '0')}`)
}

const shapes = {
  moderator: 'M3.6 1 2 2.6 5.4 6 4 7.4 8.6 12 10 10.6l3.4 3.4L15 12.4 8.6 6 10 4.6 5.4 0 4 1.4z',
  member: 'M8 1l2.1 4.5 4.9.6-3.6 3.4.9 4.9L8 12l-4.3 2.4.9-4.9L1 6.1l4.9-.6z',
}
function badge (kind, label) {
  const b = node('yt-live-chat-author-badge-renderer', 'yt-live-chat-author-chip')
  b.setAttribute('type', kind)
  b.setAttribute('aria-label', label)
  b.title = label
  const image = node('div', 'yt-live-chat-author-badge-renderer', 'image')
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 16 16')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', shapes[kind])
  svg.append(path)
  image.append(svg)
  b.append(image)
  return b
}

const authorType = (u) => (u.admin ? 'moderator' : u.guard ? 'member' : '')
function chip (user, owner) {
  const c = node('yt-live-chat-author-chip', owner)
  const name = node('span', 'yt-live-chat-author-chip', 'author-name', clean(user.name) || words.hidden, node('span', 'yt-live-chat-author-chip', 'chip-badges'))
  name.dir = 'auto'
  if (authorType(user)) name.classList.add(authorType(user))
  const badges = node('span', 'yt-live-chat-author-chip', 'chat-badges')
  if (user.admin) badges.append(badge('moderator', options.zh ? '房管' : 'moderator'))
  if (user.guard) badges.append(badge('member', words.guard[user.guard] ?? ''))
  c.append(name, badges)
  return c
}
function mark (item, user, guard) {
  item.setAttribute('author-type', authorType(user))
  item.setAttribute('blc-guard-level', guard ?? user.guard ?? 0)
}

function text (e) {
  const owner = 'yt-live-chat-text-message-renderer'
  const item = node(owner, 'yt-live-chat-item-list-renderer')
  const user = e.user ?? {}
  mark(item, user)
  const message = node('span', owner, 'message')
  const emoji = (p, large) => {
    const img = picture(safe(p.url), `emoji yt-formatted-string style-scope ${owner}`, p.text)
    img.id = `emoji-${p.id ?? p.text}`
    if (large) img.classList.add('blc-large-emoji')
    return img
  }
  const c = e.comment
  if (c.sticker && safe(c.sticker.url)) message.append(emoji(c.sticker, true))
  else for (const p of pieces(c.text ?? '', c.emotes)) message.append(p.url ? emoji(p) : p)
  item.append(photo(user, owner, 24), node('div', owner, 'content', stamp(e, owner), chip(user, owner), message))
  return item
}

// Prices from which a paid message has the next colour: body, head, words.
const tiers = [[0, '#1565c0', '#1976d2', '#fff'], [30, '#00b8d4', '#00e5ff', '#111'], [50, '#00bfa5', '#1de9b6', '#111'], [100, '#ffb300', '#ffca28', '#111'],
  [500, '#e65100', '#f57c00', '#fff'], [1000, '#c2185b', '#e91e63', '#fff'], [2000, '#d00000', '#e62117', '#fff']]
const tierOf = (price) => tiers.findLast(([from]) => price >= from)
const amount = (price) => `CN¥${price.toLocaleString('en', { maximumFractionDigits: 2 })}`

function paid (e, price, said) {
  const owner = 'yt-live-chat-paid-message-renderer'
  const item = node(owner, 'yt-live-chat-item-list-renderer')
  const user = e.user ?? {}
  mark(item, user)
  const [, body, head, ink] = tierOf(price)
  item.setAttribute('price-level', tiers.indexOf(tierOf(price)))
  for (const [name, value] of [['primary-color', body], ['secondary-color', head], ['header-color', head], ['header-text-color', ink], ['author-name-color', ink],
    ['timestamp-color', ink], ['color', ink]]) item.style.setProperty(`--yt-live-chat-paid-message-${name}`, value)
  item.toggleAttribute('show-only-header', !said)
  const sum = node('div', owner, 'purchase-amount', amount(price))
  const message = node('div', owner, 'message', said)
  message.dir = 'auto'
  item.append(node('div', owner, 'card',
    node('div', owner, 'header', photo(user, owner, 40),
      node('div', owner, 'header-content',
        node('div', owner, 'header-content-primary-column', node('div', owner, 'author-name', clean(user.name) || words.hidden), sum),
        stamp(e, owner))),
    node('div', owner, 'content', message)))
  return { item, sum, message }
}

function membership (e) {
  const owner = 'yt-live-chat-membership-item-renderer'
  const item = node(owner, 'yt-live-chat-item-list-renderer')
  const g = e.guard
  const user = { ...e.user, guard: g.level }
  mark(item, user, g.level)
  item.setAttribute('show-only-header', '')
  const what = `${g.renewal ? words.renewed : words.bought}${clean(g.name) || words.guard[g.level]}${g.count > 1 ? ` ×${g.count}${clean(g.unit)}` : ''}`
  item.append(node('div', owner, 'card',
    node('div', owner, 'header', photo(user, owner, 40),
      node('div', owner, 'header-content',
        node('div', owner, 'header-content-primary-column', node('div', owner, 'header-content-inner-column', chip(user, owner)), node('div', owner, 'header-subtext', what)),
        stamp(e, owner)))))
  return item
}

// tick shows what was paid above the list for as long as it is worth.
function tick (e, price, label, seconds) {
  if (seconds <= 0) return null
  const owner = 'yt-live-chat-ticker-paid-message-item-renderer'
  const item = node(owner, 'yt-live-chat-ticker-renderer')
  const [, body, head, ink] = tierOf(price)
  const box = node('div', owner, 'container', node('div', owner, 'content', photo(e.user ?? {}, owner, 24), node('span', owner, 'text', label)))
  box.style.background = `linear-gradient(90deg, ${body}, ${head})`
  box.style.color = ink
  item.append(box)
  ticker.prepend(item)
  tickerBox.hidden = false
  setTimeout(() => { item.remove(); tickerBox.hidden = !ticker.childElementCount }, seconds * 1000)
  return item
}

const byKey = new Map() // key of an event to its elements
const runs = new Map() // gifts of one run, and texts said again
function keep (key, ...items) {
  if (!key) return
  byKey.set(key, items.filter(Boolean))
  if (byKey.size > 4 * options.maxNumber + 100) byKey.delete(byKey.keys().next().value)
}
const drop = (key) => byKey.get(key)?.forEach((item) => item.remove())

const blocked = (e) => {
  const u = e.user ?? {}
  return options.blockUsers.includes(u.name) || options.blockUsers.includes(u.id)
}
const draw = {
  comment (e) {
    const c = e.comment, u = e.user ?? {}
    if (!options.showDanmaku || (options.blockGiftDanmaku && c.lottery) || (!u.guard && !u.admin && (u.level ?? 0) < options.blockLevel)) return null
    if (options.blockMedalLevel && !(u.medal?.room === e.room && u.medal.level >= options.blockMedalLevel)) return null
    if (options.blockKeywords.some((k) => (c.text ?? '').includes(k))) return null
    if (options.mergeSimilarDanmaku) {
      const run = runs.get(`text:${c.text}`)
      if (run?.item.isConnected && e.received - run.at < 30000) {
        run.at = e.received
        run.count++
        run.badge ??= run.item.querySelector('#message').appendChild(el('span', 'el-badge'))
        run.badge.textContent = run.count
        return null
      }
    }
    const item = text(e)
    if (options.mergeSimilarDanmaku) runs.set(`text:${c.text}`, { item, count: 1, at: e.received })
    keep(e.key, item)
    return item
  },
  gift (e) {
    const g = e.gift
    const price = g.total / 1000
    const run = options.mergeGift && runs.get(`gift:${g.combo || `${e.user?.id}/${e.user?.name}/${g.id}`}`)
    if (!options.showGift || !g.paid) return null
    if (run?.item.isConnected && e.received - run.at < 30000) {
      run.at = e.received
      run.count += g.count
      run.total += g.total
      run.show()
      return null
    }
    if (price < options.minGiftPrice) return null
    const row = paid(e, price, options.showGiftName ? words.sent(clean(g.name), g.count) : '')
    const entry = { item: row.item, count: g.count, total: g.total, at: e.received, show () {
      row.sum.textContent = amount(entry.total / 1000)
      if (options.showGiftName) row.message.textContent = words.sent(clean(g.name), entry.count)
    } }
    runs.set(`gift:${g.combo || `${e.user?.id}/${e.user?.name}/${g.id}`}`, entry)
    keep(e.key, row.item)
    return row.item
  },
  superchat (e) {
    const s = e.superchat
    const price = s.price / 1000
    const { item } = paid(e, price, clean(s.translated ? `${s.text}（${s.translated}）` : s.text))
    const left = s.seconds - (Date.now() - (s.start || e.received)) / 1000
    keep(`sc:${s.id}`, item, tick(e, price, amount(price), Math.min(left, s.seconds)))
    return item
  },
  guard (e) {
    const item = membership(e)
    const price = e.guard.price / 1000
    keep(e.key, item, tick(e, price, words.guard[e.guard.level] ?? '', Math.min(60, 60 - (Date.now() - e.received) / 1000)))
    return item
  },
  superchat_delete (e) {
    for (const id of e.superchat_delete.ids ?? []) drop(`sc:${id}`)
    return null
  },
  moderation (e) {
    const m = e.moderation
    if (m.action === 'recall') drop(`dm:${m.target}`)
    if (m.action === 'recall_user' || m.action === 'block') for (const item of list.children) if (item.dataset.user === m.target) item.remove()
    if (m.action === 'recall_all') list.replaceChildren()
    return null
  },
}

let queue = []
function show (e) {
  if (e.of || blocked(e) || byKey.get(e.key)?.some((item) => item.isConnected)) return
  const item = draw[e.kind]?.(e)
  if (runs.size > 300) runs.delete(runs.keys().next().value)
  if (!item) return
  item.id = e.key || `event-${e.seq}`
  if (e.user?.id) item.dataset.user = e.user.id
  queue.push(item)
  if (queue.length === 1) requestAnimationFrame(flush)
  if (queue.length > options.maxNumber) queue.shift()
}

// One change of the page per frame, however many comments arrive.
function flush () {
  list.append(...queue)
  queue = []
  while (list.childElementCount > options.maxNumber) list.firstElementChild.remove()
}
// A hidden page gets no frames: OBS may hide it for hours.
setInterval(() => { if (queue.length && document.hidden) flush() }, 1000)

const state = el('p', 'blc-state')
state.hidden = true
document.body.append(state)
const own = query.get('templateUrl') ? template(query.get('templateUrl'), options, words) : null
if (own) document.querySelector('yt-live-chat-renderer').hidden = true

follow({
  kinds: Object.keys(draw),
  history: options.history,
  token: query.get('token') ?? '',
  event: own ? (e) => { if (!blocked(e)) own(e) } : show,
  state (s, reason) {
    state.textContent = s === 'on' ? '' : s === 'off' ? words.off : words.refused + reason
    state.hidden = s === 'on'
  },
})
