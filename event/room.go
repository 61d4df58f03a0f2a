package event

// State is what a room's session is doing.
type State string

// The states of a session. Each but Online says in Status.Advice what a user
// can do about it.
const (
	StateConnecting  State = "connecting"
	StateOnline      State = "online"
	StateWaiting     State = "waiting"      // between tries; Until says when the next one is
	StateRiskControl State = "risk_control" // the platform answered -352
	StateRefused     State = "refused"      // the platform answered -412
	StateMasked      State = "masked"       // online, but names are hidden; Status.Masking says why
	StateOffline     State = "offline"      // online; the streamer is not live
	StateNotFound    State = "not_found"    // no such room: not tried again
	StateLocked      State = "locked"       // the platform locked the room
	StateStopped     State = "stopped"      // left, or the program is ending
)

// Connected reports whether a state means that comments would arrive.
func (s State) Connected() bool {
	return s == StateOnline || s == StateMasked || s == StateOffline
}

// Status is a room as seen by its readers: what its session is doing and what
// is known of the broadcast.
type Status struct {
	Room    RoomID `json:"room"`
	ShortID RoomID `json:"short_id,omitempty"`
	State   State  `json:"state"`
	Cause   Cause  `json:"cause,omitempty"`  // why it is not online
	Detail  string `json:"detail,omitempty"` // the error, in plain words, without secrets
	Advice  string `json:"advice,omitempty"` // what a user can do
	Since   Millis `json:"since"`            // when the state began
	Until   Millis `json:"until,omitempty"`  // the next try
	Host    string `json:"host,omitempty"`   // the comment server
	// Masking is why names are hidden, in StateMasked; else "".
	Masking Masking `json:"masking,omitempty"`
	// Heard is the last sign of life of a connection that is lost: what the
	// platform sent after it, nobody knows. 0 while connected.
	Heard    Millis `json:"heard,omitempty"`
	Title    string `json:"title,omitempty"`
	Streamer string `json:"streamer,omitempty"`
	Area     string `json:"area,omitempty"`
	Live     bool   `json:"live"`
	LiveFrom Millis `json:"live_from,omitempty"`
	Archived bool   `json:"archived"` // events are being written to the archive

	Events       int64 `json:"events"`        // received since joining
	DecodeErrors int64 `json:"decode_errors"` // messages or commands that could not be read

	// Completeness is what can be said of events the platform kept back although
	// the room was connected. Nil: there is nothing to judge by.
	Completeness *Completeness `json:"completeness,omitempty"`
}

// Masking is why the platform hides names.
type Masking string

// The reasons, each of which asks for something else.
const (
	MaskedGuest   Masking = "not_logged_in" // nobody is logged in
	MaskedExpired Masking = "login_expired" // somebody was; the platform no longer accepts it
	MaskedAlways  Masking = "always"        // in this room a login changes nothing
)

// Completeness estimates which share of what happened in a room reached us, by
// comparing what arrived with the platform's own copies and counters.
type Completeness struct {
	Comments *Estimate `json:"comments,omitempty"` // nil: cannot be told
	Gifts    *Estimate `json:"gifts,omitempty"`    // of combos; nil: cannot be told
}

// Estimate is a share between 0 and 1 with the bounds of its 95 % interval.
type Estimate struct {
	Share  float64 `json:"share"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Sample int64   `json:"sample"` // how many were compared
	Since  Millis  `json:"since"`  // from when on
	Basis  string  `json:"basis"`  // what was compared, and what that assumes
}

// Cause is why events of a span of time are missing.
type Cause string

// The causes of the public contract.
const (
	CauseNetwork      Cause = "network"
	CauseSilence      Cause = "silence"
	CauseToken        Cause = "token"
	CauseRiskControl  Cause = "risk_control"
	CauseRefused      Cause = "refused"
	CauseRestart      Cause = "restart"
	CauseDisk         Cause = "disk"
	CauseOfflineStart Cause = "offline_start"
	CauseUnknown      Cause = "unknown"
)

// Span is an interval in which a room's session was online and its events
// were committed.
type Span struct {
	From Millis `json:"from"`
	To   Millis `json:"to"`
}

// Gap is an interval that is not covered. To nil: still open.
type Gap struct {
	Room   RoomID  `json:"room,omitempty"`
	From   Millis  `json:"from"`
	To     *Millis `json:"to"`
	Cause  Cause   `json:"cause"`
	Detail string  `json:"detail,omitempty"`
}

// Coverage is what is known of the completeness of a room's events.
type Coverage struct {
	Room  RoomID `json:"room"`
	Spans []Span `json:"spans"`
	Gaps  []Gap  `json:"gaps"`
}
