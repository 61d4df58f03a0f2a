package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"danmaku/internal/bilibili"
)

func TestALoginThatThePlatformRefusesSaysWhatToDoAndWhen(t *testing.T) {
	until := time.Date(2026, 11, 22, 20, 4, 5, 0, time.Local)
	for code, want := range map[int]string{-352: "in a browser", -412: "wait"} {
		err := &bilibili.APIError{Endpoint: "qrcode/poll", Code: code, Until: until}
		text := advised(err).Error()
		if !strings.Contains(text, want) || !strings.Contains(text, "not before 20:04:05") || !errors.Is(advised(err), err) {
			t.Errorf("%d: %s", code, text)
		}
	}
	if err := (&bilibili.APIError{Code: -500}); advised(err) != error(err) {
		t.Error("an answer that begins no pause is told to wait")
	}
}
