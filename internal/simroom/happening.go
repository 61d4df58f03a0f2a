package simroom

import (
	"encoding/json"
	"time"

	"danmaku/event"
)

// view is how a connection is shown what happens.
type view uint8

const (
	web    view = iota // the web page's commands
	masked             // the same for somebody not logged in while names are hidden
	open               // the official platform's commands
	views
)

// happening is one thing that happens in a simulated room, from which the
// command of each view is written. Everything that is left to chance is
// decided before, so that all views tell the same.
type happening struct {
	sort sort
	at   time.Time // the platform's clock
	who  *viewer
	// id is the platform's identity: id_str, tid, payflow_id, the super chat's
	// number, according to sort.
	id   string
	text string
	n    int64 // the number of a counter
	// serial counts what the room has said; it makes msg_id unique.
	serial int64

	comment *comment
	gift    *gift
	chat    *superChat
	guard   *guard
	combo   *combo

	// raw is a command as it is to be sent (a replayed one, an unknown one);
	// rawKind and rawCmd are for the ledger.
	raw     []byte
	rawKind event.Kind
	rawCmd  string
}

// sort is what happens; most sorts are one command.
type sort uint8

const (
	rawCommand sort = iota
	sayComment
	copyComment // LIVE_INTERACTIVE_GAME: the platform repeats comments for games
	giveGift
	giveGiftV2
	comboSum
	saySuperChat
	translateSuperChat
	deleteSuperChat
	guardToastV2
	guardToast
	guardBuy
	enterOld
	enterV2
	follow
	share
	entryEffect
	likeClick
	likeTotal
	watched
	onlineCount
	onlineRank
	realTime
	roomChange
	siteNotice
	liveOn
	liveOff
	stoppedRooms
	banner
	dmInteraction
	rankChanged
	logInNotice
)

type comment struct {
	mode    int
	color   int
	size    int
	rnd     int64
	ct      string
	sticker *sticker
	reply   *viewer
	lottery bool
	combo   bool // a "+1" of somebody else's comment
	suffix  bool // the command's name carries broadcast parameters
}

type superChat struct {
	cny     int
	seconds int
	token   string
	trans   string // the Japanese translation, sent as a second message
}

type guard struct {
	level   int
	months  int
	price   int // gold, as paid
	list    int // gold, the list price
	renewal bool
	count   int
}

// standing is a super chat that is still shown.
type standing struct {
	id   string
	item []byte // as getMessageList tells it
	end  time.Time
}

// append writes the command of h for a view; nothing when the view has none.
func (r *room) append(dst []byte, h *happening, v view) []byte {
	if v == open {
		return r.appendOpen(dst, h)
	}
	if v == masked {
		if h.sort == rawCommand {
			return append(dst, maskCommand(h.raw)...)
		}
		m := *h
		m.who = h.who.masked()
		if m.comment != nil && m.comment.reply != nil {
			c := *m.comment
			c.reply = c.reply.masked()
			m.comment = &c
		}
		h = &m
	}
	switch h.sort {
	case rawCommand:
		return append(dst, h.raw...)
	case sayComment:
		return r.appendComment(dst, h)
	case copyComment:
		return r.appendCopy(dst, h)
	case giveGift:
		return r.appendGift(dst, h)
	case giveGiftV2:
		return r.appendGiftV2(dst, h)
	case comboSum:
		return r.appendCombo(dst, h)
	case saySuperChat:
		return r.appendSuperChat(dst, h)
	case translateSuperChat:
		return r.appendTranslation(dst, h)
	case deleteSuperChat:
		return put(dst, `{"cmd":"SUPER_CHAT_MESSAGE_DELETE","data":{"ids":[$]},"roomid":$}`, json.RawMessage(h.id), int64(r.ID))
	case guardToastV2:
		return r.appendGuardToastV2(dst, h)
	case guardToast:
		return r.appendGuardToast(dst, h)
	case guardBuy:
		return r.appendGuardBuy(dst, h)
	case enterOld:
		return r.appendEnterOld(dst, h)
	case enterV2, follow, share:
		return r.appendInteract(dst, h)
	case entryEffect:
		return r.appendEntryEffect(dst, h)
	case likeClick:
		return r.appendLike(dst, h)
	}
	return r.appendNews(dst, h)
}

// name is the command's name, as the ledger counts it.
func (h *happening) name() string {
	switch h.sort {
	case rawCommand:
		return h.rawCmd
	case sayComment:
		return "DANMU_MSG"
	case copyComment:
		return "LIVE_INTERACTIVE_GAME"
	case giveGift:
		return "SEND_GIFT"
	case giveGiftV2:
		return "SEND_GIFT_V2"
	case comboSum:
		return "COMBO_SEND"
	case saySuperChat:
		return "SUPER_CHAT_MESSAGE"
	case translateSuperChat:
		return "SUPER_CHAT_MESSAGE_JPN"
	case deleteSuperChat:
		return "SUPER_CHAT_MESSAGE_DELETE"
	case guardToastV2:
		return "USER_TOAST_MSG_V2"
	case guardToast:
		return "USER_TOAST_MSG"
	case guardBuy:
		return "GUARD_BUY"
	case enterOld:
		return "INTERACT_WORD"
	case enterV2, follow, share:
		return "INTERACT_WORD_V2"
	case entryEffect:
		return "ENTRY_EFFECT"
	case likeClick:
		return "LIKE_INFO_V3_CLICK"
	}
	return newsNames[h.sort]
}

// kind is what the command becomes by the public contract.
func (h *happening) kind() event.Kind {
	switch h.sort {
	case rawCommand:
		return h.rawKind
	case sayComment:
		return event.KindComment
	case giveGift, giveGiftV2:
		return event.KindGift
	case saySuperChat, translateSuperChat:
		return event.KindSuperChat
	case deleteSuperChat:
		return event.KindSuperChatDelete
	case guardToastV2, guardToast, guardBuy:
		return event.KindGuard
	case enterOld, enterV2, entryEffect:
		return event.KindEnter
	case follow:
		return event.KindFollow
	case share:
		return event.KindShare
	case likeClick:
		return event.KindLike
	case likeTotal, watched, onlineCount, onlineRank, realTime:
		return event.KindStats
	case roomChange:
		return event.KindRoom
	case siteNotice:
		return event.KindNotice
	case liveOn:
		return event.KindLive
	case liveOff:
		return event.KindOffline
	}
	return event.KindOther
}

// repeats reports whether the command tells again what another one told.
func (h *happening) repeats() bool {
	switch h.sort {
	case copyComment, comboSum, translateSuperChat, guardToast, guardBuy:
		return true
	}
	return false
}

// events is how many events the command is: a gift message may hold several
// items, and each is one.
func (h *happening) events() int {
	if h.gift != nil && h.sort == giveGiftV2 {
		return len(h.gift.items)
	}
	return 1
}

// money is what was paid, in thousandths of CNY; 0 for repeats.
func (h *happening) money() event.Money {
	switch h.sort {
	case giveGift, giveGiftV2:
		return h.gift.paid()
	case saySuperChat:
		return event.Money(h.chat.cny) * 1000
	case guardToastV2:
		return event.Money(h.guard.price)
	}
	return 0
}

// singly is h with a message for each item of its gift, as the official
// platform tells it.
func (h *happening) singly() []happening {
	if h.gift == nil || len(h.gift.items) == 1 {
		return []happening{*h}
	}
	out := make([]happening, len(h.gift.items))
	for i := range out {
		g := *h.gift
		g.items = g.items[i : i+1]
		out[i] = *h
		out[i].gift = &g
	}
	return out
}
