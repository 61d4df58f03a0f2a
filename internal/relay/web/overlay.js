// The overlay page. Everything that viewers write is set as text, never as
// markup; pictures come from https addresses only.
import { clean, color, el, follow, picture, pieces, query, safe, yuan } from './feed.js'

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

function words2nodes (parent, text, emotes) {
  for (const p of pieces(text, emotes)) parent.append(p.url ? picture(safe(p.url), 'emote', p.text) : p)
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
function show (e, old) {
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

const tell = (text) => {
  state.textContent = text
  state.hidden = !text
}
follow({
  kinds: Object.keys(draw).filter((k) => k !== 'enter' || options.enter),
  history: options.history,
  token: options.token,
  event: show,
  state: (s, reason) => tell(s === 'on' ? '' : s === 'off' ? words.off : words.refused + reason),
})
