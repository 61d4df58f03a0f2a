package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
)

// failure is why a try or a connection ended.
type failure struct {
	err    error
	state  event.State // what the room is in until the next try
	cause  event.Cause
	advice string
	until  event.Millis // not before; 0: the back-off decides
	renew  bool         // the token is no good
	fatal  bool         // not tried again
}

// Errors a connection ends with, beside those of the network.
var (
	errAuthTimeout = errors.New("no answer to the authentication")
	errDead        = errors.New("no sign of life; the connection is dead")
	errSilent      = errors.New("heartbeats are answered, but nothing else comes")
	errRejoin      = errors.New("the platform asked to join again")
	errEnded       = errors.New("the platform ended the session of this app")
	errLogin       = errors.New("the login was changed")
)

// authError is a refused authentication.
type authError struct{ code int }

func (e *authError) Error() string { return fmt.Sprintf("authentication refused with code %d", e.code) }

const (
	adviceNetwork = "Check the network connection; trying again by itself."
	adviceToken   = "The platform did not accept the token; getting a new one by itself. If it lasts, log in again (relay login)."
	adviceSilent  = "The comment server went silent; trying another one by itself."
	adviceRejoin  = "The platform asked to connect again; done by itself."
	adviceLogin   = "You logged in or out: connecting anew, room by room."
	adviceLocked  = "The platform has locked this room; looking again by itself from time to time."
	adviceRefused = "The comment server refuses the connection. Watch fewer rooms; trying again by itself."

	adviceMasked  = "Names are hidden and part of the comments is kept back: you are not logged in. Log in (relay login)."
	adviceExpired = "Your login has expired: names are hidden and part of the comments is kept back. Log in again (relay login)."
	adviceHidden  = "The platform hides the names in this room, logged in or not. Nothing can be done."
	adviceThinned = "The platform keeps part of the comments back. Log in (relay login), or keep a second connection (--redundant)."
	adviceOffline = "The streamer is not live; waiting for the broadcast."
	adviceFirst   = "Joining the room; this takes a few seconds."
)

// failed says what err, met while asking for a room or a token, or while
// dialing and reading, means for the room.
func failed(err error) failure {
	f := failure{err: err, state: event.StateWaiting, cause: event.CauseNetwork, advice: adviceNetwork}
	var told interface{ Status() event.Status }
	var auth *authError
	var refused *handshakeError
	switch {
	case errors.As(err, &told):
		s := told.Status()
		f.state, f.cause, f.advice, f.until = s.State, s.Cause, s.Advice, s.Until
		f.fatal = s.State == event.StateNotFound
	case errors.As(err, &auth):
		f.cause, f.advice, f.renew = event.CauseToken, adviceToken, true
	case errors.Is(err, errLogin):
		f.cause, f.advice, f.renew = event.CauseToken, adviceLogin, true
	case errors.Is(err, errEnded):
		f.cause, f.advice, f.renew = event.CauseToken, adviceRejoin, true
	case errors.Is(err, errRejoin):
		f.advice, f.renew = adviceRejoin, true
	case errors.Is(err, errSilent):
		f.cause, f.advice = event.CauseSilence, adviceSilent
	case errors.As(err, &refused):
		f.cause, f.advice, f.renew = event.CauseRefused, adviceRefused, true
	}
	return f
}

// detail is the error in plain words: no address with a query, no secret.
func (f failure) detail() string {
	var dns *net.DNSError
	var u *url.Error
	var closed *websocket.CloseError
	switch {
	case f.err == nil:
		return ""
	case errors.Is(f.err, context.DeadlineExceeded):
		return "timed out"
	case errors.As(f.err, &dns):
		return "the name " + dns.Name + " could not be resolved"
	case errors.Is(f.err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(f.err, &closed) || errors.Is(f.err, io.EOF) || errors.Is(f.err, io.ErrUnexpectedEOF):
		return "the comment server closed the connection"
	case errors.As(f.err, &u):
		return u.Err.Error()
	}
	s := f.err.Error()
	if len(s) > 300 {
		s = s[:300]
	}
	return s
}

// handshakeError is an answer other than the switch to WebSocket.
type handshakeError struct{ status int }

func (e *handshakeError) Error() string {
	return fmt.Sprintf("the comment server answered with HTTP status %d", e.status)
}

// backoff is the wait before the n-th try since the last connection that held,
// counted from 0: half of it is random, so that rooms lost together do not come
// back together.
func backoff(n int, random func(int64) int64) time.Duration {
	d := min(maxBackoff, time.Duration(math.Pow(1.6, float64(min(n, 20)))*float64(time.Second)))
	return d/2 + time.Duration(random(int64(d/2)+1))
}
