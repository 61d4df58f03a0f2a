package exchange

import (
	"danmaku/event"
)

// flat is an event as one line of a table: what people sort and sum in columns
// of their own, and the whole detail object beside them.
type flat struct {
	Seq        int64  `parquet:"seq,delta"`
	Key        string `parquet:"key"`
	Room       int64  `parquet:"room"`
	Kind       string `parquet:"kind,dict"`
	Cmd        string `parquet:"cmd,dict"`
	At         int64  `parquet:"at,timestamp(millisecond)"`
	Received   int64  `parquet:"received,timestamp(millisecond)"`
	Of         string `parquet:"of"`
	Backlog    bool   `parquet:"backlog"`
	UserID     string `parquet:"user_id"`
	User       string `parquet:"user"`
	Masked     bool   `parquet:"masked"`
	Face       string `parquet:"face"`
	Guard      int32  `parquet:"guard"` // level in the room
	Admin      bool   `parquet:"admin"`
	Level      int32  `parquet:"level"`
	Wealth     int32  `parquet:"wealth"`
	Medal      string `parquet:"medal,dict"`
	MedalLevel int32  `parquet:"medal_level"`
	MedalRoom  int64  `parquet:"medal_room"`
	MedalOwner string `parquet:"medal_owner,dict"`
	MedalLit   bool   `parquet:"medal_lit"`
	MedalGuard int32  `parquet:"medal_guard"`
	MedalColor string `parquet:"medal_color,dict"`
	Text       string `parquet:"text"`
	Mode       string `parquet:"mode,dict"`
	Color      string `parquet:"color,dict"`
	Size       int32  `parquet:"size"`
	Item       string `parquet:"item,dict"` // a gift's or guard level's name
	Count      int64  `parquet:"count"`
	Paid       int64  `parquet:"paid"`   // thousandths of CNY; what counts in a sum
	Detail     string `parquet:"detail"` // the public JSON of what the kind has beyond this
}

// flatten fills f from e.
func (f *flat) fill(e *event.Event) {
	*f = flat{Seq: e.Seq, Key: e.Key, Room: int64(e.Room), Kind: string(e.Kind), Cmd: e.Cmd, At: int64(e.At), Received: int64(e.Received),
		Of: e.Of, Backlog: e.Backlog, Text: e.Text(), Paid: int64(e.Paid())}
	if u := e.User; u != nil {
		f.UserID, f.User, f.Masked, f.Face, f.Guard, f.Admin = u.ID, u.Name, u.Masked, u.Face, int32(u.Guard), u.Admin
		f.Level, f.Wealth = int32(u.Level), int32(u.Wealth)
		if m := u.Medal; m != nil {
			f.Medal, f.MedalLevel, f.MedalRoom, f.MedalOwner = m.Name, int32(m.Level), int64(m.Room), m.Owner
			f.MedalLit, f.MedalGuard, f.MedalColor = m.Lit, int32(m.Guard), m.Color
		}
	}
	switch {
	case e.Comment != nil:
		c := e.Comment
		f.Mode, f.Color, f.Size = c.Mode, c.Color, int32(c.Size)
		if len(c.Emotes) == 0 && c.Sticker == nil && c.ReplyTo == nil && !c.Lottery && !c.Mirror {
			return // the columns say it all
		}
	case e.Gift != nil:
		f.Item, f.Count = e.Gift.Name, int64(e.Gift.Count)
	case e.Guard != nil:
		f.Item, f.Count = e.Guard.Name, int64(e.Guard.Count)
	case e.Like != nil:
		f.Count = int64(e.Like.Count)
	}
	f.Detail = string(detailJSON(e))
}

// detailJSON gives the detail object of e in its public form.
func detailJSON(e *event.Event) []byte {
	bare := *e
	bare.User, bare.Raw = nil, nil
	return member(bare.AppendJSON(nil, false), detailName(e.Kind))
}

// detailName is a kind's name in the public JSON.
func detailName(k event.Kind) string {
	if k == event.KindRoom {
		return "room_info"
	}
	return string(k)
}
