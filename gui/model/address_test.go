package model

import (
	"errors"
	"testing"

	"danmaku/event"
)

func TestARoomIsReadFromWhatPeoplePaste(t *testing.T) {
	for in, want := range map[string]event.RoomID{
		"21452505":                           21452505,
		" ７６ ":                               76,
		"https://live.bilibili.com/21452505": 21452505,
		"http://live.bilibili.com/6?spm_id_from=1.2":  6,
		"live.bilibili.com/h5/6#x":                    6,
		"https://live.bilibili.com/blanc/12?a=b":      12,
		"【标题】来看直播 https://live.bilibili.com/33 快来":    33,
		"https://live.bilibili.com/p/html?room_id=44": 44,
	} {
		if got, err := ParseAddress(in); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
	}
	for in, want := range map[string]error{
		"": ErrNoAddress, "hello": ErrNoAddress, "-5": ErrNoAddress, "0": ErrNoAddress,
		"https://www.bilibili.com/video/BV1xx": ErrNoAddress, "https://live.bilibili.com/": ErrNoAddress,
		"https://b23.tv/abc": ErrShortAddress,
	} {
		if got, err := ParseAddress(in); !errors.Is(err, want) {
			t.Errorf("%q: %d, %v; want %v", in, got, err, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("https://live.bilibili.com/1?x=%zz")
	f.Add("live.bilibili.com//////9999999999999999999")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseAddress(s); err == nil && id <= 0 {
			t.Errorf("%q is room %d", s, id)
		}
	})
}
