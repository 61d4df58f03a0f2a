package bilibili

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"danmaku/event"
)

// What an answer means, for errors.Is on an *APIError.
var (
	ErrNoRoom      = errors.New("no such room")
	ErrRiskControl = errors.New("risk control")
	ErrRefused     = errors.New("refused")
	ErrTooFrequent = errors.New("too frequent")
	ErrLogin       = errors.New("not logged in")
)

// What an answer of the Open Live platform means, likewise.
var (
	ErrCode       = errors.New("identity code not accepted")
	ErrRunning    = errors.New("the app runs in this room already")
	ErrCooling    = errors.New("the app ran in this room a moment ago")
	ErrFull       = errors.New("too many connections of this app")
	ErrAccess     = errors.New("access key or app id not accepted")
	ErrClock      = errors.New("this machine's clock is wrong")
	ErrNotAllowed = errors.New("the app is not allowed here")
)

// APIError is an answer that is not the one asked for. Its text holds no query
// and no cookie: those may be secret.
type APIError struct {
	Endpoint string // name of the call, such as getDanmuInfo
	Code     int    // the code in the answer; 0: none could be read
	HTTP     int    // the HTTP status when it was not 200
	Message  string // the platform's words, cut short
	// Until is the moment before which the process makes no such call again;
	// zero: no pause. Held: this call was not even sent, because of an earlier
	// refusal.
	Until time.Time
	Held  bool
}

func (e *APIError) Error() string {
	s := "bilibili: " + e.Endpoint + ": "
	switch {
	case e.Code != 0:
		s += fmt.Sprintf("code %d", e.Code)
	case e.HTTP != 0:
		s += fmt.Sprintf("HTTP status %d", e.HTTP)
	default:
		s += "answer not understood"
	}
	if m := e.meaning(); m != nil {
		s += " (" + m.Error() + ")"
	}
	if e.Message != "" && e.Message != fmt.Sprint(e.Code) {
		s += ": " + e.Message
	}
	if e.Held {
		s += "; not asked again yet"
	}
	return s
}

// Is reports whether the answer means target, one of the Err values.
func (e *APIError) Is(target error) bool { return target == e.meaning() }

// open reports whether the call was one of the Open Live platform.
func (e *APIError) open() bool { return strings.HasPrefix(e.Endpoint, "app/") }

func (e *APIError) meaning() error {
	if e.open() {
		if m := openMeaning(e.Code); m != nil {
			return m
		}
	}
	switch e.Code {
	case -352:
		return ErrRiskControl
	case -412:
		return ErrRefused
	case -799, -509:
		return ErrTooFrequent
	case -101, 65530:
		return ErrLogin
	case 60004, 1002002:
		return ErrNoRoom
	case 1:
		if e.Endpoint == "get_info" || e.Endpoint == "room_init" {
			return ErrNoRoom
		}
	}
	switch e.HTTP {
	case 412:
		return ErrRefused
	case 429:
		return ErrTooFrequent
	}
	return nil
}

// ordinary reports whether the platform treated the call like any other, though
// the answer was not the one hoped for.
func (e *APIError) ordinary() bool {
	_, first, _ := e.pause()
	return first == 0 && e.HTTP == 0 && e.Code != 0
}

// pause says how the answer is met: which calls are kept quiet ("" all), how
// long after the first refusal, and how long at most.
func (e *APIError) pause() (scope string, first, most time.Duration) {
	switch m := e.meaning(); {
	case errors.Is(m, ErrRiskControl):
		return e.Endpoint, time.Minute, 30 * time.Minute
	case errors.Is(m, ErrRefused):
		return "", 5 * time.Minute, time.Hour
	case errors.Is(m, ErrTooFrequent):
		return "", 10 * time.Second, 10 * time.Minute
	}
	return "", 0, 0
}

// Status says what the answer means for a room: its state, the cause, what the
// user can do and when the next try makes sense.
func (e *APIError) Status() event.Status {
	s := event.Status{State: event.StateWaiting, Cause: event.CauseNetwork, Detail: e.Error(), Until: event.At(e.Until),
		Advice: "The platform answers with an error; trying again by itself."}
	if cause, advice, wait, ok := openStatus(e.Code); ok && e.open() {
		s.Cause, s.Advice = cause, advice
		if wait > 0 && e.Until.IsZero() {
			s.Until = event.At(time.Now().Add(wait))
		}
		return s
	}
	switch m := e.meaning(); {
	case errors.Is(m, ErrNoRoom):
		s.State, s.Cause = event.StateNotFound, event.CauseUnknown
		s.Advice = "There is no such room. Check the number in the address of the room's page."
	case errors.Is(m, ErrRiskControl):
		s.State, s.Cause = event.StateRiskControl, event.CauseRiskControl
		s.Advice = "The platform doubts this program. Rooms that are connected go on; this one is tried again by itself, ever more rarely. Log in (relay login), close other programs that read rooms, or update danmaku."
	case errors.Is(m, ErrRefused):
		s.State, s.Cause = event.StateRefused, event.CauseRefused
		s.Advice = "The platform refuses this network address for now. Rooms that are connected go on; this one is tried again by itself, ever more rarely. Wait; watch fewer rooms."
	case errors.Is(m, ErrTooFrequent):
		s.Cause = event.CauseRefused
		s.Advice = "The platform wants fewer requests; going slower by itself. Watch fewer rooms if it lasts."
	case errors.Is(m, ErrLogin):
		s.Cause = event.CauseToken
		s.Advice = "The login is not accepted. Log in again (relay login)."
	}
	return s
}

// endpointError wraps what went wrong before there was an answer.
func endpointError(endpoint string, err error) error {
	return fmt.Errorf("bilibili: %s: %w", endpoint, err)
}
