package decoder

import (
	"errors"
	"strconv"
	"strings"

	"danmaku/decoder/internal/pb"
	"danmaku/event"
)

var errNoData = errors.New("no data")

// live reads LIVE. Of the two messages that a start sends only the first has
// live_time; the moment the stream began is in the sub session key too.
func live(e *event.Event, root value) error {
	l := &event.Live{Session: root.get("live_key").text(), Start: stamp(root.get("live_time").int())}
	e.Kind, e.Live = event.KindLive, l
	sub := root.get("sub_session_key").text()
	if l.Start != 0 {
		e.At = l.Start
	}
	if _, seconds, ok := strings.Cut(sub, "sub_time:"); ok {
		if t, err := strconv.ParseInt(seconds, 10, 64); err == nil && t > 0 {
			e.At = stamp(t)
		}
	}
	switch {
	case sub != "":
		e.Key = "live:" + sub
	case l.Session != "":
		e.Key = "live:" + l.Session
	}
	return nil
}

func roomChange(e *event.Event, data value) error {
	if !data.isObject() {
		return errNoData
	}
	e.Kind, e.RoomInfo = event.KindRoom, &event.RoomInfo{
		Title:      data.get("title").text(),
		Area:       strings.TrimSpace(data.get("area_name").text()), // captured with a leading space
		ParentArea: strings.TrimSpace(data.get("parent_area_name").text()),
	}
	return nil
}

// stats makes e a number of the room; none given is an error.
func stats(e *event.Event, s *event.Stats) error {
	if s.Watched == nil && s.Online == nil && s.Popularity == nil && s.Likes == nil && s.Followers == nil && s.FanClub == nil && len(s.Top) == 0 {
		return errors.New("no number")
	}
	e.Kind, e.Stats = event.KindStats, s
	return nil
}

// online reads the data of ONLINE_RANK_COUNT. count saturates near 10,000,
// online_count goes on.
func online(e *event.Event, data value) error {
	n := data.get("online_count").optional()
	if n == nil {
		n = data.get("count").optional()
	}
	return stats(e, &event.Stats{Online: n})
}

// rank reads the data of ONLINE_RANK_V2, whose list has one of two names.
func rank(e *event.Event, data value) error {
	list := data.get("online_list")
	if list.count() == 0 {
		list = data.get("list")
	}
	var top []event.Ranked
	for v := range list.elements {
		r := event.Ranked{
			Rank: v.get("rank").small(), ID: v.get("uid").id(), Name: v.get("uname").text(),
			Score: v.get("score").int(), Guard: guardLevel(v.get("guard_level")),
		}
		if r.Name == "" {
			r.Name = v.path("uinfo", "base", "name").text()
		}
		top = append(top, r)
	}
	return ranking(e, list.isArray(), top)
}

// rankTop3 reads the data of ONLINE_RANK_TOP3: congratulations with a name.
func rankTop3(e *event.Event, data value) error {
	var top []event.Ranked
	for v := range data.get("list").elements {
		top = append(top, event.Ranked{Rank: v.get("rank").small(), Name: betweenMarks(v.get("msg").text())})
	}
	return ranking(e, data.get("list").isArray(), top)
}

// rankV3 reads the data of ONLINE_RANK_V3.
func (d *Decoder) rankV3(e *event.Event, data value) error {
	m := &pb.GoldRank{}
	if err := d.protobuf(data.get("pb"), m); err != nil {
		return err
	}
	d.checkProtobuf(m)
	list := m.GetOnlineList()
	if len(list) == 0 {
		list = m.GetList()
	}
	var top []event.Ranked
	for _, x := range list {
		score, _ := strconv.ParseInt(string(x.GetScore()), 10, 64) // text; anything odd is "not told"
		top = append(top, event.Ranked{Rank: clamp(x.GetRank()), ID: number(x.GetUid()), Name: utf8Text(x.GetUname()),
			Score: score, Guard: level(x.GetGuardLevel())})
	}
	return ranking(e, true, top)
}

// ranking makes e a ranking, which may be empty: then e has no number at all.
func ranking(e *event.Event, listed bool, top []event.Ranked) error {
	if !listed {
		return errors.New("no list")
	}
	e.Kind, e.Stats = event.KindStats, &event.Stats{Top: top}
	return nil
}

// optional returns a number that may be missing.
func (v value) optional() *int64 {
	if !v.isNumber() && !v.isText() || len(v.bytes()) == 0 {
		return nil
	}
	n := v.int()
	return &n
}
