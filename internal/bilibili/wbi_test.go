package bilibili

import (
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	vectorImg = "7cd084941338484aae1ad9425b84077c"
	vectorSub = "4932caff0ff746eab6f01bf08b70ac45"
)

// The vectors of protocol.md 2.2, three of them from real calls.
func TestWBISignatureEqualsThePublishedVectors(t *testing.T) {
	if got, want := mixinKey(vectorImg, vectorSub), "ea1db124af3c7062474693fa704f4ff8"; got != want {
		t.Fatalf("mixin key %s, want %s", got, want)
	}
	for _, v := range []struct {
		params map[string]string
		wts    int64
		signed string
		rid    string
	}{
		{map[string]string{"foo": "114", "bar": "514", "zab": "1919810"}, 1702204169,
			"bar=514&foo=114&wts=1702204169&zab=1919810", "8f6f2b5b3d485fe1886cec6a0be8c5d4"},
		{map[string]string{"id": "1017", "type": "0", "web_location": "444.8"}, 1748266797,
			"id=1017&type=0&web_location=444.8&wts=1748266797", "cf24f88ea0cbb61e7b29aed0c070187d"},
		{map[string]string{"id": "5553263", "type": "0"}, 1776925721,
			"id=5553263&type=0&wts=1776925721", "2662a4f8479c442aa069cef32d60394b"},
		{map[string]string{"foo": "one one four", "bar": "五一四", "baz": "1919810"}, 1702204169,
			"bar=%E4%BA%94%E4%B8%80%E5%9B%9B&baz=1919810&foo=one%20one%20four&wts=1702204169", "04e50b58980e3e3cee8cbc0cc4c1c530"},
		{map[string]string{"msg": "a b(c)*'d'!~", "roomid": "1"}, 1700000000,
			"msg=a%20bcd~&roomid=1&wts=1700000000", "85c370174fffa92fb6c843ff9df7729d"},
	} {
		before := maps.Clone(v.params)
		query := signWBI(v.params, mixinKey(vectorImg, vectorSub), time.Unix(v.wts, 0))
		if !maps.Equal(before, v.params) {
			t.Errorf("%s: the caller's parameters were changed to %v", v.signed, v.params)
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("%s: query %q: %v", v.signed, query, err)
		}
		if got := values.Get("w_rid"); got != v.rid {
			t.Errorf("%s: w_rid %s, want %s", v.signed, got, v.rid)
		}
		for k, want := range before {
			if got := values.Get(k); got != want {
				t.Errorf("%s: parameter %s is sent as %q, want %q", v.signed, k, got, want)
			}
		}
		withTime := maps.Clone(before)
		withTime["wts"] = values.Get("wts")
		if got := wbiQuery(withTime); got != v.signed {
			t.Errorf("signed text %q, want %q", got, v.signed)
		}
	}
}

func TestWBIKeysAreTheFileNamesOfTheImages(t *testing.T) {
	for in, want := range map[string]string{
		"https://i0.hdslb.com/bfs/wbi/" + vectorImg + ".png": vectorImg,
		"https://i0.hdslb.com/bfs/wbi/" + vectorSub:          vectorSub,
		"":    "",
		"://": "",
	} {
		if got := wbiKeyOf(in); got != want {
			t.Errorf("%q: key %q, want %q", in, got, want)
		}
	}
	if got := mixinKey("short", vectorSub); got != "" {
		t.Errorf("a short key gave the mixin %q", got)
	}
	if got := mixinKey(strings.Repeat("a", 31), strings.Repeat("b", 33)); got != "" {
		t.Errorf("keys of unequal length gave the mixin %q", got)
	}
}
