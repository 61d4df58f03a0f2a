package decoder

import (
	"fmt"
	"strconv"

	"danmaku/decoder/internal/pb"
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

const identityAdmin = 2 // in the list of identities

// interact reads the data of INTERACT_WORD: somebody entered, followed, shared
// or liked.
func interact(e *event.Event, data value) error {
	if err := did(e, data.get("msg_type").int()); err != nil {
		return err
	}
	at(e, data.get("trigger_time"), data.get("timestamp"))
	e.User = user(data.get("uid"), data.get("uname"))
	e.User.Guard = guardLevel(data.get("privilege_type"))
	e.User.Medal = oldMedal(data.get("fans_medal"))
	e.User.Admin = hasIdentity(data.get("identities"), identityAdmin)
	addInfo(e.User, data.get("uinfo"))
	if data.get("is_mystery").bool() {
		e.User.Masked = true
	}
	arrivalKey(e, string(e.Kind), data.get("trigger_time").int())
	return nil
}

// interactV2 reads the data of INTERACT_WORD_V2.
func (d *Decoder) interactV2(e *event.Event, data value) error {
	m := &pb.InteractWord{}
	if err := d.protobuf(data.get("pb"), m); err != nil {
		return err
	}
	d.checkProtobuf(m)
	if err := did(e, m.GetMsgType()); err != nil {
		return err
	}
	if t := stamp(m.GetTriggerTime()); t != 0 {
		e.At = t
	} else if t := stamp(m.GetTimestamp()); t != 0 {
		e.At = t
	}
	e.User = pbUser(m.GetUid(), m.GetUname())
	e.User.Guard = level(m.GetPrivilegeType())
	for _, id := range m.GetIdentities() {
		e.User.Admin = e.User.Admin || id == identityAdmin
	}
	if old := m.GetFansMedal(); len(old.GetName()) > 0 || old.GetLevel() > 0 {
		e.User.Medal = &event.Medal{
			Name: utf8Text(old.GetName()), Level: clamp(old.GetLevel()), Room: event.RoomID(old.GetAnchorRoomid()),
			Lit: old.GetIsLighted() != 0, Guard: level(old.GetGuardLevel()), Color: rgb(old.GetColor()),
		}
	}
	addPbInfo(e.User, m.GetUinfo())
	if m.GetIsMystery() {
		e.User.Masked = true
	}
	arrivalKey(e, string(e.Kind), m.GetTriggerTime())
	return nil
}

// did sets kind and detail of an interaction.
func did(e *event.Event, what int64) error {
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
		return fmt.Errorf("msg_type %d is not known", what)
	}
	return nil
}

func hasIdentity(list value, id int64) bool {
	for v := range list.elements {
		if v.int() == id {
			return true
		}
	}
	return false
}

// arrivalKey makes a key of the moment in nanoseconds and the user. A hidden
// user has none; then the name must do.
func arrivalKey(e *event.Event, sort string, trigger int64) {
	if trigger <= 0 {
		return
	}
	who := e.User.ID
	if who == "" {
		who = e.User.Name
	}
	e.Key = sort + ":" + strconv.FormatInt(trigger, 10) + ":" + who
}

// entryEffect reads the data of ENTRY_EFFECT: an animation for somebody who
// arrives. Mostly an INTERACT_WORD of the same person comes too, up to 1.5 s
// later; the two have no number in common.
func entryEffect(e *event.Event, data value) error {
	if !data.isObject() {
		return errNoData
	}
	at(e, data.get("trigger_time"))
	u := user(data.get("uid"), data.path("uinfo", "base", "name"))
	u.Face = data.get("face").text()
	u.Guard = guardLevel(data.get("privilege_type"))
	u.Admin = data.get("identities").int() == identityAdmin
	u.Wealth = data.path("wealthy_info", "level").small()
	addInfo(u, data.get("uinfo"))
	if u.Name == "" {
		// Cut with dots after about seven characters: better than nothing.
		u.Name = betweenMarks(data.get("copy_writing").text())
	}
	if data.get("is_mystery").bool() {
		u.Masked = true
	}
	e.Kind, e.User, e.Enter = event.KindEnter, u, &event.Enter{Effect: true}
	arrivalKey(e, "effect", data.get("trigger_time").int())
	return nil
}

// welcome reads the data of WELCOME and WELCOME_GUARD, gone since about 2020.
func welcome(e *event.Event, data value) error {
	name := data.get("uname")
	if !name.exists() {
		name = data.get("username")
	}
	if !name.exists() {
		return errNoData
	}
	e.User = user(data.get("uid"), name)
	e.User.Guard = guardLevel(data.get("guard_level"))
	e.User.Admin = data.get("is_admin").bool()
	e.Kind, e.Enter = event.KindEnter, &event.Enter{Effect: true}
	return nil
}

// like reads the data of LIKE_INFO_V3_CLICK. It says neither when nor how
// often.
func like(e *event.Event, data value) error {
	if !data.isObject() {
		return errNoData
	}
	u := user(data.get("uid"), data.get("uname"))
	u.Medal = oldMedal(data.get("fans_medal"))
	u.Admin = hasIdentity(data.get("identities"), identityAdmin)
	addInfo(u, data.get("uinfo"))
	if data.get("is_mystery").bool() {
		u.Masked = true
	}
	e.Kind, e.User, e.Like = event.KindLike, u, &event.Like{Text: data.get("like_text").text(), Count: 1}
	return nil
}
