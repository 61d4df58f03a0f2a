// A blivechat template: a page in a frame that is told what happens by
// messages, in place of the list. It says blcTemplateConnect when it is ready.
import { clean, el, pieces, safe } from './feed.js'

const noFace = 'https://static.hdslb.com/images/member/noface.gif'

// template shows a template and returns what to tell events to.
export function template (address, options, words) {
  const url = new URL(address, location.href)
  const frame = el('iframe', 'blc-template')
  const waiting = []
  let connected = false
  const tell = (type, data) => {
    if (connected) frame.contentWindow.postMessage({ type, data }, url.origin)
    else if (waiting.push([type, data]) > options.maxNumber) waiting.shift()
  }
  addEventListener('message', (m) => {
    if (m.source !== frame.contentWindow || m.data?.type !== 'blcTemplateConnect') return
    connected = true
    const { showGiftName, mergeSimilarDanmaku, mergeGift, maxNumber } = options
    tell('blcInit', { blcVersion: 'danmaku', sdkVersion: '1.0.1', config: { showGiftName, mergeSimilarDanmaku, mergeGift, maxNumber } })
    css()
    for (const [type, data] of waiting.splice(0)) tell(type, data)
  })
  // Styles of this page that say so are the template's as well; OBS adds them
  // after loading.
  const css = () => {
    const own = [...document.querySelectorAll('style')].map((s) => s.textContent).filter((s) => s.includes('blc-inject-into-template'))
    if (own.length) tell('blcInjectCss', { injectCssUrls: [], injectCss: own.join('\n') })
  }
  new MutationObserver(() => { if (connected) css() }).observe(document.head, { childList: true, subtree: true, characterData: true })
  if (url.protocol === 'http:' || url.protocol === 'https:') frame.src = url.href
  document.body.append(frame)

  const runs = new Map()
  return (e) => {
    if (e.of) return
    if (e.superchat_delete) tell('blcDelMsgs', { ids: e.superchat_delete.ids ?? [] })
    if (e.moderation?.action === 'recall') tell('blcDelMsgs', { ids: [e.moderation.target] })
    const g = e.gift
    if (g && (!options.showGift || !g.paid)) return
    if (g && options.mergeGift) {
      const key = g.combo || `${e.user?.id}/${e.user?.name}/${g.id}`
      const run = runs.get(key)
      if (run && e.received - run.at < 30000) {
        run.at = e.received
        run.num += g.count
        run.total += g.total
        tell('blcUpdateMsg', { id: run.id, newValuesObj: { num: run.num, price: run.total / 1000 } })
        return
      }
      if (g.total / 1000 >= options.minGiftPrice) runs.set(key, { id: idOf(e), at: e.received, num: g.count, total: g.total })
      if (runs.size > 300) runs.delete(runs.keys().next().value)
    }
    if (g && g.total / 1000 < options.minGiftPrice) return
    if (e.comment && (!options.showDanmaku || (options.blockGiftDanmaku && e.comment.lottery) || options.blockKeywords.some((k) => (e.comment.text ?? '').includes(k)))) return
    const m = message(e, words)
    if (m) tell('blcAddMsg', m)
  }
}

const idOf = (e) => e.superchat?.id || e.key.slice(e.key.indexOf(':') + 1) || `event-${e.seq}-${e.received}`

function message (e, words) {
  const u = e.user ?? {}
  const medal = u.medal?.room === e.room ? u.medal : null
  const all = {
    id: idOf(e), avatarUrl: safe(u.face) || noFace, time: new Date(e.at || e.received), authorName: clean(u.name) || words.hidden, uid: u.id ?? '',
    privilegeType: u.guard ?? 0, medalLevel: medal?.level ?? 0, medalName: medal?.name ?? '',
  }
  if (e.comment) {
    const c = e.comment
    const picture = (p) => ({ type: 1, text: p.text ?? '', url: safe(p.url), width: p.width ?? 0, height: p.height ?? 0 })
    return {
      ...all, type: 0, authorType: u.admin ? 2 : u.guard ? 1 : 0, content: clean(c.text), translation: '', authorLevel: u.level ?? 0, isGiftDanmaku: !!c.lottery,
      contentParts: c.sticker && safe(c.sticker.url) ? [picture(c.sticker)] : pieces(c.text ?? '', c.emotes).map((p) => (p.url ? picture(p) : { type: 0, text: p })),
    }
  }
  if (e.gift) {
    const g = e.gift
    return { ...all, type: 1, price: g.total / 1000, giftName: clean(g.name), num: g.count, giftId: Number(g.id) || 0, giftIconUrl: safe(g.icon) }
  }
  if (e.guard) return { ...all, type: 2, privilegeType: e.guard.level, num: e.guard.count, unit: clean(e.guard.unit), price: e.guard.price / 1000 }
  if (e.superchat) return { ...all, type: 3, price: e.superchat.price / 1000, content: clean(e.superchat.text), translation: clean(e.superchat.translated) }
  return null
}
