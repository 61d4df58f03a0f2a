package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"danmaku/event"
)

// Recorders keep commands as received too: biliup in elements o, the others a
// part of each in the attribute raw.

// command reads o, a whole command as received.
func (r *xmlReader) command(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	if r.o.Stream == nil {
		return dst, ErrNoDecoder
	}
	seconds, _ := strconv.ParseInt(el.value("timestamp"), 10, 64)
	n := len(dst)
	dst, err := r.o.Stream(dst, r.roomOr(), event.Millis(seconds*1000), []byte(el.text))
	r.fromCommand = err == nil && len(dst) > n
	return dst, err
}

func (r *xmlReader) roomOr() event.RoomID {
	if r.room != 0 {
		return r.room
	}
	return r.o.Room
}

// decoded gives what the raw attribute holds where there is one, else e as the
// other attributes tell it.
func (r *xmlReader) decoded(dst []event.Event, el *xmlElement, part string, e event.Event) ([]event.Event, error) {
	raw, ok := el.attr("raw")
	if !ok || r.o.Command == nil {
		return append(dst, e), nil
	}
	if !json.Valid([]byte(raw)) {
		return append(dst, e), errors.New("attribute raw is not JSON; the other attributes were used")
	}
	command := `{"cmd":"` + rawCommand(el.name, raw) + `","` + part + `":` + raw + `}`
	events, err := r.o.Command(nil, r.roomOr(), e.Received, []byte(command))
	if err == nil && len(events) == 0 {
		err = errors.New("no event in it")
	}
	if err != nil {
		return append(dst, e), fmt.Errorf("attribute raw: %w; the other attributes were used", err)
	}
	if e.Key == "" {
		return append(dst, events...), nil
	}
	// One command may hold several gifts; the key says which this element is.
	found := events[0]
	for _, d := range events {
		if d.Key == e.Key {
			found = d
		}
	}
	found.Key = e.Key // the envelope, which may have given it, is not in raw
	return append(dst, found), nil
}

// rawCommand tells whose data an element's raw attribute is.
func rawCommand(element, raw string) string {
	switch has := func(name string) bool { return member([]byte(raw), name) != nil }; element {
	case "d":
		return "DANMU_MSG"
	case "gift":
		if has("pb") {
			return "SEND_GIFT_V2"
		}
		return "SEND_GIFT"
	case "sc":
		return "SUPER_CHAT_MESSAGE"
	default:
		switch {
		case has("pay_info"):
			return "USER_TOAST_MSG_V2"
		case has("payflow_id"), has("toast_msg"), has("op_type"):
			return "USER_TOAST_MSG"
		}
		return "GUARD_BUY"
	}
}
