package decoder

import (
	"danmaku/event"
)

// The values of msg_type of the INTERACT_WORD family.
const (
	didEnter         = 1
	didFollow        = 2
	didShare         = 3
	didFollowSpecial = 4
	didFollowMutual  = 5
	didLike          = 6
)

// interact reads the data of INTERACT_WORD: somebody entered, followed, shared
// or liked.
func interact(e *event.Event, data value) {
	if !did(e, data.get("msg_type").int()) {
		return
	}
	at(e, data.get("trigger_time"), data.get("timestamp"))
	e.User = user(data.get("uid"), data.get("uname"))
	e.User.Guard = guardLevel(data.get("privilege_type"))
	e.User.Medal = oldMedal(data.get("fans_medal"))
	for v := range data.get("identities").elements {
		if v.int() == 2 {
			e.User.Admin = true
		}
	}
	addInfo(e.User, data.get("uinfo"))
	if data.get("is_mystery").bool() {
		e.User.Masked = true
	}
	arrivalKey(e, data.get("trigger_time").text())
}

// did sets kind and detail of an interaction; false: not one we know.
func did(e *event.Event, what int64) bool {
	switch what {
	case didEnter:
		e.Kind, e.Enter = event.KindEnter, &event.Enter{}
	case didFollow, didFollowSpecial, didFollowMutual:
		e.Kind, e.Follow = event.KindFollow, &event.Follow{Special: what == didFollowSpecial, Mutual: what == didFollowMutual}
	case didShare:
		e.Kind, e.Share = event.KindShare, &event.Share{}
	case didLike:
		e.Kind, e.Like = event.KindLike, &event.Like{Count: 1}
	default:
		return false
	}
	return true
}

// arrivalKey makes a key of the moment in nanoseconds and the user. A hidden
// user has none; then the name must do.
func arrivalKey(e *event.Event, trigger string) {
	if trigger == "" || trigger == "0" {
		return
	}
	who := e.User.ID
	if who == "" {
		who = e.User.Name
	}
	e.Key = string(e.Kind) + ":" + trigger + ":" + who
}
