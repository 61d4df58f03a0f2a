package store

import "danmaku/event"

// detail returns the detail that the event's kind names as a pointer; nil when
// it has none.
func detail(e *event.Event) any {
	switch e.Kind {
	case event.KindComment:
		return pointer(e.Comment)
	case event.KindGift:
		return pointer(e.Gift)
	case event.KindSuperChat:
		return pointer(e.SuperChat)
	case event.KindSuperChatDelete:
		return pointer(e.SuperChatDelete)
	case event.KindGuard:
		return pointer(e.Guard)
	case event.KindEnter:
		return pointer(e.Enter)
	case event.KindFollow:
		return pointer(e.Follow)
	case event.KindShare:
		return pointer(e.Share)
	case event.KindLike:
		return pointer(e.Like)
	case event.KindLive:
		return pointer(e.Live)
	case event.KindOffline:
		return pointer(e.Offline)
	case event.KindRoom:
		return pointer(e.RoomInfo)
	case event.KindStats:
		return pointer(e.Stats)
	case event.KindModeration:
		return pointer(e.Moderation)
	case event.KindRedPacket:
		return pointer(e.RedPacket)
	case event.KindLottery:
		return pointer(e.Lottery)
	case event.KindNotice:
		return pointer(e.Notice)
	}
	return nil
}

// pointer keeps a nil pointer from becoming an interface that is not nil.
func pointer[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// newDetail sets the detail of the event's kind to an empty one and returns it;
// nil for kinds without.
func newDetail(e *event.Event) any {
	switch e.Kind {
	case event.KindComment:
		e.Comment = new(event.Comment)
	case event.KindGift:
		e.Gift = new(event.Gift)
	case event.KindSuperChat:
		e.SuperChat = new(event.SuperChat)
	case event.KindSuperChatDelete:
		e.SuperChatDelete = new(event.SuperChatDelete)
	case event.KindGuard:
		e.Guard = new(event.Guard)
	case event.KindEnter:
		e.Enter = new(event.Enter)
	case event.KindFollow:
		e.Follow = new(event.Follow)
	case event.KindShare:
		e.Share = new(event.Share)
	case event.KindLike:
		e.Like = new(event.Like)
	case event.KindLive:
		e.Live = new(event.Live)
	case event.KindOffline:
		e.Offline = new(event.Offline)
	case event.KindRoom:
		e.RoomInfo = new(event.RoomInfo)
	case event.KindStats:
		e.Stats = new(event.Stats)
	case event.KindModeration:
		e.Moderation = new(event.Moderation)
	case event.KindRedPacket:
		e.RedPacket = new(event.RedPacket)
	case event.KindLottery:
		e.Lottery = new(event.Lottery)
	case event.KindNotice:
		e.Notice = new(event.Notice)
	}
	return detail(e)
}

// onlyDetail reports whether an event has no detail but the one its kind names.
func onlyDetail(e *event.Event) bool {
	n := 0
	for _, set := range [...]bool{e.Comment != nil, e.Gift != nil, e.SuperChat != nil, e.SuperChatDelete != nil, e.Guard != nil,
		e.Enter != nil, e.Follow != nil, e.Share != nil, e.Like != nil, e.Live != nil, e.Offline != nil, e.RoomInfo != nil,
		e.Stats != nil, e.Moderation != nil, e.RedPacket != nil, e.Lottery != nil, e.Notice != nil} {
		if set {
			n++
		}
	}
	return n == 0 || n == 1 && detail(e) != nil
}
