package bilibili

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// openHeader signs a call of the Open Live platform (protocol.md 3.1): the six
// x-bili- headers sorted by name, a line each, under HMAC-SHA256. Body is the
// exact text that is sent.
func openHeader(keyID, secret Secret, body []byte, nonce string, at time.Time) http.Header {
	sum := md5.Sum(body)
	lines := []string{
		"x-bili-accesskeyid:" + keyID.reveal(),
		"x-bili-content-md5:" + hex.EncodeToString(sum[:]),
		"x-bili-signature-method:HMAC-SHA256",
		"x-bili-signature-nonce:" + nonce,
		"x-bili-signature-version:1.0",
		"x-bili-timestamp:" + strconv.FormatInt(at.Unix(), 10),
	}
	mac := hmac.New(sha256.New, []byte(secret.reveal()))
	mac.Write([]byte(strings.Join(lines, "\n")))
	h := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		h.Set(name, value)
	}
	h.Set("Authorization", hex.EncodeToString(mac.Sum(nil)))
	return h
}

// newNonce is a text that is never used twice.
func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// openMeaning says what a code of the Open Live platform means (protocol.md 3.1);
// nil: nothing that is told apart.
func openMeaning(code int) error {
	switch code {
	case 4001, 4002, 4005, 4006, 4008, 8002:
		return ErrAccess
	case 4003:
		return ErrClock
	case 4007, 5004, 5005, 5011:
		return ErrNotAllowed
	case 4009:
		return ErrTooFrequent
	case 7001:
		return ErrCooling
	case 7002, 7008:
		return ErrRunning
	case 7007:
		return ErrCode
	case 7010:
		return ErrFull
	}
	return nil
}

// openStatus says what a code of the Open Live platform means for a room
// (protocol.md 3.1).
func openStatus(code int) (cause event.Cause, advice string, wait time.Duration, ok bool) {
	switch code {
	case 4001, 4002, 4005, 4006, 4008, 8002:
		return event.CauseToken, "Open Live does not accept the access key or the app id. Check them.", 10 * time.Minute, true
	case 4003:
		return event.CauseToken, "Open Live finds the time of this call wrong. Set this machine's clock.", 10 * time.Minute, true
	case 4004:
		return event.CauseToken, "Open Live saw this call before; trying again by itself.", 0, true
	case 4007, 5004, 5005, 5011:
		return event.CauseRefused, "Open Live does not allow this app here: check its address list, its rooms and whether it is published.", 10 * time.Minute, true
	case 4009:
		return event.CauseRefused, "Open Live wants fewer calls; going slower by itself.", time.Minute, true
	case 7001:
		return event.CauseToken, "The app ran in this room a moment ago; starting it again by itself.", 10 * time.Second, true
	case 7002, 7008:
		return event.CauseToken, "The app already runs in this room, perhaps in another program. Close that, or wait a minute.", time.Minute, true
	case 7007:
		return event.CauseToken, "The identity code is wrong or has expired. Ask the streamer for a new one.", 10 * time.Minute, true
	case 7010:
		return event.CauseRefused, "There are five connections of this app to the room already. Close one.", 5 * time.Minute, true
	}
	return "", "", 0, false
}
