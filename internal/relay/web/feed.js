// What the pages for OBS share: their address, the feed of their room, and how
// to make elements out of what strangers write: as text, never as markup, with
// pictures from https addresses only.
export const query = new URLSearchParams(location.search)
export const room = location.pathname.split('/').pop()

export const el = (tag, name, text) => {
  const e = document.createElement(tag)
  if (name) e.className = name
  if (text !== undefined) e.textContent = text
  return e
}
export const safe = (url) => (typeof url === 'string' && /^https?:\/\//.test(url) ? url.replace(/^http:/, 'https:') : '')
export const picture = (url, name, alt) => {
  const img = el('img', name)
  img.alt = alt ?? ''
  img.referrerPolicy = 'no-referrer'
  img.decoding = 'async'
  img.onerror = () => (alt ? img.replaceWith(alt) : img.remove())
  img.src = url
  return img
}
export const color = (c) => (/^#[0-9a-f]{6}$/i.test(c ?? '') ? c : '')
// Marks that turn the writing direction of what follows are left out.
export const clean = (s) => String(s ?? '').replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
export const yuan = (money) => `¥${(money / 1000).toLocaleString('en', { maximumFractionDigits: 1 })}`

// pieces cuts a comment into texts and emotes.
export function pieces (text, emotes) {
  const known = new Map((emotes ?? []).filter((e) => e.text && safe(e.url)).map((e) => [e.text, e]))
  if (!known.size) return [clean(text)]
  const pattern = new RegExp([...known.keys()].map((k) => k.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  const list = []
  let at = 0
  for (const m of text.matchAll(pattern)) {
    list.push(clean(text.slice(at, m.index)), known.get(m[0]))
    at = m.index + m[0].length
  }
  list.push(clean(text.slice(at)))
  return list.filter((p) => p !== '')
}

// follow gives the last events of the room, then all that come, and goes on
// where it was after a break. event(e, old) gets each once; state is told 'on',
// 'off' (not for a short break) or 'refused' with a reason.
export function follow ({ kinds, history, token, event, state }) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {}
  let after = -1
  let archive = ''
  let wait = 500
  let trouble

  function connect () {
    const q = new URLSearchParams({ room, kind: kinds.join(',') })
    if (after >= 0 && archive) {
      q.set('after', after)
      q.set('archive', archive)
    }
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/events?${q}`
    const ws = token ? new WebSocket(url, ['danmaku.v1', token]) : new WebSocket(url)
    ws.onmessage = (m) => {
      const e = JSON.parse(m.data)
      if (e.hello) {
        wait = 500
        clearTimeout(trouble)
        trouble = undefined
        state('on')
        archive = e.hello.archive
        if (after < 0) after = e.hello.seq
      } else if (e.kind) {
        if (e.seq) after = Math.max(after, e.seq)
        event(e, false)
      }
    }
    ws.onclose = (c) => {
      if (c.code === 1008) {
        if (after >= 0 && archive) { // the archive is another one now: start anew
          after = -1
          archive = ''
        } else {
          state('refused', c.reason)
          wait = 15000
        }
      }
      // A short break is nobody's business.
      trouble ??= setTimeout(() => state('off'), 5000)
      setTimeout(connect, wait * (0.5 + Math.random()))
      wait = Math.min(wait * 2, 15000)
    }
  }

  async function past () {
    if (!history) return
    try {
      const asked = kinds.filter((k) => ['comment', 'superchat', 'gift', 'guard'].includes(k))
      const r = await fetch(`/v1/search?${new URLSearchParams({ room, kind: asked.join(','), limit: history })}`, { headers })
      if (!r.ok) return
      const { events } = await r.json()
      for (const e of events.reverse()) {
        after = Math.max(after, e.seq)
        event(e, true)
      }
      // The feed goes on behind the newest of them; its archive is named by the first hello.
      const h = await (await fetch('/healthz', { headers })).json()
      if (after >= 0) archive = h.archive
    } catch { /* no archive, or not reachable yet: the feed will tell */ }
  }

  past().finally(connect)
}
