package event

// User is who did it. ID is text: the uid in decimal, an open_id from the
// official platform, or "" when the platform hides it (then Masked is true).
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Masked bool   `json:"masked"`
	Face   string `json:"face,omitempty"` // URL of the avatar
	// Guard is the level in this room: 0 none, 1 governor (总督), 2 admiral
	// (提督), 3 captain (舰长).
	Guard  int    `json:"guard,omitempty"`
	Admin  bool   `json:"admin,omitempty"`
	Level  int    `json:"level,omitempty"`  // user level
	Wealth int    `json:"wealth,omitempty"` // honour level (荣耀等级)
	Medal  *Medal `json:"medal,omitempty"`
}

// Medal is the fan medal a user wears; it may belong to another room.
type Medal struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
	Room  RoomID `json:"room,omitempty"`  // 0 when the platform does not say
	Owner string `json:"owner,omitempty"` // the streamer's name
	Lit   bool   `json:"lit"`
	Guard int    `json:"guard,omitempty"` // guard level in the medal's room
	Color string `json:"color,omitempty"` // "#rrggbb"
}

// Comment is one viewer's text.
type Comment struct {
	Text    string   `json:"text"`
	Mode    string   `json:"mode"`  // scroll, top, bottom, reverse, positioned
	Color   string   `json:"color"` // "#rrggbb"
	Size    int      `json:"size"`  // 25 is normal
	Emotes  []Emote  `json:"emotes"`
	Sticker *Emote   `json:"sticker"` // the whole comment is this picture
	ReplyTo *ReplyTo `json:"reply_to"`
	Lottery bool     `json:"lottery,omitempty"` // sent to enter a lottery or red packet
	Mirror  bool     `json:"mirror,omitempty"`  // comes from a linked room
}

// Emote is a picture that stands for Text inside a comment.
type Emote struct {
	Text   string `json:"text"`
	ID     string `json:"id,omitempty"` // the platform's unique name
	URL    string `json:"url"`
	Width  int    `json:"width"` // pixels; 0 unknown
	Height int    `json:"height"`
}

// ReplyTo is the person a comment answers.
type ReplyTo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Gift is pieces of one kind of item given in one message.
type Gift struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Count     int       `json:"count"`
	UnitPrice Money     `json:"unit_price"` // list price of the item that came out
	Total     Money     `json:"total"`      // what was really paid; 0 when Paid is false
	Paid      bool      `json:"paid"`
	Action    string    `json:"action"`
	Icon      string    `json:"icon"`
	Combo     string    `json:"combo"` // id shared by a run of gifts; "" none
	BlindBox  *BlindBox `json:"blind_box"`
	Receiver  *Person   `json:"receiver"` // nil: the room's streamer
}

// BlindBox is the box a gift came out of; Price is for one box.
type BlindBox struct {
	Name  string `json:"name"`
	Price Money  `json:"price"`
}

// Person is an id and a name.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// SuperChat is a paid comment that stays on screen.
type SuperChat struct {
	ID         string `json:"id"`
	Text       string `json:"text"`
	Translated string `json:"translated"`
	Price      Money  `json:"price"`
	Seconds    int    `json:"seconds"` // how long it is shown
	Start      Millis `json:"start"`
	End        Millis `json:"end"`
	Background string `json:"background"` // "#rrggbb" of the lower part
}

// SuperChatDelete takes super chats away.
type SuperChatDelete struct {
	IDs []string `json:"ids"`
}

// Guard is a bought or renewed guard membership; Price is for the whole
// purchase. Level is as in User.Guard.
type Guard struct {
	Level   int    `json:"level"`
	Name    string `json:"name"`
	Count   int    `json:"count"`
	Unit    string `json:"unit"` // "月", "年", "天", or a text of the platform such as "*3天"
	Price   Money  `json:"price"`
	Renewal bool   `json:"renewal"`
}

// Enter is somebody arriving. Effect: told by an entry animation.
type Enter struct {
	Effect bool `json:"effect,omitempty"`
}

// Follow is somebody following the streamer.
type Follow struct {
	Special bool `json:"special,omitempty"`
	Mutual  bool `json:"mutual,omitempty"`
}

// Share is somebody sharing the room.
type Share struct{}

// Like is somebody pressing like Count times.
type Like struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// Live says that a broadcast is on. Session is the platform's live key: a
// stream that reconnects tells the same one again.
type Live struct {
	Session string `json:"session"`
	Start   Millis `json:"start"` // 0 when this message does not say
}

// Offline says that a broadcast ended. Rotation: recorded videos follow.
type Offline struct {
	Rotation bool `json:"rotation"`
}

// RoomInfo is a new title or area.
type RoomInfo struct {
	Title      string `json:"title"`
	Area       string `json:"area"`
	ParentArea string `json:"parent_area"`
}

// Stats holds only the numbers the command gave.
type Stats struct {
	Watched    *int64 `json:"watched,omitempty"`
	Online     *int64 `json:"online,omitempty"`
	Popularity *int64 `json:"popularity,omitempty"`
	Likes      *int64 `json:"likes,omitempty"`
	Followers  *int64 `json:"followers,omitempty"`
	FanClub    *int64 `json:"fan_club,omitempty"`
	// Top is the head of the room's ranking of viewers, best first, when the
	// command was a ranking.
	Top []Ranked `json:"top,omitempty"`
}

// Ranked is a viewer's place in a ranking. Score 0: not told.
type Ranked struct {
	Rank  int    `json:"rank"`
	ID    string `json:"id"` // "" when the platform hides it
	Name  string `json:"name"`
	Score int64  `json:"score,omitempty"`
	Guard int    `json:"guard,omitempty"` // as in User.Guard
}

// Moderation is an act of an administrator, the streamer or the platform. The
// event's User is the person concerned, when the platform names one.
type Moderation struct {
	// Action is one of warning, cutoff, lock, block, silence, silence_end,
	// recall, recall_user, recall_all, admin, admin_end, admins.
	Action   string `json:"action"`
	Target   string `json:"target"`   // id of the person or comment, or what a silence is for (member, medal, level, wealth)
	Operator string `json:"operator"` // admin, streamer, platform, or ""
	Until    Millis `json:"until"`    // 0: no end told
	Text     string `json:"text"`
	// Level is the level a silence is for: everyone below it. 0: not by level.
	Level int `json:"level,omitempty"`
}

// RedPacket is a red packet (红包) that people grab gifts from.
type RedPacket struct {
	ID      string  `json:"id"`
	Phase   string  `json:"phase"` // bought, start, winners
	Price   Money   `json:"price"` // what was paid; only in phase bought
	Value   Money   `json:"value"` // worth of what is inside; 0 unknown
	Comment string  `json:"comment"`
	Count   int     `json:"count"`
	Start   Millis  `json:"start"`
	End     Millis  `json:"end"`
	Awards  []Award `json:"awards"`
}

// Award is what a red packet or lottery gives, or gave to Winner.
type Award struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Count  int     `json:"count"`
	Winner *Person `json:"winner"`
}

// Lottery is a streamer's lottery (天选时刻).
type Lottery struct {
	ID      string  `json:"id"`
	Phase   string  `json:"phase"` // check, start, end, award
	Name    string  `json:"name"`  // what can be won
	Count   int     `json:"count"`
	Comment string  `json:"comment"` // to be sent to take part
	Require string  `json:"require"`
	Seconds int     `json:"seconds"` // left at the time of the event
	Awards  []Award `json:"awards"`
}

// Notice is a banner or text of the platform.
type Notice struct {
	Text string `json:"text"`
}

// Paid returns what an event cost its user, for sums of money: 0 for events
// that repeat another one.
func (e *Event) Paid() Money {
	switch {
	case e.Of != "":
		return 0
	case e.Gift != nil && e.Gift.Paid:
		return e.Gift.Total
	case e.SuperChat != nil:
		return e.SuperChat.Price
	case e.Guard != nil:
		return e.Guard.Price
	case e.RedPacket != nil && e.RedPacket.Phase == "bought":
		return e.RedPacket.Price
	}
	return 0
}

// Text returns the words of an event that a search looks through: the
// comment, the super chat with its translation, the notice; "" for others.
func (e *Event) Text() string {
	switch {
	case e.Comment != nil:
		return e.Comment.Text
	case e.SuperChat != nil && e.SuperChat.Translated != "":
		return e.SuperChat.Text + "\n" + e.SuperChat.Translated
	case e.SuperChat != nil:
		return e.SuperChat.Text
	case e.Notice != nil:
		return e.Notice.Text
	case e.Moderation != nil:
		return e.Moderation.Text
	case e.RoomInfo != nil:
		return e.RoomInfo.Title
	}
	return ""
}
