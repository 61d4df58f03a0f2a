package model

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"danmaku/event"
)

// The ways an address of a room can be wrong.
var (
	ErrNoAddress    = errors.New("no room in it")
	ErrShortAddress = errors.New("a short link: open it and paste the address it leads to")
)

// ParseAddress reads what people paste to name a room: its number, or an
// address such as https://live.bilibili.com/21452505?spm=… in a browser or a
// shared text.
func ParseAddress(s string) (event.RoomID, error) {
	s = strings.TrimSpace(event.Fold(s))
	if id, err := strconv.ParseInt(s, 10, 64); err == nil {
		if id <= 0 {
			return 0, ErrNoAddress
		}
		return event.RoomID(id), nil
	}
	i := strings.Index(s, "live.bilibili.com")
	if i < 0 {
		if strings.Contains(s, "b23.tv") || strings.Contains(s, "bili2233.cn") {
			return 0, ErrShortAddress
		}
		return 0, ErrNoAddress
	}
	s = s[i:]
	if end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }); end >= 0 {
		s = s[:end]
	}
	u, err := url.Parse("https://" + s)
	if err != nil {
		return 0, ErrNoAddress
	}
	for _, part := range strings.Split(u.Path, "/") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil && id > 0 {
			return event.RoomID(id), nil
		}
	}
	if id, err := strconv.ParseInt(u.Query().Get("room_id"), 10, 64); err == nil && id > 0 {
		return event.RoomID(id), nil
	}
	return 0, ErrNoAddress
}
