package protocol

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Auth is the body of the first packet a client sends.
type Auth struct {
	UID      int64  // of the account whose cookies fetched the token; 0 anonymous
	Room     int64  // the long room id
	Protover int    // which bundles are wanted: 3 brotli, 2 zlib, 0 none
	Platform string // "web"
	Type     int    // 2
	Buvid    string // the buvid3 cookie the token was fetched with
	Key      string // the token
}

type authBody struct {
	UID      flexInt `json:"uid"`
	Room     flexInt `json:"roomid"`
	Protover flexInt `json:"protover"`
	Platform string  `json:"platform"`
	Type     flexInt `json:"type"`
	Buvid    string  `json:"buvid"`
	Key      string  `json:"key"`
}

// flexInt is a whole number that some programs write as text.
type flexInt int64

func (n *flexInt) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" {
		return nil
	}
	if len(s) > 1 && s[0] == '"' {
		if s = s[1 : len(s)-1]; s == "" {
			return nil
		}
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is not a whole number", b)
	}
	*n = flexInt(v)
	return nil
}

// AppendAuth writes the auth packet. The official platform hands out its auth
// body ready made: send that with Append instead.
func AppendAuth(dst []byte, a Auth) []byte {
	body, err := json.Marshal(authBody{
		UID: flexInt(a.UID), Room: flexInt(a.Room), Protover: flexInt(a.Protover),
		Platform: a.Platform, Type: flexInt(a.Type), Buvid: a.Buvid, Key: a.Key,
	})
	if err != nil { // numbers and strings always marshal
		panic(err)
	}
	return Append(dst, Packet{Version: Control, Op: OpAuth, Seq: 1, Body: body})
}

// ParseAuth reads the body of an auth packet, for those who play the server.
// Numbers may be written as text, missing fields are zero: real clients do
// both. The error says which field cannot be read.
func ParseAuth(body []byte) (Auth, error) {
	var a authBody
	if err := json.Unmarshal(body, &a); err != nil {
		return Auth{}, fmt.Errorf("protocol: auth body: %w", err)
	}
	return Auth{UID: int64(a.UID), Room: int64(a.Room), Protover: int(a.Protover),
		Platform: a.Platform, Type: int(a.Type), Buvid: a.Buvid, Key: a.Key}, nil
}

// The codes of an auth reply that are known.
const (
	AuthAccepted = 0
	AuthToken    = -101 // the token is refused: fetch a new one before trying again
)

// AuthReply is the server's answer to an auth packet. On failures other than
// a bad token it closes the connection without one.
type AuthReply struct {
	Code int `json:"code"`
}

// ParseAuthReply reads the body of an auth reply. A body without a code is an
// error: taking it for success would leave a session silent for ever.
func ParseAuthReply(body []byte) (AuthReply, error) {
	var r struct {
		Code *flexInt `json:"code"`
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return AuthReply{}, fmt.Errorf("protocol: auth reply: %w", err)
	}
	if r.Code == nil {
		return AuthReply{}, errors.New("protocol: auth reply: no code")
	}
	return AuthReply{Code: int(*r.Code)}, nil
}

// AppendAuthReply writes the server's answer to an auth packet.
func AppendAuthReply(dst []byte, r AuthReply) []byte {
	body := append(strconv.AppendInt([]byte(`{"code":`), int64(r.Code), 10), '}')
	return Append(dst, Packet{Version: Control, Op: OpAuthReply, Seq: 1, Body: body})
}

// AppendHeartbeat writes a heartbeat: one right after the auth reply, then
// every 30 seconds (20 on the official platform). Its body is empty, so that
// the reply has no echo.
func AppendHeartbeat(dst []byte) []byte {
	return Append(dst, Packet{Version: Control, Op: OpHeartbeat, Seq: 1})
}

// AppendHeartbeatReply writes the answer to a heartbeat: header version 1 and
// a body of exactly 4 bytes, which is all that widespread clients can read.
func AppendHeartbeatReply(dst []byte, popularity uint32) []byte {
	return Append(dst, Packet{Version: Control, Op: OpHeartbeatReply, Seq: 1,
		Body: binary.BigEndian.AppendUint32(nil, popularity)})
}

// ParseHeartbeatReply reads the popularity, an obsolete number, out of the
// body of a heartbeat reply.
func ParseHeartbeatReply(body []byte) (popularity uint32, err error) {
	if len(body) < 4 {
		return 0, fmt.Errorf("protocol: heartbeat reply: %d bytes, 4 are needed", len(body))
	}
	return binary.BigEndian.Uint32(body), nil
}
