package protocol

import (
	"encoding/hex"
	"encoding/json"
	"testing"
)

func TestAuthIsWrittenAsTheWebPageDoes(t *testing.T) {
	a := Auth{UID: 3546000000000001, Room: 21452505, Protover: 3, Platform: "web", Type: 2, Buvid: "AB-12infoc", Key: "t0ken=="}
	p, rest, err := Next(AppendAuth([]byte{}, a))
	if err != nil || len(rest) != 0 {
		t.Fatal(err, rest)
	}
	if p.Op != OpAuth || p.Version != Control || p.Seq != 1 {
		t.Errorf("header %+v", p)
	}
	want := `{"uid":3546000000000001,"roomid":21452505,"protover":3,"platform":"web","type":2,"buvid":"AB-12infoc","key":"t0ken=="}`
	if string(p.Body) != want {
		t.Errorf("got  %s\nwant %s", p.Body, want)
	}
	if got, err := ParseAuth(p.Body); err != nil || got != a {
		t.Errorf("read again: %+v, %v", got, err)
	}
}

func TestAuthOfOtherClientsIsRead(t *testing.T) {
	tests := []struct {
		body string
		want Auth
		bad  bool
	}{
		{`{"roomid":5}`, Auth{Room: 5}, false},
		{`{"roomid":"5","uid":"0","protover":"2"}`, Auth{Room: 5, Protover: 2}, false},
		{`{"roomid":5,"uid":null,"key":"k","group":"","extra":[1]}`, Auth{Room: 5, Key: "k"}, false},
		{`{"roomid":""}`, Auth{}, false},
		{`{"roomid":"five"}`, Auth{}, true},
		{`{"roomid":5.5}`, Auth{}, true},
		{`{"roomid":{}}`, Auth{}, true},
		{`{"key":7}`, Auth{}, true},
		{`[]`, Auth{}, true},
		{``, Auth{}, true},
	}
	for _, tt := range tests {
		got, err := ParseAuth([]byte(tt.body))
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%s: got %+v, %v", tt.body, got, err)
		}
	}
}

func TestAuthReply(t *testing.T) {
	for _, code := range []int{AuthAccepted, AuthToken, -500} {
		p, _, err := Next(AppendAuthReply(nil, AuthReply{Code: code}))
		if err != nil || p.Op != OpAuthReply {
			t.Fatalf("code %d: %+v, %v", code, p, err)
		}
		if r, err := ParseAuthReply(p.Body); err != nil || r.Code != code {
			t.Errorf("code %d came back as %+v, %v", code, r, err)
		}
	}
	for _, body := range []string{``, `{}`, `{"code":null}`, `[0]`, `{"code":"no"}`} {
		if r, err := ParseAuthReply([]byte(body)); err == nil {
			t.Errorf("%s was taken for %+v", body, r)
		}
	}
}

func TestHeartbeatsAreByteForByteWhatClientsKnow(t *testing.T) {
	if got := hex.EncodeToString(AppendHeartbeat(nil)); got != "00000010001000010000000200000001" {
		t.Errorf("heartbeat %s", got)
	}
	if got := hex.EncodeToString(AppendHeartbeatReply(nil, 258)); got != "0000001400100001000000030000000100000102" {
		t.Errorf("heartbeat reply %s", got)
	}
	if n, err := ParseHeartbeatReply([]byte{1, 2, 3}); err == nil {
		t.Errorf("3 bytes were taken for %d", n)
	}
}

func FuzzParseAuth(f *testing.F) {
	f.Add([]byte(`{"uid":0,"roomid":"5","protover":3,"key":"\ud83d\ude00"}`))
	f.Add([]byte(`{"uid":null,"code":-101}`))
	f.Add([]byte(`{"roomid":"`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if a, err := ParseAuth(body); err == nil {
			p, _, err := Next(AppendAuth(nil, a))
			if err != nil || !json.Valid(p.Body) {
				t.Fatalf("%+v does not write: %v", a, err)
			}
			if again, err := ParseAuth(p.Body); err != nil || again != a {
				t.Fatalf("got %+v again, want %+v (%v)", again, a, err)
			}
		}
		_, _ = ParseAuthReply(body)
		_, _ = ParseHeartbeatReply(body)
	})
}
